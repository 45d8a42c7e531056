"""The training report: what it says is what the run measured, in both languages, and hostile text stays text."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import click
import numpy as np
import polars as pl
import pytest

import training.run
from features.domain import FixedClock, Sla
from features.workspace import Workspace
from models.audit import read_audit
from models.cutoffs import State
from models.preregistration import ACTION, Preregistration
from serving.cli.terminal import Terminal
from serving.cli.train import show_result
from training.certification import certify_holdout
from training.gates import Decision
from training.intake.infer import initialise
from training.judgement import MODEL
from training.pages.content import Section
from training.progress import SilentProgress
from training.report.certificate import certificate
from training.report.keep import KeptReport, keep_report
from training.report.material import Material
from training.report.page import report_page
from training.report.summary import in_short
from training.result import TrainingResult
from training.run import train

CLOCK = FixedClock(datetime(2026, 7, 1, tzinfo=UTC))
PLAN = "\ntraining: {search_trials: 1, gate_draws: 200, gate_min_positives: 40, max_trees: 40}\n"
HOSTILE = '<img src="http://evil.example/x" onerror="alert(1)">'
LEVELS = ("<script>alert(1)</script>", "</svg><b>bold", 'a" onmouseover="alert(2)', "{{ 7 * 7 }}", "$x^2$ & more")

Trained = tuple[Workspace, TrainingResult, Material]


def leads(count: int, strength: float) -> pl.DataFrame:
    """Leads over two years, whose outcome follows pages and channel with a strength of log-odds."""
    draw = np.random.default_rng(3)
    pages, place = draw.poisson(4, count), draw.integers(0, len(LEVELS), count)
    margin = -1.2 + strength * (np.abs(pages - 4.0) - 1.6 + (place == 0) - (place == 1))
    begin, days = datetime(2024, 1, 1, tzinfo=UTC), np.sort(draw.integers(0, 700, count))
    return pl.DataFrame(
        {
            "lead_id": [f"l{n}" for n in range(count)],
            "created_at": [f"{begin + timedelta(days=int(day)):%Y-%m-%d %H:%M:%S}" for day in days],
            HOSTILE: [LEVELS[one] for one in place],
            "pages": pages,
            "known late <i>": np.where(draw.random(count) < 0.5, "x", "y"),
            "converted": np.where(draw.random(count) < 1 / (1 + np.exp(-margin)), "yes", "no"),
        }
    )


def trained_on(frame: pl.DataFrame, folder: Path) -> Trained:
    frame.write_csv(folder / "leads.csv")
    initialise(folder / "acme", leads=folder / "leads.csv", events=None, outcomes=None, target="converted", clock=CLOCK)
    workspace = Workspace.open(folder / "acme")
    with workspace.config_file.open("a", encoding="utf-8") as file:
        file.write(PLAN)
    seen: list[Material] = []

    def keeping(place: Workspace, material: Material, *rest: str | None) -> KeptReport:
        seen.append(material)
        return keep_report(place, material, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.run, "keep_report", keeping)
        result = train(workspace, clock=CLOCK, progress=SilentProgress())
    return workspace, result, seen[0]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained_on(leads(2400, 1.0), tmp_path_factory.mktemp("signal"))


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained_on(leads(1600, 0.0), tmp_path_factory.mktemp("noise"))


class Reader(HTMLParser):
    """Tags, attributes and the text that a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.text: list[str] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._silent = tag == "style"
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text.append(data)


def read(path: Path) -> tuple[Reader, str]:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader, " ".join(" ".join(reader.text).split())


def pages(result: TrainingResult) -> list[Path]:
    assert result.report is not None
    return [result.report, result.report.with_name("report-de.html")]


def words_of(section: Section, language: str) -> str:
    texts = [*section.sentences, *section.points]
    texts += [part for fact in section.facts for part in (fact.label, fact.value, fact.note)]
    texts += [cell for table in section.tables for row in table.rows for cell in row]
    return " ".join(getattr(text, language) for text in texts).replace("\N{NO-BREAK SPACE}", " ")


def test_hostile_names_and_levels_come_out_as_text(told: Trained) -> None:
    for page in pages(told[1]):
        reader, text = read(page)
        assert not reader.tags & {"script", "img", "i", "iframe", "object", "link", "foreignobject"}
        assert not {name for name in reader.attributes if name.startswith("on")}
        assert HOSTILE in text
        assert all(level in text for level in LEVELS)


def test_a_page_asks_nothing_of_any_other_place(told: Trained) -> None:
    for page in pages(told[1]):
        reader, _ = read(page)
        assert not {"src", "srcset", "data", "action", "poster", "xlink:href"} & set(reader.attributes)
        others = {"report.html", "report-de.html"}
        for link in reader.attributes["href"]:
            # shap paints the colour bar and crowds of dots as pixels, which stand in the page itself.
            assert link.startswith(("#", "data:image/png;base64,")) or link.split("#")[0] in others
        style = page.read_text(encoding="utf-8")
        assert "@import" not in style
        assert all(place.startswith("url(#") for place in re.findall(r"url\([^)]*", style))


def test_the_figures_are_those_of_the_result(told: Trained) -> None:
    _, result, material = told
    _, text = read(pages(result)[0])
    figures = result.evaluations[MODEL]
    for value in (f"{figures.log_loss:.4f}", f"{figures.auc:.3f}", f"{figures.lift_10:.2f}", f"{figures.brier:.4f}"):
        assert value in text
    for name, one in result.evaluations.items():
        assert f"{one.log_loss:.4f}" in text, name
    ratio = material.judgement.reliability.observed_to_expected
    assert f"{ratio.value:.2f}" in text
    assert f"{ratio.low:.2f} to {ratio.high:.2f}" in text
    for comparison in result.verdict.comparisons:
        assert f"{comparison.paired.gain.low:+.4f}".replace("-", "−") in text
    for cutoff in (result.cutoffs.mql, result.cutoffs.sql):
        assert all(clause.sentence.en in text for clause in cutoff.clauses)


def test_a_cutoff_is_measured_as_the_certificate_measures_it(told: Trained) -> None:
    material = told[2]
    clause = next(one for one in material.judgement.cutoffs.mql.clauses if one.name == "mql.min_conversion_rate")
    assert (material.mql.leads, material.mql.converted) == (clause.n, clause.k)
    assert (material.mql.rate.low, material.mql.rate.high) == clause.interval
    missed = next(one for one in material.judgement.cutoffs.mql.clauses if one.name == "mql.max_missed_customers")
    assert missed.interval == pytest.approx((material.mql.missed.low, material.mql.missed.high))


def test_the_german_page_has_no_english_sentence(told: Trained, noise: Trained) -> None:
    english = re.compile(r"\b(the|and|of|which|that|are|were|with|from|than|leads? held|it|is|for|probability)\b")
    for _, result, _ in (told, noise):
        text = read(pages(result)[1])[1]
        for foreign in (*LEVELS, HOSTILE):
            text = text.replace(foreign, "")
        assert not [found for found in english.findall(text) if found not in {"for"}]
        assert "zurückgehaltenen" in text
        assert not re.search(r"\d\.\d\d %", text)


def test_both_pages_say_the_same_in_figures(told: Trained) -> None:
    english, german = (read(page)[0] for page in pages(told[1]))
    assert english.tags - german.tags <= {"details", "summary", "ul", "li"}
    page = report_page(told[2])
    for section in page.sections:
        for text in (section.title, *section.sentences, *section.points):
            assert text.en
            assert text.de
            assert len(re.findall(r"\d", text.en)) == len(re.findall(r"\d", text.de)), text


def test_a_model_that_serves_says_whom_it_beats(told: Trained) -> None:
    _, result, _ = told
    assert result.promoted, result.verdict.reasons
    _, text = read(pages(result)[0])
    assert "Version 1 serves from now on" in text
    assert "times as many as a tenth chosen by chance" in text


def test_without_a_signal_the_page_says_so_and_makes_no_boast(noise: Trained) -> None:
    _, result, material = noise
    assert not result.promoted
    english, german = (read(page)[1] for page in pages(result))
    assert "does not serve" in english
    assert "no signal that can be told from chance" in english
    assert f"{material.auc.value:.3f}" in english
    assert "kein Signal" in german
    assert "times as many" not in words_of(in_short(material), "en")


def test_one_probability_for_every_lead_is_told_as_that(noise: Trained) -> None:
    material = noise[2]
    same = np.full(material.side.label.size, 0.25)
    judgement = dataclasses.replace(material.judgement, probabilities={**material.judgement.probabilities, MODEL: same})
    text = words_of(in_short(dataclasses.replace(material, judgement=judgement)), "en")
    assert "no signal: every lead gets the same probability, 25.0 %" in text
    assert "times as many" not in text


def test_too_few_outcomes_read_as_undecided_with_how_many_are_needed(told: Trained) -> None:
    material = told[2]
    verdict = dataclasses.replace(
        material.judgement.verdict, decision=Decision.UNDECIDED, comparisons=(), slope=None, confidence=None
    )
    few = dataclasses.replace(
        material, promoted=False, plan=dataclasses.replace(material.plan, gate_min_positives=5000),
        judgement=dataclasses.replace(material.judgement, verdict=verdict),
    )  # fmt: skip
    text = words_of(in_short(few), "en")
    assert "does not serve" in text
    assert "5,000 are needed to tell a better model from chance" in text


def test_an_agreement_that_cannot_be_kept_is_told_with_its_ways_out(told: Trained) -> None:
    material = told[2]
    harsh = Sla.from_mapping({"mql": {"min_conversion_rate": 0.9, "max_missed_customers": 0.01}})
    cutoffs = certify_holdout(material.side, material.judgement.probabilities[MODEL], harsh)
    assert cutoffs.mql.state is State.INFEASIBLE
    section = certificate(
        dataclasses.replace(material, sla=harsh, judgement=dataclasses.replace(material.judgement, cutoffs=cutoffs))
    )
    english, german = words_of(section, "en"), words_of(section, "de")
    assert "cannot be kept" in english
    assert "nicht einzuhalten" in german
    assert "None of the 2 promises" in english
    assert cutoffs.mql.options
    assert all(option.sentence in section.points for option in cutoffs.mql.options)


def test_the_row_of_the_audit_log_that_was_written_before_the_outcomes_were_read_is_named(told: Trained) -> None:
    workspace, result, _ = told
    (row,) = (row for row in read_audit(workspace) if row["action"] == ACTION)
    for page in pages(result):
        assert row["digest"] in read(page)[1]


def test_a_second_look_at_the_same_outcomes_is_told(told: Trained) -> None:
    section = certificate(dataclasses.replace(told[2], registered=Preregistration("0123456789abcdef", 2)))
    assert "judged by other agreements before (2)" in words_of(section, "en")
    assert "schon nach anderen Vereinbarungen beurteilt (2)" in words_of(section, "de")


def test_a_certificate_is_told_in_the_agreed_words(told: Trained) -> None:
    material = told[2]
    mild = Sla.from_mapping({"mql": {"min_conversion_rate": 0.25}})
    cutoffs = certify_holdout(material.side, material.judgement.probabilities[MODEL], mild)
    assert cutoffs.mql.state is State.CERTIFIED
    section = certificate(
        dataclasses.replace(material, sla=mild, judgement=dataclasses.replace(material.judgement, cutoffs=cutoffs))
    )
    english = words_of(section, "en")
    assert "In 19 of 20 such calibrations" in english
    assert "until 2026-09-29" in english
    assert "cancelled automatically" in english
    assert "In 19 von 20" in words_of(section, "de")


def test_the_report_lies_in_the_workspace_and_with_the_run(told: Trained) -> None:
    from mlflow.tracking import MlflowClient

    workspace, result, _ = told
    assert result.report is not None
    assert result.report.parent.parent == workspace.reports
    assert json.dumps(result.to_mapping())
    assert result.to_mapping()["report"] == str(result.report)
    assert result.run_id is not None
    kept = MlflowClient(tracking_uri=workspace.tracking_uri).list_artifacts(result.run_id, "report")
    assert {Path(one.path).name for one in kept} >= {"report.html", "report-de.html", "card.md"}
    assert not result.warnings


def test_train_prints_where_the_report_is(told: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    with click.Context(click.Command("train")):
        show_result(Terminal(), told[0], told[1])
    printed = capsys.readouterr()
    assert str(told[1].report) in "".join((printed.out + printed.err).split("\n"))


def test_a_report_that_cannot_be_written_is_a_warning_and_no_failed_training(
    told: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, _, material = told
    monkeypatch.setattr("training.report.keep.report_page", lambda _: 1 / 0)
    kept = keep_report(workspace, material, None)
    assert kept.page is None
    assert "could not be written" in kept.warnings[0]
