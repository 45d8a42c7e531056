"""leadscore.yaml is read whole, or refused with the entry's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.config import LawfulBasis, Profiling, TimeOrder, WithoutBasis, config_from_mapping, read_config
from features.domain import ConfigError, Sla, Text, WorkspaceError
from features.schema import ColumnType, Role, Use
from features.workspace import Workspace, write_json

FULL = """
version: 1
name: acme
time_zone: Europe/Berlin
leads:
  file: leads.csv
  format: {kind: csv, delimiter: ";", encoding: cp1252, decimal: ","}
  lead_id: id
  created_at: created
  missing_values: [Select, NO]
  columns:
    country: {type: country, role: fit, label: {en: Market, de: Markt}}
    Tags: {type: category, role: left_out, why: written by sales, label: Notes}
events:
  file: ../events.csv.gz
  kinds:
    page_view: engagement
    A_APPROVED: {use: outcome, why: the target}
  properties:
    seconds: {type: number}
target:
  horizon_days: 30
  positive: [A_APPROVED]
  from_events: true
training: {search_trials: 3}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "leadscore.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_entry_is_read(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, FULL))
    assert config.leads.file == tmp_path.resolve() / "leads.csv"
    assert config.events is not None
    assert config.events.file == tmp_path.resolve().parent / "events.csv.gz"
    assert config.leads.format.encoding == "cp1252"
    assert config.leads.order is TimeOrder.CREATED_AT
    assert config.schema.columns[1].role is Role.LEFT_OUT
    assert config.schema.columns[0].type is ColumnType.COUNTRY
    assert [column.called for column in config.schema.columns] == [Text("Market", "Markt"), Text.same("Notes")]
    assert config.schema.event_kinds[1].use is Use.OUTCOME
    assert config.schema.timed
    assert config.target.horizon_days == 30
    assert config.training == {"search_trials": 3}


def test_norway_is_a_country_and_not_false(tmp_path: Path) -> None:
    assert "NO" in read_config(write(tmp_path, FULL)).schema.missing_values


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("name: acme", "nmae: acme", "nmae"),
        ("Europe/Berlin", "Mars/Base", "time_zone"),
        ("horizon_days: 30", "horizon_days: -1", "horizon_days"),
        ("horizon_days: 30", "horizon_days: soon", "horizon_days"),
        ("horizon_days: 30", "horizon_days: .inf", "horizon_days"),
        ("horizon_days: 30", f"horizon_days: 1{400 * '0'}", "horizon_days"),
        ("time_zone: Europe/Berlin", "time_zone: Europe", "time_zone"),
        ("type: country", "type: county", "county"),
        ("positive: [A_APPROVED]", "positive: []", "positive"),
        ("page_view: engagement", "page_view: fun", "fun"),
        ("leads:", "leads: [", "not readable"),
        ("name: acme", "name: acme\nname: bcme", "not readable"),
        ("file: leads.csv", "path: leads.csv", "path"),
        ("file: leads.csv", "file: leads.csv\n  order_descending: 'no'", "order_descending"),
        ('decimal: ","', "decimal: x", "decimal"),
        ("kind: csv", "kind: xlsx", "kind"),
        ('delimiter: ";"', 'delimiter: ";;"', "delimiter"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in FULL
    with pytest.raises(ConfigError, match=named):
        read_config(write(tmp_path, FULL.replace(old, new, 1)))


def test_a_folder_without_configuration_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="leadscore init"):
        Workspace.open(tmp_path)


def test_a_workspace_without_an_agreement_has_one_without_clauses(tmp_path: Path) -> None:
    write(tmp_path, FULL)
    assert Workspace.open(tmp_path).sla().mql.min_conversion_rate is None


def test_an_emptied_file_of_rules_is_refused(tmp_path: Path) -> None:
    write(tmp_path, FULL)
    (tmp_path / "rules.yaml").write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"rules\.yaml is empty"):
        Workspace.open(tmp_path).rules()


def test_json_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file.json"
    write_json(target, {"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(target, {"a": float("nan")})
    assert target.read_text(encoding="utf-8") == '{\n  "a": 1\n}\n'


@pytest.mark.parametrize("text", ["", "# nothing agreed yet\n"])
def test_an_empty_agreement_file_has_no_clauses(tmp_path: Path, text: str) -> None:
    (tmp_path / "sla.yaml").write_text(text, encoding="utf-8")
    assert Workspace(tmp_path).sla() == Sla()


@pytest.mark.parametrize("version", [2, 0, "1.5", True])
def test_a_configuration_of_another_version_is_refused(tmp_path: Path, version: object) -> None:
    data = {"version": version, "name": "acme", "leads": {"file": "leads.csv"}, "target": {}}
    with pytest.raises(ConfigError, match="version"):
        config_from_mapping(data, tmp_path)


def test_what_a_crms_webhooks_mean_is_read_by_its_name() -> None:
    data = {
        "name": "acme", "leads": {"file": "leads.csv"}, "target": {},
        "inbound": {
            "hubspot": {
                "attributes": {"size": "employees"}, "outcomes": {"stage": {7: "won"}},
                "consents": {"opt_out": {True: "objected"}},
            },
            "x": {},
        },
    }  # fmt: skip
    inbound = config_from_mapping(data, Path()).inbound
    assert inbound["hubspot"].attributes == {"size": "employees"}
    assert inbound["hubspot"].outcomes == {"stage": {"7": "won"}}
    assert inbound["hubspot"].consents == {"opt_out": {"true": "objected"}}
    assert inbound["x"].outcomes == {}


def test_profiling_rests_on_legitimate_interest_unless_the_file_says_consent() -> None:
    data = {"name": "acme", "leads": {"file": "leads.csv"}, "target": {}}
    assert config_from_mapping(data, Path()).profiling == Profiling()
    chosen = config_from_mapping({**data, "profiling": {"basis": "consent"}}, Path()).profiling
    assert (chosen.basis, chosen.without_basis) == (LawfulBasis.CONSENT, WithoutBasis.REFUSE)
    with pytest.raises(ConfigError, match="hope"):
        config_from_mapping({**data, "profiling": {"basis": "hope"}}, Path())


@pytest.mark.parametrize(
    "entry",
    ["hubspot", {"hubspot": ["a"]}, {"hubspot": {"attribute": {}}}, {"hubspot": {"outcomes": {"stage": "won"}}}],
)
def test_a_meaning_of_webhooks_that_is_none_is_refused_with_its_place(entry: object) -> None:
    data = {"name": "acme", "leads": {"file": "leads.csv"}, "target": {}, "inbound": entry}
    with pytest.raises(ConfigError, match="inbound"):
        config_from_mapping(data, Path())


@pytest.mark.parametrize(
    ("reports", "source"),
    [("", "lead_channel"), ("reports: {source: city}\n", "city"), ("reports: {}\n", "lead_channel")],
)
def test_the_source_is_the_attribute_named_or_the_first_that_is_called_one(
    tmp_path: Path, reports: str, source: str
) -> None:
    columns = "    city: {type: category}\n    source_id: {type: number}\n    lead_channel: {type: category}\n"
    text = FULL.replace("  columns:\n", "  columns:\n" + columns) + reports
    assert read_config(write(tmp_path, text)).source == source


def test_a_source_that_is_no_attribute_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="channel"):
        read_config(write(tmp_path, FULL + "reports: {source: channel}\n"))
