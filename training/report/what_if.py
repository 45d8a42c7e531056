"""What every cutoff would do: conversion, volume and missed customers, with the agreed ones marked."""

from __future__ import annotations

from functools import partial

from features.domain import Text
from features.domain.say import percent, sentence, span, whole
from models.evidence.at_cutoff import AtCutoff, at_shares
from training.pages.content import Chart, Section, Table
from training.report import charts
from training.report.material import Material
from training.report.summary import leads_a_week


def cutoffs_section(material: Material) -> Section:
    """Return the two cutoffs and what others would do instead."""
    mql, sql = material.mql, material.sql
    curve = material.evidence.cutoffs
    rows = at_shares(material.leads, (mql.probability, sql.probability), material.weeks)
    own = {mql.probability: "MQL", sql.probability: "SQL"}
    if mql.probability == sql.probability:
        own = {mql.probability: "MQL = SQL"}
    weekly = material.weeks is not None
    head = [
        Text("From probability", "Ab Wahrscheinlichkeit"), Text("leads", "Leads"), Text("of all leads", "aller Leads"),
        *([Text("a week", "je Woche")] if weekly else []),
        Text("conversion (precision)", "Konversion (Precision)"), Text("95 % interval", "95-%-Intervall"),
        Text("customers missed", "verpasste Kunden"), Text("95 % interval", "95-%-Intervall"),
    ]  # fmt: skip
    return Section(
        "cutoffs",
        Text("Cutoffs, and what others would do", "Schwellen und was andere bewirken würden"),
        (_in_force(material), _one_lead(material)),
        charts=(
            Chart(
                Text("Conversion and missed customers over the cutoff", "Konversion und verpasste Kunden je Schwelle"),
                Text(
                    "Further right, fewer leads are handed over: more of them become customers, and more customers are "
                    "missed. The bands hold the truth of one cutoff with 95 %.",
                    "Weiter rechts werden weniger Leads übergeben: Mehr davon werden Kunden, und mehr Kunden werden "
                    "verpasst. Die Bänder enthalten den wahren Wert einer Schwelle mit 95 %.",
                ),
                sentence(
                    "At the MQL cutoff {p}, {rate} convert and {missed} of the customers are missed.",
                    "An der MQL-Schwelle {p} werden {rate} zu Kunden und {missed} der Kunden verpasst.",
                    p=percent(mql.probability),
                    rate=percent(mql.rate.value),
                    missed=percent(mql.missed.value),
                ),
                partial(
                    charts.cutoffs,
                    curve,
                    {name: value for value, name in own.items()},
                    Text("cutoff on the probability", "Schwelle der Wahrscheinlichkeit"),
                    (
                        Text("conversion of those handed over", "Konversion der übergebenen Leads"),
                        Text("customers missed", "verpasste Kunden"),
                    ),
                ),
            ),
            Chart(
                Text("Volume over the cutoff", "Menge je Schwelle"),
                Text(
                    "How many leads would be handed over from each cutoff on.",
                    "Wie viele Leads ab der jeweiligen Schwelle übergeben würden.",
                ),
                sentence(
                    "At the MQL cutoff, {share} of the leads are handed over.",
                    "An der MQL-Schwelle werden {share} der Leads übergeben.",
                    share=percent(mql.share),
                ),
                partial(
                    charts.volume,
                    curve,
                    {name: value for value, name in own.items()},
                    Text("cutoff on the probability", "Schwelle der Wahrscheinlichkeit"),
                    Text("leads a week", "Leads je Woche")
                    if weekly
                    else Text("share of the leads", "Anteil der Leads"),
                ),
            ),
        ),
        tables=(
            Table(
                Text("What if the cutoff were elsewhere?", "Was wäre bei einer anderen Schwelle?"),
                Text(
                    "On the leads held out. The proposed cutoffs are marked; their promises are in “The certificate”.",
                    "Bei den zurückgehaltenen Leads. Die vorgeschlagenen Schwellen sind hervorgehoben; was sie "
                    "versprechen, steht unter „Das Zertifikat“.",
                ),
                tuple(head),
                tuple(_row(row, own.get(row.probability)) for row in rows),
                frozenset(place for place, row in enumerate(rows) if row.probability in own),
            ),
        ),
    )


def _row(at: AtCutoff, stage: str | None) -> tuple[Text, ...]:
    begin = percent(at.probability)
    return (
        begin if stage is None else Text(f"{begin.en} ({stage})", f"{begin.de} ({stage})"),
        whole(at.leads), percent(at.share), *([leads_a_week(at.per_week)] if at.per_week is not None else []),
        percent(at.rate.value), span(at.rate.low, at.rate.high), percent(at.missed.value),
        span(at.missed.low, at.missed.high),
    )  # fmt: skip


def _one_lead(material: Material) -> Text:
    return sentence(
        "Of {n} leads held out, each counts with the moment at which it first reaches a cutoff, as sales meets it.",
        "Von {n} zurückgehaltenen Leads zählt jeder mit dem Zeitpunkt, zu dem er eine Schwelle zum ersten Mal "
        "erreicht, so wie der Vertrieb ihn bekommt.",
        n=whole(material.leads.count),
    )  # fmt: skip


def _in_force(material: Material) -> Text:
    mql, sql = material.in_force
    if mql is None or sql is None:
        return sentence(
            "No cutoffs are in force. This model proposes {mql} for MQLs and {sql} for SQLs.",
            "Es gelten keine Schwellen. Dieses Modell schlägt {mql} für MQLs und {sql} für SQLs vor.",
            mql=percent(material.mql.probability), sql=percent(material.sql.probability),
        )  # fmt: skip
    if material.holds:
        return sentence(
            "In force: a lead is an MQL from {mql} and an SQL from {sql} probability on.",
            "Es gilt: Ein Lead ist ab einer Wahrscheinlichkeit von {mql} ein MQL und ab {sql} ein SQL.",
            mql=percent(mql), sql=percent(sql),
        )  # fmt: skip
    return sentence(
        "In force stay {mql} for MQLs and {sql} for SQLs, until people sign others. This model proposes {new_mql} and "
        "{new_sql}.",
        "Es gelten weiter {mql} für MQLs und {sql} für SQLs, bis andere unterschrieben werden. Dieses Modell schlägt "
        "{new_mql} und {new_sql} vor.",
        mql=percent(mql), sql=percent(sql), new_mql=percent(material.mql.probability),
        new_sql=percent(material.sql.probability),
    )  # fmt: skip
