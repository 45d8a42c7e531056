"""The report of one monitoring run: a page that opens from disk, and its pictures as PNG files beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment
from matplotlib.figure import Figure

from training.monitor.findings import Basis, Finding, Standing

PAGE = "monitor.html"
_WORDS = {Standing.FINE: "fine", Standing.ALARM: "alarm", Standing.UNKNOWN: "not known yet"}
_TITLES = {
    "schema": "Columns", "features": "Features", "score": "Score", "volume": "Leads above the cutoffs",
    "level": "What became of leads", "estimate": "Expected conversion", "certificate": "Certificate",
}  # fmt: skip

_TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Monitoring {{ name }}</title>
<style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:auto;padding:1rem}
section{border-top:1px solid #8884;padding:.5rem 0}.alarm{color:#c0392b;font-weight:600}
table{border-collapse:collapse;font-size:.85rem;display:block;overflow-x:auto}
td,th{padding:.15rem .6rem;text-align:right;border-bottom:1px solid #8883}td:first-child,th:first-child{text-align:left}
img{max-width:100%;background:#fff}@media print{section{break-inside:avoid}}
</style></head><body>
<h1>Monitoring {{ name }}, version {{ version }}</h1>
<p>{{ at }}. {{ summary }}</p>
{% for one in parts %}<section><h2>{{ one.title }}: <span class="{{ one.standing }}">{{ one.word }}</span>
{% if one.estimate %}(estimate){% endif %}</h2>
<p>{{ one.sentence }}</p>
{% if one.picture %}<img alt="{{ one.alt }}" src="data:image/png;base64,{{ one.picture }}">{% endif %}
{% if one.rows %}<table><thead><tr>{% for head in one.heads %}<th>{{ head }}</th>{% endfor %}</tr></thead><tbody>
{% for row in one.rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>{% endif %}</section>
{% endfor %}</body></html>
"""


def write_page(folder: Path, name: str, version: str, at: datetime, findings: Sequence[Finding]) -> Path:
    """Write the page and its pictures and return the page.

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
    alarms = [_TITLES[one.name] for one in findings if one.standing is Standing.ALARM]
    summary = f"Alarms: {', '.join(alarms)}." if alarms else "No alarm stands."
    parts = [_part(folder, one) for one in findings]
    # Names of columns and values come from the company's files, so everything is escaped.
    template = Environment(autoescape=True).from_string(_TEMPLATE)
    page = folder / PAGE
    page.write_text(
        template.render(name=name, version=version, at=f"{at:%Y-%m-%d %H:%M %Z}", summary=summary, parts=parts),
        encoding="utf-8",
    )
    return page


def _part(folder: Path, finding: Finding) -> dict[str, Any]:
    heads, rows = _table(finding)
    picture = _picture(folder, finding)
    return {
        "title": _TITLES[finding.name],
        "standing": finding.standing.value,
        "word": _WORDS[finding.standing],
        "estimate": finding.basis is Basis.ESTIMATE,
        "sentence": finding.sentence,
        "heads": heads,
        "rows": rows,
        "alt": f"{_TITLES[finding.name]} over time, with the band that chance explains",
        "picture": None if picture is None else base64.b64encode(picture.read_bytes()).decode("ascii"),
    }


def _table(finding: Finding) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    figures = finding.figures
    if finding.name == "features":
        shifts = sorted(figures.get("shifts", ()), key=lambda one: -one["index"])[:20]
        rows = [
            (one["name"], f"{one['index']:.3f}", f"{one['by_chance']:.3f}", f"{one['missing_before']:.0%}",
             f"{one['missing_now']:.0%}")
            for one in shifts
        ]  # fmt: skip
        return ("feature", "index", "by chance up to", "missing before", "missing now"), rows
    if finding.name == "volume":
        stages = [stage for stage in ("mql", "sql") if any(stage in week for week in figures.get("weeks", ()))]
        heads = ("week", "leads", *(f"{stage.upper()}s (expected)" for stage in stages))
        return heads, [
            (week["week"], str(week["leads"]),
             *(f"{week[s]} ({week[f'{s}_low']} to {week[f'{s}_high']})" for s in stages))
            for week in figures.get("weeks", ())
        ]  # fmt: skip
    if finding.name == "level":
        return ("cohort", "leads", "reached", "expected", "ratio", "95 % interval"), [
            (one["name"], f"{one['leads']:.0f}", f"{one['observed']:.0f}", f"{one['expected']:.1f}",
             f"{one['observed_to_expected']:.2f}", f"{one['low']:.2f} to {one['high']:.2f}")
            for one in figures.get("cohorts", ())
        ]  # fmt: skip
    if finding.name == "certificate":
        return ("clause", "cases since", "broken", "allowed", "bet", "alarm at"), [
            (one["name"], str(one["seen"]), str(one["broken"]), f"{one['allowed']:.0%}", f"{one['capital']:.2f}",
             f"{one['alarm_at']:.0f}")
            for one in figures.get("clauses", ())
        ]  # fmt: skip
    return (), []


def _picture(folder: Path, finding: Finding) -> Path | None:
    weeks: Sequence[Mapping[str, Any]] = finding.figures.get("weeks", ())
    cohorts: Sequence[Mapping[str, Any]] = finding.figures.get("cohorts", ())
    if finding.name == "volume" and weeks:
        return _volume(folder / "volume.png", weeks)
    if finding.name == "level" and cohorts:
        return _cohorts(folder / "level.png", cohorts)
    return None


def _volume(path: Path, weeks: Sequence[Mapping[str, Any]]) -> Path:
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots()
    places = range(len(weeks))
    for stage, colour in (("mql", "tab:blue"), ("sql", "tab:orange")):
        if stage not in weeks[0]:
            continue
        low, high = ([week[f"{stage}_{end}"] for week in weeks] for end in ("low", "high"))
        axes.fill_between(places, low, high, step="mid", alpha=0.2, color=colour)
        axes.plot(places, [week[stage] for week in weeks], marker="o", color=colour, label=f"{stage.upper()}s")
    shown = list(places)[:: max(1, len(weeks) // 8)]
    axes.set_xticks(shown, [weeks[place]["week"] for place in shown], rotation=30)
    axes.set(ylabel="leads a week", title="Leads above the cutoffs, with their control bands")
    axes.legend()
    figure.savefig(path, dpi=110)
    return path


def _cohorts(path: Path, cohorts: Sequence[Mapping[str, Any]]) -> Path:
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots()
    places = range(len(cohorts))
    ratio = [one["observed_to_expected"] for one in cohorts]
    axes.vlines(places, [one["low"] for one in cohorts], [one["high"] for one in cohorts])
    axes.plot(places, ratio, "o")
    axes.axhline(1.0, color="grey", linewidth=0.8)
    axes.set_xticks(list(places), [one["name"] for one in cohorts])
    axes.set(ylabel="observed / expected", title="Leads that reached the target over what was said")
    figure.savefig(path, dpi=110)
    return path
