from __future__ import annotations

import dataclasses
import html
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from features.domain import FixedClock, Sla, Text, WorkspaceError
from features.history.files import FileHistory
from features.workspace import Workspace
from models.agreement import Agreement
from models.audit import read_audit
from models.bundle import load_bundle
from models.cutoffs import Watch, certify
from models.registry import Registry
from serving.cli import main
from training.dataset import Side
from training.intake.infer import initialise
from training.measuring.contenders import Contender
from training.monitor.certificate import Since, cases_of, check_certificate
from training.monitor.findings import Basis, Finding, Standing
from training.monitor.page import keep_page
from training.monitor.recent import recent_leads
from training.monitor.run import MonitorResult, _of_leads, monitor
from training.other_files import OtherFiles
from training.progress import SilentProgress
from training.run import train
from training.simulation import simulate

THEN, NOW = datetime(2025, 10, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
PLAN = "\ntraining: {gate_draws: 200, moments_days: [0, 7], gate_min_positives: 20}\n"
SLA = "version: 1\nmql: {min_conversion_rate: 0.02}\ncertificate_days: 400\n"
NAMES = {"leads": "created_at", "events": "occurred_at", "outcomes": "occurred_at"}


def written(
    source: Path, folder: Path, *, until: datetime, country: str | None = None, won: float = 1.0
) -> dict[str, Path]:
    """Write a history as it stood at a moment; leads and winners after ``THEN`` may be others."""
    files = {}
    folder.mkdir(exist_ok=True)
    for name, moment in NAMES.items():
        rows = pl.read_csv(source / f"{name}.csv", infer_schema_length=0)
        at = pl.col(moment).str.to_datetime(time_zone="UTC", time_unit="us")
        rows = rows.filter(at <= until)
        later = at > THEN
        if name == "leads" and country is not None:
            rows = rows.with_columns(pl.when(later).then(pl.lit(country)).otherwise(pl.col("country")).alias("country"))
        if name == "outcomes":
            drawn = pl.Series(np.random.default_rng(1).random(rows.height) >= won)
            lost = later & (pl.col("outcome") == "won") & drawn
            rows = rows.with_columns(pl.when(lost).then(pl.lit("lost")).otherwise(pl.col("outcome")).alias("outcome"))
        files[name] = folder / f"{name}.csv"
        rows.write_csv(files[name])
    return files


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("company")
    simulate(folder / "all", leads=9000, months=24, seed=7)
    files = written(folder / "all", folder / "history", until=THEN)
    clock = FixedClock(THEN)
    initialise(folder / "acme", target=None, clock=clock, **files)
    workspace = Workspace.open(folder / "acme")
    workspace.sla_file.write_text(SLA, encoding="utf-8")
    with workspace.config_file.open("a", encoding="utf-8") as file:
        file.write(PLAN)
    version = train(workspace, clock=clock, progress=SilentProgress()).version
    Registry(workspace, clock=clock).promote(str(version), by="a test")
    return workspace


def watched(company: Workspace, now: datetime = NOW, **shift: object) -> MonitorResult:
    written(company.root.parent / "all", company.root.parent / "history", until=NOW, **shift)  # type: ignore[arg-type]
    return monitor(company, OtherFiles(), clock=FixedClock(now), progress=SilentProgress())


def finding(result: MonitorResult, name: str) -> Finding:
    return next(one for one in result.findings if one.name == name)


def test_a_market_that_stays_raises_no_alarm_and_leaves_page_pictures_and_run(company: Workspace) -> None:
    result = watched(company)
    assert [one.name for one in result.alarms] == []
    assert {"monitor.html", "monitor-de.html", "result.json"} <= {p.name for p in result.report.iterdir()}
    german = (result.report / "monitor-de.html").read_text(encoding="utf-8")
    assert german.count("<svg") == 2
    assert not re.search(
        r"\b(the|and|of|leads of|were|with|than|alarm stands)\b", re.sub(r"<style.*?</style>", "", german, flags=re.S)
    )
    for one in result.findings:
        assert one.sentence.de in html.unescape(german)
    assert result.run_id is not None
    told = json.loads((result.report / "result.json").read_text())
    assert told["version"] == result.version
    assert finding(result, "level").figures["leads"] > 500
    assert finding(result, "certificate").figures["clauses"][0]["seen"] > 50


def test_recent_leads_are_not_those_that_the_model_was_judged_on(company: Workspace) -> None:
    written(company.root.parent / "all", company.root.parent / "history", until=NOW)
    config, bundle = company.config(), load_bundle(company.champion.resolve())
    history = FileHistory.read(config, clock=FixedClock(NOW))
    learned = bundle.card.learned
    assert bundle.reference is not None
    recent = recent_leads(history, config, bundle, learned, bundle.reference.age_days)
    assert recent.size > 1000
    assert learned.new(recent.frame).all()
    assert recent.frame["lead_id"].is_unique().all()
    age = recent.frame["as_of"] - recent.frame["created_at"]
    assert (age == timedelta(days=bundle.reference.age_days or 0)).all()
    assert (recent.frame["as_of"] <= NOW).all()


def test_looking_twice_tells_the_watch_each_case_once(company: Workspace) -> None:
    first, second = (finding(watched(company), "certificate") for _ in range(2))
    assert second.figures["clauses"] == first.figures["clauses"]


def test_other_leads_and_another_level_raise_their_alarms(company: Workspace) -> None:
    result = watched(company, country="ZZ", won=0.3)
    assert "country" in " ".join(finding(result, "features").figures["moved"])
    assert "rare or new values" in finding(result, "features").sentence.en
    level = finding(result, "level")
    assert level.standing is Standing.ALARM
    assert level.figures["high"] < 1
    assert "recalibrate" in level.sentence.en
    assert finding(result, "estimate").standing is Standing.FINE


def test_a_column_that_the_newer_file_lacks_raises_an_alarm_and_the_rest_is_still_told(company: Workspace) -> None:
    files = written(company.root.parent / "all", company.root.parent / "history", until=NOW)
    pl.read_csv(files["leads"], infer_schema_length=0).drop("industry").write_csv(files["leads"])
    result = monitor(company, OtherFiles(), clock=FixedClock(NOW), progress=SilentProgress())
    schema = finding(result, "schema")
    assert schema.standing is Standing.ALARM
    assert schema.figures["gone"] == ["industry"]
    assert "gone or empty: industry" in schema.sentence.en
    assert finding(result, "level").standing is not Standing.UNKNOWN


def test_row_29_an_expired_certificate_leaves_the_cutoffs_and_is_audited_once(company: Workspace) -> None:
    before = Agreement.read(company)
    late = THEN + timedelta(days=500)
    for _ in range(2):
        result = watched(company, now=late)
    certificate = finding(result, "certificate")
    assert certificate.standing is Standing.ALARM
    assert certificate.figures["state"] == "expired"
    assert Agreement.read(company) == before
    expired = [entry for entry in read_audit(company) if entry["action"] == "certificate_expired"]
    assert len(expired) == 1
    assert expired[0]["cutoffs"] == {"mql": before.mql, "sql": before.sql}


def test_a_bundle_without_a_reference_loads_and_says_what_is_missing(company: Workspace) -> None:
    bundle = dataclasses.replace(load_bundle(company.champion.resolve()), reference=None)
    found = _of_leads(company.config(), Contender("champion", "1", bundle), None, Agreement(Sla()))  # type: ignore[arg-type]
    assert {one.standing for one in found} == {Standing.UNKNOWN}
    assert "train again" in found[0].sentence.en


def test_the_verb_says_alarm_by_its_exit_code(company: Workspace) -> None:
    written(company.root.parent / "all", company.root.parent / "history", until=NOW, won=0.2)
    answer = CliRunner().invoke(main, ["monitor", str(company.root), "--json"])
    told = json.loads(answer.stdout)
    assert answer.exit_code == (3 if told["alarms"] else 0)
    assert "level" in told["alarms"]


def test_leads_without_times_or_outcomes_are_compared_and_their_future_is_an_estimate(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    size, channel = rng.normal(0, 1, 1500).round(3), rng.choice(["ads", "fair", "web"], 1500)
    won = (rng.random(1500) < 1 / (1 + np.exp(1.2 - 1.5 * size))).astype(int)
    ids = [f"L{i}" for i in range(1500)]
    pl.DataFrame({"id": ids, "size": size, "channel": channel, "won": won}).write_csv(tmp_path / "leads.csv")
    newer = pl.DataFrame({"id": [f"N{i}" for i in range(300)], "size": size[:300] + 1.0, "channel": ["radio"] * 300})
    newer.write_csv(tmp_path / "newer.csv")
    clock = FixedClock(NOW)
    initialise(tmp_path / "flat", leads=tmp_path / "leads.csv", events=None, outcomes=None, target="won", clock=clock)
    workspace = Workspace.open(tmp_path / "flat")
    with workspace.config_file.open("a", encoding="utf-8") as file:
        file.write("\ntraining: {search_trials: 1, gate_draws: 200, gate_min_positives: 20}\n")
    version = train(workspace, clock=clock, progress=SilentProgress()).version
    Registry(workspace, clock=clock).promote(str(version), by="a test")
    result = monitor(workspace, OtherFiles(tmp_path / "newer.csv"), clock=clock, progress=SilentProgress())
    assert {one.name for one in result.alarms} == {"features", "score"}
    assert {"size", "channel"} <= set(finding(result, "features").figures["moved"])
    assert finding(result, "level").standing is Standing.UNKNOWN
    estimate = finding(result, "estimate").figures
    assert estimate["conversion"] > estimate["conversion_before"] + 0.1


def side(moments: list[datetime], created: list[datetime], label: list[int], leads: list[str]) -> Side:
    examples = pl.DataFrame({"lead_id": leads, "created_at": created, "as_of": moments, "accepted": [1] * len(leads)})
    codes = np.unique(leads, return_inverse=True)[1]
    ones = np.ones(len(leads))
    return Side(examples, examples, np.array(label, float), ones, codes, codes, codes, ones.astype(bool), ones)


def test_a_lead_is_a_case_at_its_first_crossing_and_a_customer_when_all_moments_are_over() -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    at = [start + timedelta(days=day) for day in (0, 7, 0, 7, 1)]
    created = [start, start, start, start, start + timedelta(days=1)]
    rows = side(at, created, [0, 1, 1, 1, 0], ["a", "a", "b", "b", "c"])
    since = Since(rows, np.array([0.1, 0.5, 0.1, 0.2, 0.6]), start + timedelta(days=7), 7.0)
    _, kept = cases_of("mql.min_conversion_rate", Sla(), 0.4, since) or (None, None)
    assert kept is not None
    assert kept.to_list() == [0.0, 1.0]
    _, customers = cases_of("mql.max_missed_customers", Sla(), 0.4, since) or (None, None)
    assert customers is not None
    assert sorted(customers.to_list()) == [0.0, 1.0]


def test_a_week_over_the_limit_breaks_the_weekly_promise() -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    days = [0, 1, 2, 8, 15]
    at = [start + timedelta(days=day) for day in days]
    rows = side(at, at, [0] * 5, list("abcde"))
    since = Since(rows, np.full(5, 0.9), start + timedelta(days=16), 7.0)
    limit = Sla.from_mapping({"sql": {"max_per_week": 2}})
    _, kept = cases_of("sql.max_per_week", limit, 0.5, since) or (None, None)
    assert kept is not None
    assert kept.to_list() == [0.0, 1.0]


def test_broken_promises_violate_the_certificate_and_a_damaged_watch_is_named(company: Workspace) -> None:
    version = company.champion.resolve().name
    bundle, agreement = load_bundle(company.champion.resolve()), Agreement.read(company)
    assert Watch.of(bundle.cutoffs, agreement.sla).bets
    watch_file = company.var / "certificate_watch.json"
    watch_file.unlink(missing_ok=True)
    at = [THEN + timedelta(hours=hour) for hour in range(900)]
    never = side(at, at, [0] * 900, [str(i) for i in range(900)])
    since = Since(never, np.full(900, 0.9), at[-1], 7.0)
    found = check_certificate(company, bundle, version, agreement, since, THEN + timedelta(days=40))
    assert found.standing is Standing.ALARM
    assert found.figures["state"] == "violated"
    assert any(entry["action"] == "certificate_violated" for entry in read_audit(company))
    assert Agreement.read(company).state == "violated"
    watch_file.write_text('{"format": 1}')
    with pytest.raises(WorkspaceError, match="damaged"):
        check_certificate(company, bundle, version, agreement, since, THEN)
    watch_file.unlink()


def test_an_estimate_cannot_raise_an_alarm() -> None:
    with pytest.raises(ValueError, match="estimate"):
        Finding("estimate", Standing.ALARM, Text.same(""), basis=Basis.ESTIMATE)


def test_names_from_the_files_are_escaped_on_the_page(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    shifts = [{"name": evil, "index": 1.0, "by_chance": 0.1, "missing_before": 0.0, "missing_now": 0.0}]
    found = Finding("features", Standing.ALARM, Text.same(evil), {"shifts": shifts})
    page = keep_page(tmp_path, evil, "1", NOW, [found])
    for written_page in (page, page.with_name("monitor-de.html")):
        text = written_page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert text.count(html.escape(evil)) >= 3


def test_cutoffs_that_nothing_certified_have_nothing_to_watch(company: Workspace) -> None:
    bundle = load_bundle(company.champion.resolve())
    few = certify([0.5] * 10, [1] * 5 + [0] * 5, Sla.from_mapping({"mql": {"min_conversion_rate": 0.4}}))
    agreement = Agreement.proposed(Sla(), few, version="1", since=THEN)
    found = check_certificate(company, dataclasses.replace(bundle, cutoffs=few), "1", agreement, None, NOW)
    assert found.standing is Standing.UNKNOWN
