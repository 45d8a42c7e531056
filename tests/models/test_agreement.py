from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.domain import BundleError, Sla, WorkspaceError
from features.workspace import Workspace
from models.agreement import Agreement, Signing
from models.audit import append_audit, read_audit
from models.card import FORBIDDEN_USES, ModelCard
from models.champion import bundle_folder, champion_version, point_champion
from models.grades import Grades

AT = datetime(2026, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "sla.yaml").write_text("version: 4\nmql: {min_conversion_rate: 0.2}\n")
    (tmp_path / "var" / "bundles").mkdir(parents=True)
    return Workspace(tmp_path)


def test_a_workspace_without_cutoffs_has_an_agreement_without_them(workspace: Workspace) -> None:
    agreement = Agreement.read(workspace)
    assert (agreement.sla.version, agreement.mql, agreement.state, agreement.has_cutoffs) == (4, None, "none", False)
    assert agreement.for_model("1") is agreement


def test_a_certificate_expires_once_its_days_are_over_and_only_a_certificate_does(workspace: Workspace) -> None:
    agreed = dataclasses.replace(Agreement.read(workspace), mql=0.1, sql=0.3, since=AT)
    certified = dataclasses.replace(agreed, state="certified")
    assert certified.valid_until == AT + timedelta(days=90)
    assert certified.state_at(AT + timedelta(days=90)) == "certified"
    assert certified.state_at(AT + timedelta(days=90, seconds=1)) == "expired"
    assert certified.reference_at(AT + timedelta(days=91)).certificate == "expired"
    for state in ("provisional", "infeasible", "uncertified", "violated"):
        assert dataclasses.replace(agreed, state=state).state_at(AT + timedelta(days=400)) == state
    assert dataclasses.replace(certified, since=None).state_at(AT + timedelta(days=400)) == "certified"


def test_a_broken_certificate_stays_broken_and_keeps_its_cutoffs(workspace: Workspace) -> None:
    agreed = dataclasses.replace(Agreement.read(workspace), mql=0.1, sql=0.3, since=AT, state="certified")
    agreed.violated().write(workspace)
    read = Agreement.read(workspace)
    assert (read.mql, read.sql, read.state_at(AT + timedelta(days=400))) == (0.1, 0.3, "violated")


def test_the_first_models_cutoffs_hold_at_once_unsigned_and_later_models_keep_them(
    workspace: Workspace, small: Any
) -> None:
    first = Agreement.read(workspace).adopt(small.cutoffs, "1", AT)
    assert (first.mql, first.sql) == (small.cutoffs.mql.probability, small.cutoffs.sql.probability)
    assert (first.signed, first.state) == (False, small.cutoffs.state)
    other = dataclasses.replace(small.cutoffs, mql=dataclasses.replace(small.cutoffs.mql, probability=0.01))
    assert first.adopt(other, "2", AT) is first
    assert first.for_model("1").state == small.cutoffs.state
    assert first.for_model("2").state == "uncertified"
    assert first.for_model("2").mql == first.mql


def test_what_was_written_is_read_again(workspace: Workspace) -> None:
    agreement = Agreement(workspace.sla(), 0.11, None, "certified", signed=True, model_version="7", since=AT)
    agreement.write(workspace)
    assert Agreement.read(workspace) == agreement
    assert Agreement.read(workspace, Sla(version=9)).sla.version == 9


def test_what_was_signed_is_read_with_its_sla_and_sla_yaml_holds_no_more(workspace: Workspace) -> None:
    signed = Agreement(Sla(version=9), 0.11, 0.3, "certified", signed=True, since=AT, signing=Signing(2, AT))
    signed.write(workspace)
    assert workspace.sla().version == 4
    assert Agreement.read(workspace) == Agreement.read(workspace, workspace.sla()) == signed
    (workspace.root / "sla.yaml").write_text("broken: [")
    assert Agreement.read(workspace) == signed


def test_an_agreement_signed_before_any_model_keeps_its_signing_with_the_first_models_cutoffs(
    workspace: Workspace, small: Any
) -> None:
    Agreement(Sla(version=9), signing=Signing(2, AT)).write(workspace)
    signed = Agreement.read(workspace)
    assert (signed.state, signed.has_cutoffs) == ("none", False)
    adopted = signed.adopt(small.cutoffs, "1", AT)
    assert (adopted.sla.version, adopted.signing, adopted.signed) == (9, Signing(2, AT), False)


@pytest.mark.parametrize("text", ["{", "[]", '{"mql": 2}', '{"mql": true, "sql": null, "state": "certified"}',
                                  '{"signing": 1}', '{"signing": {"sla": {"version": 0}}}'])  # fmt: skip
def test_a_damaged_cutoffs_file_says_what_to_do(workspace: Workspace, text: str) -> None:
    (workspace.var / "cutoffs.json").write_text(text)
    with pytest.raises(WorkspaceError, match=r"cutoffs\.json"):
        Agreement.read(workspace)


def test_the_champion_is_a_link_that_moves_with_the_workspace(workspace: Workspace, tmp_path: Path) -> None:
    assert champion_version(workspace) is None
    for version in ("6", "7"):
        bundle_folder(workspace, version).mkdir()
        point_champion(workspace, version)
        assert champion_version(workspace) == version
    moved = tmp_path.with_name(tmp_path.name + "-moved")
    tmp_path.rename(moved)
    assert champion_version(Workspace(moved)) == "7"


def test_a_folder_in_the_champions_place_is_not_overwritten(workspace: Workspace) -> None:
    workspace.champion.mkdir()
    (workspace.champion / "kept").touch()
    with pytest.raises(WorkspaceError):
        point_champion(workspace, "7")
    assert (workspace.champion / "kept").exists()


def test_the_audit_log_survives_a_line_cut_off_by_a_crash(workspace: Workspace) -> None:
    assert read_audit(workspace) == []
    append_audit(workspace, {"at": AT.isoformat(), "action": "promote", "version": "1"})
    with (workspace.var / "audit.jsonl").open("a") as file:
        file.write('{"action": "pro')
    assert [entry["version"] for entry in read_audit(workspace)] == ["1"]


def test_a_line_after_one_that_was_cut_off_is_not_lost(workspace: Workspace) -> None:
    (workspace.var / "audit.jsonl").write_text('{"action": "pro')
    append_audit(workspace, {"at": AT.isoformat(), "action": "promote", "version": "2"})
    assert [entry["version"] for entry in read_audit(workspace)] == ["2"]


def test_grades_name_the_quarters_the_best_first() -> None:
    grades = Grades((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0))
    assert [grades.grade(x, y) for x, y in ((1, 2), (0.5, 1), (-0.5, -1), (-9, -9))] == ["A1", "B2", "C3", "D4"]
    assert Grades.from_mapping(grades.to_mapping()) == grades


@pytest.mark.parametrize("edges", [[1, 0, 2], [0, 1], [0, 1, float("nan")], "abc", None])
def test_damaged_grades_are_refused(edges: Any) -> None:
    with pytest.raises(BundleError):
        Grades.from_mapping({"fit_edges": edges, "engagement_edges": [0, 1, 2]})


def test_a_card_says_what_the_model_is_and_what_it_is_not_for() -> None:
    card = ModelCard(
        "acme", AT, target="Predicts won within 90 days.", rung="blend", plan={"seed": 1}, data={"leads": 3000},
        metrics={"log_loss": 0.38421}, choices=("Trees help.",), left_out={"status": "hindsight | filled late"},
        limits=("One year only.",),
    )  # fmt: skip
    text = card.to_markdown()
    for part in (
        "# Model card: acme",
        "| log_loss | 0.3842 |",
        "- Trees help.",
        "hindsight \\| filled late",
        *(use.en for use in FORBIDDEN_USES),
    ):
        assert part in text
    assert ModelCard.from_mapping(card.to_mapping()) == card
    with pytest.raises(BundleError):
        ModelCard.from_mapping({**card.to_mapping(), "trained_at": "yesterday"})


def test_another_model_under_the_same_number_does_not_inherit_the_certificate() -> None:
    # A new database counts versions from 1 again.
    certified = Agreement(Sla(), mql=0.1, sql=0.3, state="certified", model_version="1", model_sha256="aa")
    assert certified.for_model("1", "aa").state == "certified"
    assert certified.for_model("1", "bb").state == "uncertified"
    assert certified.for_model("4", "aa").state == "certified"
    older = dataclasses.replace(certified, model_sha256=None)
    assert older.for_model("1", "bb").state == "certified"
    assert older.for_model("2", "bb").state == "uncertified"


def test_cutoffs_in_force_keep_the_manifest_of_their_model(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    kept = Agreement(Sla(), mql=0.1, sql=0.3, state="certified", model_version="1", since=AT, model_sha256="aa")
    kept.write(workspace)
    assert Agreement.read(workspace, Sla()) == kept
