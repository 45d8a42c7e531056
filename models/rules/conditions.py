"""The ``when`` of a rule: a condition on an attribute, on what follows from it, or on events."""

from __future__ import annotations

from collections.abc import Mapping

from features.domain import Text
from features.domain.say import sentence, short
from features.schema import ColumnType
from models.rules.entries import Entries, as_text, near
from models.rules.facts import FACT_COLUMNS, Fact, known_answers
from models.rules.names import KnownNames
from models.rules.questions import Contains, IsFilled, IsInRange, IsOneOf, Question
from models.rules.rule import DAILY_CAP, AttributeCondition, EventCondition

_QUESTIONS = ("is", "one_of", "from", "below", "contains", "filled")
_FACTS = tuple(fact.value for fact in FACT_COLUMNS)
_EVENT_ENTRIES = ("event", "within_days", "at_least", "half_life_days", "daily_cap", "where")

_OF_DATE = Text(
    "filled, because a date has no other question.",
    "nur die Frage, ob es ausgefüllt ist, denn bei einem Datum gibt es keine andere.",
)
_OF_TEXT = Text("is or one_of, because it holds no number.", "einer seiner Werte, denn es enthält keine Zahl.")
_ABOVE_LOW = Text("a number above from ({low}).", "eine Zahl über der unteren Grenze ({low}).")


def read_condition(when: Entries, names: KnownNames) -> AttributeCondition | EventCondition:
    """Return one condition of a rule.

    Parameters
    ----------
    when : Entries
        The condition's entries.
    names : KnownNames
        The company's columns and events.

    Raises
    ------
    ConfigError
        If the condition names nothing, something unknown, or asks a question that cannot be answered.
    """
    if when.has("event"):
        return _events(when, names)
    facts = [fact for fact in FACT_COLUMNS if when.has(fact.value)]
    if len(facts) > 1 or (not facts and not when.has("attribute")):
        raise when.wrong("attribute", f"attribute, event or one of {', '.join(_FACTS)}.")
    if facts:
        return _fact(when, facts[0], names)
    when.only("attribute", *_QUESTIONS)
    name = when.words("attribute")[0]
    column = names.column(name, when.where)
    asked = {key: when.data[key] for key in _QUESTIONS if when.data.get(key) is not None}
    return AttributeCondition(name, Fact.VALUE, _question(when, asked, None if column is None else column.type))


def _fact(when: Entries, fact: Fact, names: KnownNames) -> AttributeCondition:
    when.only("attribute", fact.value)
    if when.has("attribute"):
        column = when.words("attribute")[0]
        names.column(column, when.where)
    else:
        column = names.column_of_type(FACT_COLUMNS[fact], when.where, fact.value)
    kind = ColumnType.NUMBER if fact is Fact.SENIORITY else ColumnType.CATEGORY
    question = _short_question(when, fact.value, when.data[fact.value], kind)
    if isinstance(question, IsOneOf):
        answers = known_answers(fact)
        for text in sorted(question.texts - answers):
            listed, offer = ", ".join(sorted(answers)), near(text, answers)
            raise when.wrong(fact.value, Text(f"some of {listed}.{offer.en}", f"etwas von {listed}.{offer.de}"))
    return AttributeCondition(column, fact, question)


def _events(when: Entries, names: KnownNames) -> EventCondition:
    when.only(*_EVENT_ENTRIES)
    kinds = when.words("event")
    for kind in kinds:
        names.event(kind, when.where)
    where = []
    properties = Entries(when.data["where"], f"where of {when.where}") if when.has("where") else Entries({}, "where")
    for name, asked in properties.data.items():
        prop = names.event_property(str(name), when.where)
        property_type = None if prop is None else prop.type
        where.append((str(name), _short_question(properties, str(name), asked, property_type)))
    return EventCondition(
        kinds=frozenset(kinds),
        within_days=when.optional_number("within_days", above=0),
        at_least=when.whole("at_least", 1),
        half_life_days=when.optional_number("half_life_days", above=0),
        daily_cap=when.whole("daily_cap", DAILY_CAP),
        where=tuple(where),
    )


def _short_question(part: Entries, key: str, asked: object, kind: ColumnType | None) -> Question:
    """Read ``key: value``, ``key: [values]`` or ``key: {question: ...}``."""
    if isinstance(asked, Mapping):
        inner = Entries(asked, f"{key} of {part.where}")
        inner.only(*_QUESTIONS)
        return _question(inner, inner.data, kind)
    return _question(part, {"one_of" if isinstance(asked, list) else "is": asked}, kind)


def _question(part: Entries, asked: Mapping[str, object], kind: ColumnType | None) -> Question:
    names = set(asked)
    if not names or (len(names) > 1 and names != {"from", "below"}):
        raise part.wrong("when", f"one question out of {', '.join(_QUESTIONS)} (from and below go together).")
    entries = Entries(asked, part.where)
    if "filled" in names:
        if not isinstance(asked["filled"], bool):
            raise entries.wrong("filled", "true or false.")
        return IsFilled(asked["filled"])
    if kind is ColumnType.DATE:
        raise entries.wrong(next(iter(names)), _OF_DATE)
    if names & {"from", "below"}:
        return _range(entries, kind)
    if "contains" in names:
        return Contains(tuple(word.casefold() for word in entries.words("contains")))
    key = "is" if "is" in names else "one_of"
    words = entries.words(key)
    if kind is ColumnType.NUMBER:
        return IsOneOf(frozenset(), _numbers(entries, key, words))
    return IsOneOf(frozenset(word.strip().casefold() for word in words), _loose_numbers(words))


def _range(entries: Entries, kind: ColumnType | None) -> IsInRange:
    if kind is not None and kind is not ColumnType.NUMBER:
        raise entries.wrong("from" if entries.has("from") else "below", _OF_TEXT)
    low, high = entries.optional_number("from"), entries.optional_number("below")
    if low is not None and high is not None and not low < high:
        raise entries.wrong("below", sentence(_ABOVE_LOW.en, _ABOVE_LOW.de, low=short(low)))
    return IsInRange(low, high)


def _numbers(entries: Entries, key: str, words: tuple[str, ...]) -> frozenset[float]:
    try:
        return frozenset(float(as_text(word)) for word in words)
    except ValueError:
        raise entries.wrong(key, Text("numbers.", "Zahlen.")) from None


def _loose_numbers(words: tuple[str, ...]) -> frozenset[float]:
    """Return those words that are numbers, for columns whose type is not known."""
    found = set()
    for word in words:
        try:
            found.add(float(word))
        except ValueError:
            continue
    return frozenset(found)
