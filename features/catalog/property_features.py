"""Features of what events carry: numbers summed, averaged and last; categories first and last."""

from __future__ import annotations

from collections.abc import Iterator

from features.catalog.attribute_wording import CategoryInWords, NumberInWords
from features.catalog.definitions import Category, Definition, Mean, Quantity
from features.catalog.event_features import KNOWN_WHEN
from features.catalog.feature import Concept, Feature, FeatureKind, Wording
from features.catalog.names import Names
from features.catalog.tally import TallyPlan, of_property
from features.domain import Group, Text
from features.schema import Property, Role, Schema
from features.vocabulary.column_names import within_sentence

_NOTES = {
    "sum": Text(" in all", " insgesamt"),
    "mean": Text(" on average", " im Mittel"),
    "last": Text(", most recently", ", zuletzt"),
    "first": Text(" at first", " zuerst"),
}


def property_features(schema: Schema, plan: TallyPlan, names: Names) -> Iterator[tuple[Concept, list[Feature]]]:
    """Yield one concept per number or category property, in the schema's order."""
    for prop in schema.used_properties:
        if prop.name not in plan.properties:
            continue
        group = Group.FIT if prop.role is Role.FIT else Group.ENGAGEMENT
        concept = Concept(names.take(prop.name, instead="property"), group, prop.called, within_sentence(prop.called))
        of = _of_number if prop.name in plan.numbers else _of_category
        yield (
            concept,
            [
                _feature(prop, concept, names.take(f"{concept.key}_{statistic}"), statistic, definition)
                for statistic, definition in of(prop.name)
            ],
        )


def _of_number(name: str) -> Iterator[tuple[str, Definition]]:
    yield "sum", Quantity(of_property(name, "sum"))
    yield "mean", Mean(name)
    yield "last", Quantity(of_property(name, "last"))


def _of_category(name: str) -> Iterator[tuple[str, Definition]]:
    yield "first", Category(of_property(name, "first"))
    yield "last", Category(of_property(name, "last"))


def _feature(prop: Property, concept: Concept, name: str, statistic: str, definition: Definition) -> Feature:
    is_category = isinstance(definition, Category)
    note = _NOTES[statistic]
    wording: Wording = CategoryInWords(prop.called, note) if is_category else NumberInWords(prop.called, note)
    return Feature(
        name=name,
        concept=concept.key,
        group=concept.group,
        kind=FeatureKind.CATEGORY if is_category else FeatureKind.NUMBER,
        label=Text(f"{prop.called.en}{note.en}", f"{prop.called.de}{note.de}"),
        unit="",
        low=None,
        high=None,
        sources=(prop.name,),
        known_when=KNOWN_WHEN,
        missing="0: no event carries it" if statistic == "sum" else "missing: no event carries it",
        definition=definition,
        wording=wording,
    )
