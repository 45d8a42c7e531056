"""Features of single event kinds: how often, how lately, and both in one."""

from __future__ import annotations

from collections.abc import Iterator

from features.catalog import tally as quantities
from features.catalog.definitions import DaysBetween, Quantity
from features.catalog.event_wording import CountInWords, DecayedInWords, KindInWords, RecencyInWords
from features.catalog.feature import Concept, Feature, FeatureKind
from features.catalog.names import Names
from features.catalog.tally import KIND_HALF_LIFE_DAYS, WINDOW_DAYS, TallyPlan
from features.domain import Group, Text
from features.vocabulary.intent import shows_intent

LATELY_DAYS = 30
"""Windows in which more of an intent can only be good; an old request that led to nothing may be a bad sign."""

OTHER_EVENTS = "other_events"
"""The concept of all kinds without features of their own, and of kinds that the schema has never seen."""

KNOWN_WHEN = "when the events happened"


def event_features(plan: TallyPlan, names: Names) -> Iterator[tuple[Concept, list[Feature]]]:
    """Yield each kind's concept with its features, the most frequent kind first and the others together last.

    Parameters
    ----------
    plan : TallyPlan
        Says which kinds have a slot of their own.
    names : Names
        Keeps concepts and features apart from those of attributes.
    """
    for slot, kind in enumerate((*plan.kinds, None)):
        key = names.take(OTHER_EVENTS if kind is None else kind, instead="event")
        said = KindInWords(kind)
        concept = Concept(key, Group.ENGAGEMENT, said.label, said.inside)
        yield concept, _of_kind(concept, said, slot, names)


def _of_kind(concept: Concept, said: KindInWords, slot: int, names: Names) -> list[Feature]:
    sources = ("all other kinds",) if said.kind is None else (said.kind,)
    better = int(said.kind is not None and shows_intent(said.kind))

    def feature(name: str, label: Text, unit: str, missing: str, definition: Quantity | DaysBetween,
                wording: CountInWords | RecencyInWords | DecayedInWords, direction: int) -> Feature:  # fmt: skip
        return Feature(
            name=names.take(f"{concept.key}_{name}"),
            concept=concept.key,
            group=Group.ENGAGEMENT,
            kind=FeatureKind.NUMBER,
            label=label,
            unit=unit,
            low=0.0,
            high=None,
            sources=sources,
            known_when=KNOWN_WHEN,
            missing=missing,
            definition=definition,
            wording=wording,
            direction=direction,
        )

    name = concept.label
    counts = [
        feature(
            "count_total" if days is None else f"count_{days}d",
            Text(name.en, name.de) if days is None else Text(f"{name.en} in {days} d", f"{name.de} in {days} T"),
            "events",
            "0: none was seen",
            Quantity(quantities.count(slot, days)),
            CountInWords(said, days),
            better if days is not None and days <= LATELY_DAYS else 0,
        )
        for days in (*WINDOW_DAYS, None)
    ]
    recency = feature(
        "days_since_last",
        Text(f"{name.en}: days since the last", f"{name.de}: Tage seit dem letzten Mal"),
        "days",
        "missing: none was seen",
        DaysBetween(quantities.last_time(slot), quantities.AS_OF),
        RecencyInWords(said),
        -better,
    )
    windows = (*WINDOW_DAYS, None)
    decayed = feature(
        f"decayed_{KIND_HALF_LIFE_DAYS}d",
        Text(f"{name.en}, the newest counting most", f"{name.de}, die neuesten zählen am meisten"),
        "events",
        "0: none was seen",
        Quantity(quantities.decayed(slot, KIND_HALF_LIFE_DAYS)),
        DecayedInWords(said, tuple((f.name, days) for f, days in zip(counts, windows, strict=True))),
        better,
    )
    return [*counts, recency, decayed]
