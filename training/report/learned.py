"""What the model was learned from, what it was judged on, and what a label means."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import polars as pl

from features.domain import Text
from features.domain.say import day, given, listed, number, percent, sentence, whole
from training.pages.content import Chart, Fact, Section, Table
from training.report import charts
from training.report.material import Material

_COUNTS = {
    "leads": Text("leads in the history", "Leads in der Historie"),
    "leads used": Text("leads that give examples", "Leads, die Beispiele geben"),
    "leads left out": Text(
        "leads that give none: too young, or without a known outcome",
        "Leads ohne Beispiel: zu jung oder ohne bekanntes Ergebnis",
    ),
    "positive leads": Text("leads that reached the target", "Leads, die das Ziel erreichten"),
    "rows used": Text("examples (a lead at a moment)", "Beispiele (ein Lead zu einem Zeitpunkt)"),
    "moments after the outcome": Text(
        "moments left out: after the outcome", "ausgelassene Zeitpunkte: nach dem Ergebnis"
    ),
    "moments too young for the horizon": Text(
        "moments left out: horizon not over", "ausgelassene Zeitpunkte: Horizont noch nicht um"
    ),
}


def learned_from(material: Material) -> Section:
    """Return the section on data, labels and the split."""
    frame, split = material.examples.frame, material.split
    learned, held = frame.filter(split.learn), frame.filter(split.holdout)
    figures = material.judgement.evaluations["model"]
    facts = (
        Fact(Text("Learned from", "Gelernt an"), whole(learned["lead_id"].n_unique()), Text("leads", "Leads")),
        Fact(
            Text("Judged on", "Geprüft an"), whole(held["lead_id"].n_unique()),
            sentence("other leads, {n} customers", "anderen Leads, {n} Kunden", n=whole(figures.positive_leads)),
        ),
        Fact(
            Text("Reach the target", "Erreichen das Ziel"), percent(figures.base_rate),
            Text("of the leads held out (base rate)", "der zurückgehaltenen Leads (Grundrate)")
            if bool((material.side.weight >= 1).all())
            else Text(
                "within the horizon of the moments held out (base rate)",
                "im Horizont der zurückgehaltenen Zeitpunkte (Grundrate)",
            ),
        ),
        *_history(frame),
    )  # fmt: skip
    counts = material.examples.counts
    rows = tuple((name, whole(counts[key])) for key, name in _COUNTS.items() if key in counts)
    return Section(
        "learned-from",
        Text("What it learned from", "Woran es gelernt hat"),
        (_label(material), _moments(material), _held_out(material), *_gap(material)),
        facts,
        charts=_time_line(material, learned, held),
        tables=(
            Table(
                Text("Leads and examples", "Leads und Beispiele"),
                Text("What became of the history's leads.", "Was aus den Leads der Historie wurde."),
                (Text("What", "Was"), Text("count", "Anzahl")),
                rows,
            ),
        ),
        log=(*material.split.sentences, *([material.examples.left_out] if material.examples.left_out else [])),
    )


def _history(frame: pl.DataFrame) -> tuple[Fact, ...]:
    first, last = frame["created_at"].min(), frame["created_at"].max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return ()
    return (
        Fact(
            Text("Leads came in", "Eingang der Leads"),
            sentence("{first} to {last}", "{first} bis {last}", first=day(first), last=day(last)),
            Text("those that give examples", "derjenigen, die Beispiele geben"),
        ),
    )


def _label(material: Material) -> Text:
    if material.examples.horizon is None:
        return sentence(
            "A lead counts as a customer if it ever reached “{target}”; the history has no times, so nothing is known "
            "of how long that took.",
            "Ein Lead zählt als Kunde, wenn er je „{target}“ erreicht hat; die Historie enthält keine Zeiten, deshalb "
            "ist nicht bekannt, wie lange das dauerte.",
            target=material.target,
        )  # fmt: skip
    return sentence(
        "A lead counts as a customer if it reaches “{target}” within {days} days (the horizon) of the moment at which "
        "it is looked at.",
        "Ein Lead zählt als Kunde, wenn er „{target}“ innerhalb von {days} Tagen (dem Horizont) nach dem Zeitpunkt "
        "erreicht, zu dem er betrachtet wird.",
        target=material.target, days=_days(material.examples.horizon),
    )  # fmt: skip


def _days(span: timedelta) -> Text:
    days = span / timedelta(days=1)
    return whole(days) if days == round(days) else number(days, 1)


def _moments(material: Material) -> Text:
    moments = material.plan.moments_days
    if not material.timed or material.examples.frame["as_of"].null_count() or len(moments) < 2:
        return Text("Each lead is looked at once.", "Jeder Lead wird einmal betrachtet.")
    return sentence(
        "Each lead is looked at {days} days after it came in, as long as its outcome was still open; every such "
        "moment counts the same.",
        "Jeder Lead wird {days} Tage nach seinem Eingang betrachtet, solange sein Ergebnis noch offen war; jeder "
        "dieser Zeitpunkte zählt gleich viel.",
        days=listed([whole(one) if one == round(one) else number(one, 1) for one in moments]),
    )  # fmt: skip


def _held_out(material: Material) -> Text:
    frame = material.examples.frame
    held = frame.filter(material.split.holdout)["lead_id"].n_unique()
    share = given(round(held / frame["lead_id"].n_unique(), 3))
    if material.split.order is None:
        return sentence(
            "Nothing in the history says which lead is older, so {share} of the leads were held out by chance. How the "
            "model does on leads of later times is not known.",
            "Aus der Historie geht nicht hervor, welcher Lead älter ist; deshalb wurden {share} der Leads zufällig "
            "zurückgehalten. Wie gut das Modell bei Leads späterer Zeiten ist, ist nicht bekannt.",
            share=share,
        )
    return sentence(
        "The newest {share} of the leads were held out: the model is judged as it will be used, on leads that came "
        "after those it learned from.",
        "Die neuesten {share} der Leads wurden zurückgehalten: Das Modell wird so geprüft, wie es gebraucht wird, an "
        "Leads, die nach denen kamen, an denen es gelernt hat.",
        share=share,
    )  # fmt: skip


def _gap(material: Material) -> tuple[Text, ...]:
    horizon, split = material.examples.horizon, material.split
    if split.order is None or horizon is None or material.examples.frame["created_at"].null_count():
        return ()
    days = _days(horizon)
    if split.then is None:
        return (
            sentence(
                "There was too little history to leave a gap of {days} days before them: some outcomes that it learned "
                "from became known later, so the coming months may be a little worse than this report.",
                "Die Historie war zu kurz für eine Lücke von {days} Tagen davor: Manche Ergebnisse, an denen es "
                "gelernt hat, wurden erst später bekannt; die kommenden Monate können also etwas schlechter ausfallen "
                "als dieser Bericht.",
                days=days,
            ),
        )  # fmt: skip
    return (
        sentence(
            "From the {days} days before them (the gap) only outcomes that were known by then were used.",
            "Aus den {days} Tagen davor (der Lücke) wurden nur Ergebnisse verwendet, die damals schon bekannt waren.",
            days=days,
        ),
    )  # fmt: skip


def _time_line(material: Material, learned: pl.DataFrame, held: pl.DataFrame) -> tuple[Chart, ...]:
    ends = [
        learned["created_at"].min(),
        learned["created_at"].max(),
        held["created_at"].min(),
        held["created_at"].max(),
    ]
    dated = [end for end in ends if isinstance(end, datetime)]
    if material.split.order is None or len(dated) < 4:
        return ()
    first, last, since, until = dated
    horizon = material.examples.horizon
    spans = [(Text("leads learned from", "gelernte Leads"), first, last)]
    if material.split.then is not None and horizon is not None:
        spans.append((Text("gap", "Lücke"), since - horizon, since))
    spans.append((Text("leads held out", "zurückgehaltene Leads"), since, until))
    if horizon is not None:
        spans.append((Text("time to reach the target", "Zeit bis zum Ziel"), since, until + horizon))
    return (
        Chart(
            Text("What was used when", "Was wann verwendet wurde"),
            Text(
                "Each bar runs from the first to the last lead.", "Jeder Balken reicht vom ersten bis zum letzten Lead."
            ),
            sentence(
                "Leads from {first} to {last} were learned from, those from {since} to {until} were held out.",
                "Gelernt wurde an Leads vom {first} bis {last}, zurückgehalten wurden die vom {since} bis {until}.",
                first=day(first),
                last=day(last),
                since=day(since),
                until=day(until),
            ),
            partial(charts.time_line, spans),
        ),
    )
