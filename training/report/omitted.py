"""What the model may not read, and why: suspected leaks, what tells the date, and what says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from features.domain import Text
from features.domain.say import sentence, whole
from features.schema import ColumnType, Role, Use
from training.intake.event_leakage import LEAKAGE
from training.pages.content import Section, Table
from training.recipe.drifting import LEFT_OUT as DRIFTED
from training.report.material import Material

MOST_NAMES = 12
"""Names of a kind that are listed one by one."""


class Kind(StrEnum):
    """Why something was left out."""

    LEAK = "leak"
    DRIFT = "drift"
    UNUSABLE = "unusable"
    EMPTY = "empty"
    COPY = "copy"
    OUTCOME = "outcome"
    CHOSEN = "chosen"


_WHY = {
    Kind.LEAK: Text(
        "Seems to know the outcome: it is known, or changed, only after the lead was decided. A model would look "
        "brilliant here and fail on new leads.",
        "Kennt offenbar das Ergebnis: Es ist erst bekannt oder wird erst geändert, wenn über den Lead entschieden ist. "
        "Ein Modell sähe damit hier glänzend aus und versagte bei neuen Leads.",
    ),
    Kind.DRIFT: Text(
        "Tells the date rather than the lead: its newest values lie outside what was learned from, and it did not "
        "help.",
        "Verrät das Datum statt etwas über den Lead: Die neuesten Werte liegen außerhalb des Gelernten, und es half "
        "nicht.",
    ),
    Kind.UNUSABLE: Text(
        "Names, identifiers and free text: nearly every value is different, so nothing can be learned from them.",
        "Namen, Kennungen und Freitext: Fast jeder Wert ist anders, daraus lässt sich nichts lernen.",
    ),
    Kind.EMPTY: Text(
        "Never filled, always the same or too rare in the leads learned from.",
        "Nie gefüllt, immer gleich oder zu selten bei den Leads, an denen gelernt wurde.",
    ),
    Kind.COPY: Text(
        "Says the same as another feature for every lead learned from.",
        "Sagt bei allen Leads, an denen gelernt wurde, dasselbe wie ein anderes Merkmal.",
    ),
    Kind.OUTCOME: Text(
        "Events that are the outcome or come with it; they are what is predicted.",
        "Ereignisse, die das Ergebnis sind oder mit ihm kommen; sie werden vorhergesagt.",
    ),
    Kind.CHOSEN: Text("Left out in leadscore.yaml.", "In leadscore.yaml ausgelassen."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One thing left out: its name, the kind of reason, and the evidence as the run wrote it."""

    name: str
    kind: Kind
    evidence: str


def omitted(material: Material) -> Section:
    """Return the section on what was left out."""
    found = tuple(left_out(material))
    kinds = [kind for kind in Kind if any(one.kind is kind for one in found)]
    leaks = sum(one.kind is Kind.LEAK for one in found)
    return Section(
        "left-out",
        Text("What was left out, and why", "Was ausgelassen wurde und warum"),
        (_leaks(leaks), _kept(material)),
        tables=(
            Table(
                Text("Left out", "Ausgelassen"),
                Text(
                    "Columns, events and features that the model cannot read. To decide otherwise, edit "
                    "leadscore.yaml.",
                    "Spalten, Ereignisse und Merkmale, die das Modell nicht lesen kann. Wer anders entscheiden will, "
                    "ändert leadscore.yaml.",
                ),
                (Text("Why", "Warum"), Text("How many", "Anzahl"), Text("Which", "Welche")),
                tuple(_row(kind, [one.name for one in found if one.kind is kind]) for kind in kinds),
                frozenset(place for place, kind in enumerate(kinds) if kind in (Kind.LEAK, Kind.DRIFT)),
                wordy=True,
            ),
        )
        if kinds
        else (),
        log=(*(f"{one.name}: {one.evidence}" for one in found), *material.warnings),
    )


def left_out(material: Material) -> Iterator[LeftOut]:
    """Yield what the schema and the encoder left out."""
    schema = material.config.schema
    for column in schema.columns:
        if column.role is Role.LEFT_OUT:
            yield LeftOut(column.name, _kind_of(column.type, column.why), _evidence(column.why))
    for prop in schema.properties:
        if prop.role is Role.LEFT_OUT:
            yield LeftOut(prop.name, _kind_of(prop.type, prop.why), _evidence(prop.why))
    for event in schema.event_kinds:
        if event.use is not Use.ENGAGEMENT:
            yield LeftOut(event.name, Kind.OUTCOME if event.use is Use.OUTCOME else Kind.LEAK, _evidence(event.why))
    for name, why in material.fitted.encoder.dropped.items():
        kind = Kind.DRIFT if why == DRIFTED else Kind.COPY if why.startswith("the same as") else Kind.EMPTY
        yield LeftOut(name, kind, why)


def _evidence(why: str) -> str:
    return why.removeprefix(LEAKAGE) or "left out in leadscore.yaml"


def _kind_of(of: ColumnType, why: str) -> Kind:
    if why.startswith(LEAKAGE):
        return Kind.LEAK
    if of is ColumnType.CONSTANT:
        return Kind.EMPTY
    return Kind.UNUSABLE if of in (ColumnType.IDENTIFIER, ColumnType.FREE_TEXT) else Kind.CHOSEN


def _leaks(count: int) -> Text:
    if not count:
        return Text("Nothing looked as if it knew the outcome.", "Nichts sah danach aus, als kenne es das Ergebnis.")
    return sentence(
        "{n} of the columns and events look as if they knew the outcome. They were left out, so figures are lower than "
        "with them, and true.",
        "{n} der Spalten und Ereignisse sehen danach aus, als kennten sie das Ergebnis. Sie wurden ausgelassen; die "
        "Zahlen sind deshalb niedriger als mit ihnen, dafür stimmen sie.",
        n=whole(count),
    )  # fmt: skip


def _kept(material: Material) -> Text:
    return sentence(
        "The model reads {n} features.", "Das Modell liest {n} Merkmale.", n=whole(len(material.fitted.encoder.columns))
    )


def _row(kind: Kind, names: list[str]) -> tuple[Text, ...]:
    shown = ", ".join(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    which = Text.same(shown) if more <= 0 else sentence(
        "{shown} and {more} more", "{shown} und {more} weitere", shown=shown, more=whole(more)
    )  # fmt: skip
    return _WHY[kind], whole(len(names)), which
