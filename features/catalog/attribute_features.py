"""Features of leads' attributes, by column type: numbers, categories, job titles, e-mail, website, country, dates."""

from __future__ import annotations

from collections.abc import Iterator

from features.catalog.attribute_wording import (
    AgoInWords,
    CategoryInWords,
    CompletenessInWords,
    NumberInWords,
    PresentInWords,
    SeniorityInWords,
)
from features.catalog.definitions import Category, DaysBetween, Definition, Filled, Quantity, Read, ReadPair
from features.catalog.feature import Concept, Feature, FeatureKind, Wording
from features.catalog.names import Names
from features.catalog.tally import AS_OF, TallyPlan, attribute
from features.domain import Group, Text
from features.schema import Column, ColumnType, Schema
from features.vocabulary import countries, email_domains
from features.vocabulary.column_names import within_sentence
from features.vocabulary.job_titles import FUNCTIONS, SENIORITY, job_function, seniority

KNOWN_WHEN = "known_at of the lead's version, else its creation"
NOT_FILLED = "missing: not filled"

_FUNCTION = Text(" shows function", " zeigt Funktion")
_DOMAIN = Text(" domain", "-Domain")


def attribute_features(schema: Schema, plan: TallyPlan, names: Names) -> Iterator[tuple[Concept, list[Feature]]]:
    """Yield one concept per column that features read, in the schema's order, and their completeness last.

    Parameters
    ----------
    schema : Schema
        The columns.
    plan : TallyPlan
        Says which of them are read at all.
    names : Names
        Keeps their names apart from those of events.
    """
    read = [column for column in schema.used_columns if column.name in plan.attributes]
    website = next((column.name for column in read if column.type is ColumnType.WEBSITE), None)
    for column in read:
        concept = Concept(
            names.take(column.name, instead="attribute"), column.group, column.called, within_sentence(column.called)
        )
        yield concept, list(_of_column(column, concept, names, website))
    fit = tuple(attribute(column.name) for column in read if column.group is Group.FIT)
    if fit:
        label = Text("Attributes filled", "Ausgefüllte Angaben")
        concept = Concept(
            names.take("attributes_filled"), Group.FIT, label, Text("attributes filled", "ausgefüllte Angaben")
        )
        yield concept, [
            Feature(
                concept.key, concept.key, concept.group, FeatureKind.NUMBER, label, "share", 0.0, 1.0,
                tuple(column.name for column in read if column.group is Group.FIT), KNOWN_WHEN, "never",
                Filled(fit), CompletenessInWords(len(fit)),
            )
        ]  # fmt: skip


def _of_column(column: Column, concept: Concept, names: Names, website: str | None) -> Iterator[Feature]:
    source = attribute(column.name)
    if column.type is ColumnType.JOB_TITLE:
        yield from _job_title(column, concept, names)
    elif column.type is ColumnType.NUMBER:
        yield _feature(column, concept, concept.key, Quantity(source), NumberInWords(column.called))
    elif column.type is ColumnType.DATE:
        definition = DaysBetween(source, AS_OF)
        name = names.take(f"{concept.key}_age_days")
        missing = "missing: not filled, or a date after the moment of knowledge"
        yield _feature(column, concept, name, definition, AgoInWords(column.called), "days", 0.0, None, missing)
    elif column.type is ColumnType.EMAIL:
        reading: Definition = (
            Read(source, email_domains.domain_kind)
            if website is None
            else ReadPair(source, attribute(website), email_domains.domain_kind)
        )
        wording = CategoryInWords(column.called, _DOMAIN, email_domains.NAMES)
        yield _feature(column, concept, names.take(f"{concept.key}_domain_kind"), reading, wording)
    elif column.type is ColumnType.WEBSITE:
        name, given = names.take(f"{concept.key}_present"), PresentInWords(column.called)
        yield _feature(column, concept, name, Filled((source,)), given, "0 or 1", 0.0, 1.0, "0: not filled")
    elif column.type is ColumnType.COUNTRY:
        wording = CategoryInWords(column.called, names=countries.NAMES)
        yield _feature(column, concept, concept.key, Read(source, countries.country), wording)
    else:
        yield _feature(column, concept, concept.key, Category(source), CategoryInWords(column.called))


def _job_title(column: Column, concept: Concept, names: Names) -> Iterator[Feature]:
    source = attribute(column.name)
    yield _feature(
        column, concept, names.take(f"{concept.key}_seniority"), Read(source, seniority, number=True),
        SeniorityInWords(column.called), "level", 1.0, float(len(SENIORITY)),
    )  # fmt: skip
    wording = CategoryInWords(column.called, _FUNCTION, FUNCTIONS)
    yield _feature(column, concept, names.take(f"{concept.key}_function"), Read(source, job_function), wording)


def _feature(
    column: Column,
    concept: Concept,
    name: str,
    definition: Definition,
    wording: Wording,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    missing: str = NOT_FILLED,
) -> Feature:
    is_number = isinstance(definition, Quantity | DaysBetween | Filled) or (
        isinstance(definition, Read) and definition.number
    )
    return Feature(
        name=name,
        concept=concept.key,
        group=concept.group,
        kind=FeatureKind.NUMBER if is_number else FeatureKind.CATEGORY,
        label=column.called,
        unit=unit,
        low=low,
        high=high,
        sources=(column.name,),
        known_when=KNOWN_WHEN,
        missing=missing,
        definition=definition,
        wording=wording,
    )
