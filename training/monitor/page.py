"""The report of one monitoring run, in English and German."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from features.domain import Text
from features.domain.say import between, day, given, listed, number, percent, sentence, whole
from models.cutoffs.words import CLAUSES
from training.calibration.parts import called
from training.monitor import charts
from training.monitor.findings import Basis, Finding, Standing
from training.pages.content import Chart, Fact, Page, Section, Table, Tone
from training.pages.write import write_page

NAME = "monitor"
"""Of the page's files, without ending."""

MOST_FEATURES = 20

_STANDINGS = {
    Standing.FINE: Text("fine", "in Ordnung"),
    Standing.ALARM: Text("alarm", "Alarm"),
    Standing.UNKNOWN: Text("not known yet", "noch nicht bekannt"),
}
_TONES = {Standing.FINE: Tone.GOOD, Standing.ALARM: Tone.BAD, Standing.UNKNOWN: Tone.DOUBT}
_TITLES = {
    "schema": Text("Columns", "Spalten"),
    "features": Text("Features", "Merkmale"),
    "score": Text("Score", "Score"),
    "volume": Text("Leads above the cutoffs", "Leads über den Schwellen"),
    "level": Text("What became of leads", "Was aus Leads wurde"),
    "estimate": Text("Expected conversion", "Erwartete Konversion"),
    "certificate": Text("Certificate", "Zertifikat"),
}
_INTERVAL = Text("95 % interval", "95-%-Intervall")


def keep_page(folder: Path, name: str, version: str, at: datetime, findings: Sequence[Finding]) -> Path:
    """Write the page in both languages and return the English one.

    Parameters
    ----------
    folder : Path
        An existing folder.
    name, version : str
        The workspace and the version that serves.
    at : datetime
        When monitoring ran.
    findings : sequence of Finding
        What it found.
    """
    return write_page(folder, NAME, monitor_page(name, version, at, findings))["en"]


def _basis(finding: Finding) -> Text:
    if finding.standing is Standing.UNKNOWN:
        return Text("nothing to go by yet", "noch keine Grundlage")
    return Text("estimate", "geschätzt") if finding.basis is Basis.ESTIMATE else Text("measured", "gemessen")


def monitor_page(name: str, version: str, at: datetime, findings: Sequence[Finding]) -> Page:
    """Return what monitoring found, alarms first in the summary, then question by question."""
    alarms = [_TITLES[one.name] for one in findings if one.standing is Standing.ALARM]
    summary = (
        sentence("Alarms: {alarms}.", "Alarm: {alarms}.", alarms=listed(alarms))
        if alarms
        else Text("No alarm stands.", "Es steht kein Alarm.")
    )
    facts = tuple(
        Fact(
            _TITLES[one.name], _STANDINGS[one.standing],
            _basis(one),
            _TONES[one.standing],
        )
        for one in findings
    )  # fmt: skip
    return Page(
        sentence(
            "Monitoring {name}, version {version}", "Überwachung {name}, Version {version}", name=name, version=version
        ),
        sentence("As of {day}", "Stand {day}", day=day(at)),
        (Section("in-short", Text("In short", "In Kürze"), (summary,), facts), *(_section(one) for one in findings)),
    )


def _section(finding: Finding) -> Section:
    return Section(
        finding.name,
        sentence(
            "{title}: {standing}{estimate}", "{title}: {standing}{estimate}",
            title=_TITLES[finding.name], standing=_STANDINGS[finding.standing],
            estimate=Text(" (estimate)", " (geschätzt)") if finding.basis is Basis.ESTIMATE else "",
        ),
        (finding.sentence,),
        charts=_charts(finding),
        tables=_tables(finding),
    )  # fmt: skip


def _tables(finding: Finding) -> tuple[Table, ...]:
    told = {"features": _features, "volume": _weeks, "level": _cohorts, "certificate": _clauses}.get(finding.name)
    table = None if told is None else told(finding.figures)
    return () if table is None or not table.rows else (table,)


def _features(figures: Mapping[str, Any]) -> Table:
    shifts = sorted(figures.get("shifts", ()), key=lambda one: -float(one["index"]))[:MOST_FEATURES]
    return Table(
        sentence("The {n} features that moved most", "Die {n} am stärksten veränderten Merkmale", n=whole(len(shifts))),
        Text(
            "The stability index (PSI) is 0 where nothing moved; chance alone gives up to the figure beside it.",
            "Der Stabilitätsindex (PSI) ist 0, wo sich nichts bewegt hat; allein der Zufall gibt bis zur Zahl daneben.",
        ),
        (
            Text("Feature", "Merkmal"), Text("index", "Index"), Text("by chance up to", "durch Zufall bis"),
            Text("missing before", "fehlte vorher bei"), Text("missing now", "fehlt jetzt bei"),
        ),
        tuple(
            (
                Text.same(str(one["name"])), number(one["index"], 3), number(one["by_chance"], 3),
                percent(one["missing_before"]), percent(one["missing_now"]),
            )
            for one in shifts
        ),
    )  # fmt: skip


def _stages(weeks: Sequence[Mapping[str, Any]]) -> list[str]:
    return [stage for stage in ("mql", "sql") if any(stage in week for week in weeks)]


def _weeks(figures: Mapping[str, Any]) -> Table:
    weeks = figures.get("weeks", ())
    stages = _stages(weeks)
    return Table(
        Text("Week by week", "Woche für Woche"),
        Text(
            "In brackets what chance explains; only the newest whole week raises an alarm.",
            "In Klammern, was der Zufall erklärt; nur die neueste ganze Woche löst Alarm aus.",
        ),
        (
            Text("Week from", "Woche ab"), Text("leads", "Leads"),
            *(sentence("{stage}s (expected)", "{stage}s (erwartet)", stage=stage.upper()) for stage in stages),
        ),
        tuple(
            (
                day(datetime.fromisoformat(week["week"])), whole(week["leads"]),
                *(
                    sentence(
                        "{n} ({low} to {high})", "{n} ({low} bis {high})", n=whole(week[stage]),
                        low=whole(week[f"{stage}_low"]), high=whole(week[f"{stage}_high"]),
                    )
                    for stage in stages
                ),
            )
            for week in weeks
        ),
    )  # fmt: skip


def _cohorts(figures: Mapping[str, Any]) -> Table:
    cohorts = figures.get("cohorts", ())
    return Table(
        Text("By cohort", "Nach Kohorte"),
        Text(
            "Customers seen and expected by the probabilities; marked where chance does not explain the difference.",
            "Beobachtete und nach den Wahrscheinlichkeiten erwartete Kunden; hervorgehoben, wo der Zufall den "
            "Unterschied nicht erklärt.",
        ),
        (
            Text("Cohort", "Kohorte"), Text("leads", "Leads"), Text("seen", "beobachtet"), Text("expected", "erwartet"),
            Text("seen over expected", "beobachtet zu erwartet"), _INTERVAL,
        ),
        tuple(
            (
                called(one["name"]), whole(one["leads"]), whole(one["observed"]), number(one["expected"], 1),
                number(one["observed_to_expected"]), between(one["low"], one["high"]),
            )
            for one in cohorts
        ),
        frozenset(place for place, one in enumerate(cohorts) if one["off"]),
    )  # fmt: skip


def _clauses(figures: Mapping[str, Any]) -> Table:
    clauses = figures.get("clauses", ())
    return Table(
        Text("Promises watched", "Beobachtete Zusagen"),
        Text(
            "A bet against each promise; it reaches the alarm only rarely while the promise holds.",
            "Eine Wette gegen jede Zusage; solange die Zusage hält, erreicht sie den Alarm nur selten.",
        ),
        (
            Text("Promise", "Zusage"), Text("cases since", "Fälle seither"), Text("broken", "gebrochen"),
            Text("allowed", "erlaubt"), Text("bet", "Wette"), Text("alarm at", "Alarm ab"),
        ),
        tuple(
            (
                CLAUSES.get(one["name"], Text.same(str(one["name"]))), whole(one["seen"]), whole(one["broken"]),
                given(one["allowed"]), number(one["capital"]), whole(one["alarm_at"]),
            )
            for one in clauses
        ),
        frozenset(place for place, one in enumerate(clauses) if one["violated"]),
    )  # fmt: skip


def _charts(finding: Finding) -> tuple[Chart, ...]:
    weeks: Sequence[Mapping[str, Any]] = finding.figures.get("weeks", ())
    cohorts: Sequence[Mapping[str, Any]] = finding.figures.get("cohorts", ())
    if finding.name == "volume" and weeks:
        return (
            Chart(
                Text("Leads above the cutoffs, week by week", "Leads über den Schwellen, Woche für Woche"),
                Text("The bands hold what chance explains.", "Die Bänder enthalten, was der Zufall erklärt."),
                finding.sentence,
                partial(charts.volume, weeks, _stages(weeks), Text("leads a week", "Leads je Woche")),
            ),
        )
    if finding.name == "level" and cohorts:
        return (
            Chart(
                Text("Customers seen over expected", "Beobachtete zu erwarteten Kunden"),
                Text(
                    "1 (dashed) means that what was said came true; bars are 95 % intervals.",
                    "1 (gestrichelt) heißt, dass eintraf, was gesagt wurde; Balken sind 95-%-Intervalle.",
                ),
                finding.sentence,
                partial(
                    charts.level, [called(one["name"]) for one in cohorts], cohorts,
                    Text("seen over expected", "beobachtet zu erwartet"),
                ),
            ),
        )  # fmt: skip
    return ()
