from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.domain import BundleError, WorkspaceError
from models.agreement import Agreement
from models.bundle import load_bundle, load_scorer, loading, verify, write_bundle
from models.bundle.assemble import assemble, check_structure
from models.bundle.contents import MANIFEST, REQUIRED, Manifest, read_listed
from models.bundle.evidence import read_evidence
from models.bundle.golden import check_golden, golden_rows
from models.card import ModelCard

NOW = datetime(2026, 2, 1, tzinfo=UTC)
MUTATIONS = 40


def write(small: Any, folder: Path) -> Path:
    return write_bundle(
        folder, catalog=small.catalog, encoder=small.encoder, model=small.model, calibration=small.calibration,
        cutoffs=small.cutoffs, grades=small.grades, card=ModelCard("acme", small.trained_at, target="won"),
        golden=small.frame, background=small.background,
    )  # fmt: skip


@pytest.fixture(scope="module")
def bundle(small: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(small, tmp_path_factory.mktemp("bundles") / "7")


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "7"))


def rehash(folder: Path) -> None:
    contents = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MANIFEST}
    (folder / MANIFEST).write_text(Manifest.of(contents, "test").to_text())


def replace(folder: Path, name: str, change: Callable[[str], str]) -> None:
    path = folder / name
    old = path.read_text()
    new = change(old)
    assert new != old
    path.write_text(new)
    rehash(folder)


def test_a_loaded_bundle_gives_the_same_scores(small: Any, bundle: Path) -> None:
    loaded = load_scorer(bundle, Agreement(small.sla))
    moments = small.moments[:100]
    fresh = small.scorer().score_many(small.leads, small.events, moments, scored_at=NOW)
    assert loaded.score_many(small.leads, small.events, moments, scored_at=NOW) == fresh
    assert loaded.reference.version == "7"


def test_a_bundle_of_before_there_was_a_background_scores_the_same_with_single_concepts(small: Any, copy: Path) -> None:
    (copy / "background.json").unlink()
    rehash(copy)
    scorer = load_scorer(copy, Agreement.proposed(small.sla, small.cutoffs))
    old = scorer.score_many(small.leads, small.events, small.moments[:50], scored_at=NOW)
    new = small.scorer().score_many(small.leads, small.events, small.moments[:50], scored_at=NOW)
    assert [score.points for score in old] == [score.points for score in new]
    assert {reason.feature for score in old for reason in score.reasons} >= {"activity", "page_view"}
    assert "page_view" not in {reason.feature for score in new for reason in score.reasons}


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored["groups"]["merged"].append(["industry", "demo_request"]),
        lambda stored: stored["groups"]["merged"].append(["industry", "never_heard_of"]),
        lambda stored: stored["importance"].update(industry=-1.0),
        lambda stored: stored["answers"].update(industry=[["software", 0.4]]),
        lambda stored: stored["profiles"]["places"].__setitem__(0, 10**6),
        lambda stored: stored["profiles"]["rows"][0].pop(),
        lambda stored: stored.update(format=2),
        lambda stored: stored.pop("profiles"),
    ],
)
def test_a_background_of_another_form_refuses_the_bundle(copy: Path, change: Callable[[Any], Any]) -> None:
    def changed(text: str) -> str:
        stored = json.loads(text)
        change(stored)
        return json.dumps(stored)

    replace(copy, "background.json", changed)
    with pytest.raises(BundleError):
        check_structure(read_listed(copy))


def test_a_bundle_of_before_there_was_evidence_loads_and_has_none(bundle: Path) -> None:
    assert "evidence.json" not in {path.name for path in bundle.iterdir()}
    assert read_evidence(bundle) is None


def test_evidence_that_is_not_the_file_written_is_not_read(copy: Path) -> None:
    (copy / "evidence.json").write_text("{}")
    rehash(copy)
    with pytest.raises(BundleError, match="evidence"):
        check_structure(read_listed(copy))
    with pytest.raises(BundleError, match="evidence"):
        read_evidence(copy)
    (copy / "evidence.json").write_text("[]")
    with pytest.raises(BundleError, match=r"evidence\.json is not the file"):
        read_evidence(copy)
    (copy / "evidence.json").unlink()
    with pytest.raises(BundleError, match="cannot be read"):
        read_evidence(copy)


def test_cutoffs_in_force_outlive_a_new_model(small: Any, bundle: Path) -> None:
    in_force = Agreement(small.sla, 0.11, 0.4, "certified", signed=True, model_version="6")
    scorer = load_scorer(bundle, in_force)
    assert (scorer.agreement.mql, scorer.agreement.sql, scorer.agreement.state) == (0.11, 0.4, "uncertified")


def test_the_same_model_gives_the_same_bytes(small: Any, bundle: Path, tmp_path: Path) -> None:
    again = write(small, tmp_path / "again")
    assert {path.name: path.read_bytes() for path in bundle.iterdir()} == {
        path.name: path.read_bytes() for path in again.iterdir()
    }


def test_a_bundle_is_never_written_over_another(small: Any, bundle: Path) -> None:
    with pytest.raises(WorkspaceError):
        write(small, bundle)


def test_a_bundle_that_cannot_be_written_leaves_nothing_behind(
    small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, written = Path.write_bytes, []

    def full(path: Path, data: bytes) -> int:
        written.append(path)
        if len(written) == 4:
            raise OSError(28, "No space left on device")
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        write(small, tmp_path / "7")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["model.pkl", "model.skops", "model.joblib", "notes.txt", "trees-0.txt.bak", ".hidden"]
)
def test_row_26_a_forbidden_format_is_refused_before_anything_is_read(copy: Path, name: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    # Were this unpickled, it would create the canary.
    (copy / name).write_bytes(f"cpathlib\nPath\n(S'{canary}'\ntRp0\n.".encode())
    with pytest.raises(BundleError, match="format forbidden"):
        verify(copy)
    rehash(copy)
    with pytest.raises(BundleError, match="format forbidden"):
        verify(copy)
    assert not canary.exists()


def test_a_link_or_folder_in_a_bundle_is_refused(copy: Path) -> None:
    (copy / "grades.json").rename(copy.parent / "elsewhere.json")
    (copy / "grades.json").symlink_to(copy.parent / "elsewhere.json")
    with pytest.raises(BundleError, match="no plain file"):
        verify(copy)


@pytest.mark.parametrize("name", [*REQUIRED, "trees-1.txt", "scorecard.json", MANIFEST])
def test_a_bundle_without_one_of_its_files_is_refused(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(BundleError):
        read_listed(copy)
    if name != MANIFEST:
        rehash(copy)
        with pytest.raises(BundleError):
            check_structure(read_listed(copy))


def test_row_25_a_changed_byte_is_noticed_by_its_hash(copy: Path) -> None:
    path = copy / "trees-0.txt"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(BundleError, match="not the file that was written"):
        verify(copy)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        verify(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("trees-0.txt", "left_child=", "left_child=-"),
        ("trees-0.txt", "num_leaves=15", "num_leaves=16"),
        ("trees-0.txt", "leaf_value=", "leaf_value=nan "),
        ("trees-0.txt", "split_feature=", "split_feature=9999 "),
        ("trees-0.txt", "num_class=1", "num_class=2"),
        ("trees-0.txt", "end of trees\n", ""),
        ("trees-0.txt", "objective=binary", "objective=regression"),
        ("additive.json", '"trees": 30', '"trees": 29'),
        ("additive.json", '"weight": 0.3', '"weight": NaN'),
        ("encoder.json", '"kind": "number"', '"kind": "category"'),
        ("catalog.json", '"format": ', '"format": 9'),
    ],
)
def test_a_forest_that_lightgbm_might_die_of_is_refused_before_it_sees_it(
    copy: Path, name: str, old: str, new: str
) -> None:
    replace(copy, name, lambda text: text.replace(old, new, 1))
    with pytest.raises(BundleError):
        check_structure(read_listed(copy))


def test_row_25_a_forest_cut_in_half_is_refused(copy: Path) -> None:
    replace(copy, "trees-0.txt", lambda text: text[: len(text) // 2])
    with pytest.raises(BundleError, match="sound forest"):
        check_structure(read_listed(copy))


def test_other_answers_than_the_golden_ones_are_refused(copy: Path) -> None:
    replace(copy, "calibration.json", lambda text: text.replace('"c": ', '"c": 1', 1))
    with pytest.raises(BundleError, match="came out differently"):
        verify(copy)


def test_golden_rows_are_asked_again_of_the_process_that_will_serve(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(copy, "calibration.json", lambda text: text.replace('"c": ', '"c": 1', 1))
    monkeypatch.setattr(loading, "_try", lambda *_: None)
    with pytest.raises(BundleError, match="came out differently"):
        load_bundle(copy)


def test_a_child_that_takes_too_long_is_ended(bundle: Path) -> None:
    with pytest.raises(BundleError, match=r"took over 0\.05 s"):
        verify(bundle, trial_seconds=0.05)


def test_a_child_that_dies_refuses_the_bundle(bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deadly = tmp_path / "models" / "bundle"
    deadly.mkdir(parents=True)
    for place in (deadly.parent, deadly):
        (place / "__init__.py").touch()
    (deadly / "trial.py").write_text("import os\nos.abort()\n")
    monkeypatch.setattr(loading, "_PACKAGES", tmp_path)
    with pytest.raises(BundleError, match="ended by signal 6"):
        verify(bundle)


def mutate(folder: Path, chance: random.Random) -> str:
    """Damage one file in a random way and hash the manifest anew, so that the later guards have to notice."""
    names = ["trees-0.txt"] * 3 + ["trees-1.txt", "scorecard.json", "encoder.json", "calibration.json", "golden.jsonl"]
    path = folder / chance.choice(names)
    data = bytearray(path.read_bytes())
    place = chance.randrange(len(data))
    how = chance.choice(["flip", "cut", "sign", "swap", "digit"])
    if how == "flip":
        data[place] ^= 1 << chance.randrange(7)
    elif how == "cut":
        del data[place:]
    elif how == "sign":
        place = data.find(b" ", place)
        data[place : place + 1] = b" -"
    elif how == "swap":
        other = chance.randrange(len(data))
        data[place], data[other] = data[other], data[place]
    else:
        digits = [i for i, byte in enumerate(data) if 48 <= byte <= 57]
        data[chance.choice(digits)] = 48 + chance.randrange(10)
    path.write_bytes(bytes(data))
    rehash(folder)
    return f"{how} in {path.name} at {place}"


def survivors(bundle: Path, folder: Path, mutations: int) -> list[tuple[str, bool]]:
    """Return each mutation with whether the bundle was still taken; this process must live through all of them."""

    def one(seed: int) -> tuple[str, bool]:
        mutated = Path(shutil.copytree(bundle, folder / str(seed)))
        what = mutate(mutated, random.Random(seed))  # noqa: S311 - damage, not secrets
        try:
            verify(mutated)
        except BundleError:
            return what, False
        return what, True

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(mutations)))


def test_row_25_no_mutation_ends_this_process_or_changes_a_golden_answer(
    small: Any, bundle: Path, tmp_path: Path
) -> None:
    taken = survivors(bundle, tmp_path, MUTATIONS)
    assert sum(alive for _, alive in taken) < MUTATIONS / 2
    golden = [json.loads(line) for line in (bundle / "golden.jsonl").read_text().splitlines()]
    for seed, (_, alive) in enumerate(taken):
        if alive and seed % 3 == 0:
            loaded = load_bundle(tmp_path / str(seed))
            matrix = np.array([loaded.encoder.vector(row["features"]) for row in golden])
            assert loaded.model.margin(matrix) == pytest.approx([row["margin"] for row in golden], abs=1e-9)


def test_a_bundle_holds_no_names_or_addresses(bundle: Path) -> None:
    assert b"@firm" not in b"".join(path.read_bytes() for path in bundle.iterdir())


def test_loading_imports_neither_pickle_based_formats_nor_the_registry() -> None:
    code = (
        "import sys, pathlib; from models.bundle import verify; "
        "sys.exit(any(name in sys.modules for name in ('mlflow', 'skops')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[3])
    assert done.returncode == 0


def test_line_ends_of_other_alphabets_in_a_category_do_not_cut_golden_rows(small: Any, tmp_path: Path) -> None:
    strange = small.frame.with_columns(industry=pl.lit("a\u2028b\x85c"))
    folder = write_bundle(
        tmp_path / "8", catalog=small.catalog, encoder=small.encoder, model=small.model, calibration=small.calibration,
        cutoffs=small.cutoffs, grades=small.grades, card=ModelCard("acme", small.trained_at, target="won"),
        golden=strange,
    )  # fmt: skip
    texts = read_listed(folder)
    assert check_golden(texts, assemble(texts)) == 20


def test_golden_rows_hold_sums_that_overflowed(small: Any) -> None:
    huge = small.frame.with_columns(employees=pl.lit(np.inf))
    rows = golden_rows(huge, small.encoder, small.model, small.calibration)
    assert json.loads(rows.split("\n")[0])["features"]["employees"] == sys.float_info.max


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("encoder.json", lambda text: text.replace('"center": ', '"center": 1' + 400 * "0", 1)),
        ("catalog.json", lambda text: text.replace('"name": "industry"', '"name": null', 1)),
        ("catalog.json", lambda text: text.replace('"name": "industry"', '"name": []', 1)),
        ("additive.json", lambda _: 100_000 * "["),
        ("scorecard.json", lambda _: 100_000 * "["),
        ("calibration.json", lambda text: text.replace('"a": ', '"a": 1' + 400 * "0" + ', "was": ', 1)),
    ],
)
def test_numbers_and_names_of_another_form_refuse_the_bundle(
    copy: Path, name: str, change: Callable[[str], str]
) -> None:
    replace(copy, name, change)
    texts = read_listed(copy)
    read = check_structure if name in {"encoder.json", "catalog.json", "additive.json"} else assemble
    with pytest.raises(BundleError):
        read(texts)


def test_a_manifest_with_an_endless_size_is_refused(copy: Path) -> None:
    text = (copy / MANIFEST).read_text()
    (copy / MANIFEST).write_text(text.replace('"size": ', '"size": 1e999, "was": ', 1))
    with pytest.raises(BundleError, match="manifest"):
        read_listed(copy)


def test_what_serves_a_bundle_needs_neither_lightgbm_nor_scikit_learn(bundle: Path) -> None:
    code = (
        "import sys, pathlib; from models.bundle import load_bundle; "
        "bundle = load_bundle(pathlib.Path(sys.argv[1])); assert len(bundle.model.members) == 3; "
        "sys.exit(any(name in sys.modules for name in ('lightgbm', 'sklearn', 'pandas', 'shap')))"
    )
    command = [sys.executable, "-c", code, str(bundle)]
    assert subprocess.run(command, check=False, cwd=Path(__file__).parents[3]).returncode == 0
