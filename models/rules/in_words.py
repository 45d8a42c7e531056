"""A rule's conditions as a person would say them, in English and German."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.catalog.event_wording import KindInWords
from features.domain import Text
from features.schema import Schema
from features.vocabulary.column_names import column_name
from features.vocabulary.email_domains import NAMES
from features.vocabulary.job_titles import FUNCTIONS, SENIORITY
from models.rules.facts import Fact
from models.rules.questions import Contains, IsFilled, IsInRange, IsOneOf, Question
from models.rules.rule import DAILY_CAP, AttributeCondition, EventCondition, Rule

_FACTS = {
    Fact.SENIORITY: Text("Level", "Ebene"),
    Fact.FUNCTION: Text("Function", "Funktion"),
    Fact.EMAIL_KIND: Text("Kind of address", "Art der Adresse"),
}


def conditions_in_words(rule: Rule, schema: Schema, spelled: Mapping[str, str]) -> tuple[Text, ...]:
    """Return one phrase for each condition of a rule; all of them must hold.

    Parameters
    ----------
    rule : Rule
        The rule.
    schema : Schema
        What columns and properties are called.
    spelled : Mapping[str, str]
        How the file spells the values that the rule knows with their case ignored.
    """
    said = [_attribute(condition, schema, spelled) for condition in rule.attributes]
    return tuple(said if rule.events is None else [*said, *_events(rule.events, schema, spelled)])


def _attribute(condition: AttributeCondition, schema: Schema, spelled: Mapping[str, str]) -> Text:
    called = next((one.called for one in schema.columns if one.name == condition.column), column_name(condition.column))
    fact = _FACTS.get(condition.fact)
    subject = called if fact is None else Text(f"{fact.en} ({called.en})", f"{fact.de} ({called.de})")
    return _asked(subject, condition.question, spelled, condition.fact)


def _asked(subject: Text, question: Question, spelled: Mapping[str, str], fact: Fact = Fact.VALUE) -> Text:
    if isinstance(question, IsFilled):
        if question.filled:
            return Text(f"{subject.en}: filled in", f"{subject.de}: ausgefüllt")
        return Text(f"{subject.en}: not filled in", f"{subject.de}: nicht ausgefüllt")
    if isinstance(question, IsInRange):
        low, high = (_level(end, fact) for end in (question.low, question.high))
        if high is None:
            return Text(f"{subject.en}: from {low and low.en}", f"{subject.de}: ab {low and low.de}")
        if low is None:
            return Text(f"{subject.en}: below {high.en}", f"{subject.de}: unter {high.de}")
        return Text(
            f"{subject.en}: from {low.en} to below {high.en}", f"{subject.de}: von {low.de} bis unter {high.de}"
        )
    if isinstance(question, Contains):
        listed = _listed([Text.same(f"“{spelled.get(text, text)}”") for text in question.texts], Text("or", "oder"))
        return Text(f"{subject.en}: contains {listed.en}", f"{subject.de}: enthält {listed.de}")
    if isinstance(question, IsOneOf):
        values = [_value(text, fact, spelled) for text in sorted(question.texts)]
        numbers = [] if values else [_level(number, fact) for number in sorted(question.numbers)]
        listed = _listed([*values, *(number for number in numbers if number is not None)], Text("or", "oder"))
        return Text(f"{subject.en}: {listed.en}", f"{subject.de}: {listed.de}")
    raise TypeError(f"{type(question).__name__} is no question of rules.yaml")


def _value(text: str, fact: Fact, spelled: Mapping[str, str]) -> Text:
    named = FUNCTIONS if fact is Fact.FUNCTION else NAMES if fact is Fact.EMAIL_KIND else {}
    return named.get(text, Text.same(spelled.get(text, text)))


def _level(number: float | None, fact: Fact) -> Text | None:
    if number is None:
        return None
    if fact is Fact.SENIORITY and number.is_integer() and 1 <= number <= len(SENIORITY):
        return SENIORITY[int(number) - 1]
    if number.is_integer():
        return Text(f"{number:,.0f}", f"{number:,.0f}".replace(",", "."))
    return Text(f"{number:g}", f"{number:g}".replace(".", ","))


def _events(condition: EventCondition, schema: Schema, spelled: Mapping[str, str]) -> list[Text]:
    kinds = _listed([KindInWords(kind).label for kind in sorted(condition.kinds)], Text("or", "oder"))
    parts = [kinds]
    if condition.at_least > 1:
        parts.append(Text(f"at least {condition.at_least} times", f"mindestens {condition.at_least}-mal"))
    if condition.within_days is not None:
        days = _level(condition.within_days, Fact.VALUE)
        parts.append(Text(f"within {days and days.en} days", f"innerhalb von {days and days.de} Tagen"))
    if condition.half_life_days is not None:
        days = _level(condition.half_life_days, Fact.VALUE)
        parts.append(Text(f"worth half after {days and days.en} days", f"nach {days and days.de} Tagen halb so viel"))
    if condition.daily_cap != DAILY_CAP:
        parts.append(Text(f"at most {condition.daily_cap} a day", f"höchstens {condition.daily_cap} am Tag"))
    said = [Text(", ".join(part.en for part in parts), ", ".join(part.de for part in parts))]
    for name, question in condition.where:
        called = next((one.called for one in schema.properties if one.name == name), column_name(name))
        said.append(_asked(called, question, spelled))
    return said


def _listed(texts: Sequence[Text], word: Text) -> Text:
    if len(texts) < 2:
        return texts[0] if texts else Text("", "")
    en, de = ([one.en for one in texts], [one.de for one in texts])
    return Text(f"{', '.join(en[:-1])} {word.en} {en[-1]}", f"{', '.join(de[:-1])} {word.de} {de[-1]}")
