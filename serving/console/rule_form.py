"""A rule as a form: what people fill in, and what rules.yaml is to say of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from features.domain import InputError
from models.rules.editing import RuleChange

_QUESTIONS = ("one_of", "range", "contains", "filled", "empty")
_FACTS = ("seniority", "function", "email_kind")
_LONGEST = 500
_LONGEST_ID = 60


@dataclass(frozen=True, slots=True)
class RuleForm:
    """The fields, as text.

    Parameters
    ----------
    rule_id : str
        Its name; empty for a new rule: then it is made of what it says.
    text_en, text_de : str
        What its reason says.
    about : str
        ``attribute:NAME``, ``fact:NAME`` or ``event:NAME``; empty where the conditions stay as the file says them.
    question : str
        Of an attribute: ``one_of``, ``range``, ``contains``, ``filled`` or ``empty``.
    values : str
        Values or texts, separated by commas.
    low, high : str
        Ends of a range.
    within_days, at_least, half_life_days : str
        Of events.
    points, max_points : str
        What it gives.
    group : str
        The group of points; empty for the usual one.
    """

    rule_id: str = ""
    text_en: str = ""
    text_de: str = ""
    about: str = ""
    question: str = "one_of"
    values: str = ""
    low: str = ""
    high: str = ""
    within_days: str = ""
    at_least: str = ""
    half_life_days: str = ""
    points: str = ""
    max_points: str = ""
    group: str = ""

    @classmethod
    def sent(cls, sent: Callable[[str], str]) -> Self:
        """Return what a browser sent."""
        return cls(**{one.name: sent(one.name).strip()[:_LONGEST] for one in fields(cls)})

    @classmethod
    def of(cls, rule_id: str, entry: Mapping[str, Any]) -> Self:
        """Return the form of a rule as rules.yaml says it."""
        text = entry.get("text") or {}
        text = {"en": text, "de": text} if isinstance(text, str) else text
        plain = {
            "rule_id": rule_id, "points": _shown(entry.get("points")), "max_points": _shown(entry.get("max_points")),
            "text_en": str(text.get("en", "")), "text_de": str(text.get("de", "")),
            "group": str(entry.get("group") or ""),
        }  # fmt: skip
        return cls(**(plain | _condition_fields(entry.get("when"))))

    def change(self, before: Mapping[str, Any] | None) -> RuleChange:
        """Return what the form does to rules.yaml.

        Parameters
        ----------
        before : Mapping or None
            What the file says of the rule now; None for a new one.

        Raises
        ------
        InputError
            If a number is none, or nothing says what the rule is about.
        """
        # What the form does not show stays as it is.
        entry: dict[str, Any] = {} if before is None else {name: before[name] for name in before if name != "id"}
        texts = {name: text for name, text in (("en", self.text_en), ("de", self.text_de)) if text}
        _put(entry, "text", texts or None)
        _put(entry, "group", self.group or None)
        if self.about:
            entry["when"] = self._when(before)
        elif before is None:
            raise InputError(
                "The rule does not say what it is about.", "an attribute or something that leads do.", "Choose one."
            )
        entry["points"] = _number("points", self.points)
        _put(entry, "max_points", _number("max_points", self.max_points) if self.max_points else None)
        order = ("text", "group", "when", "points", "max_points")
        return RuleChange(self._id(), {name: entry[name] for name in order if name in entry})

    def _id(self) -> str:
        if self.rule_id:
            return self.rule_id
        told = self.text_en or self.text_de or f"{self.about.partition(':')[2]} {self.values or self.low}"
        plain = unicodedata.normalize("NFKD", told).encode("ascii", "ignore").decode("ascii").lower()
        return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST_ID] or "rule"

    def _when(self, before: Mapping[str, Any] | None) -> dict[str, Any]:
        kind, _, name = self.about.partition(":")
        if kind == "event":
            kept = (before or {}).get("when")
            when: dict[str, Any] = {"event": name}
            for key in ("within_days", "at_least", "half_life_days"):
                given = getattr(self, key)
                if given:
                    when[key] = _number(key, given)
            if isinstance(kept, Mapping) and kept.get("daily_cap") is not None:
                when["daily_cap"] = kept["daily_cap"]
            return when
        if kind == "fact" and name in _FACTS:
            asked = self._asked()
            return {name: asked["one_of"] if set(asked) == {"one_of"} else asked}
        return {"attribute": name, **self._asked()}

    def _asked(self) -> dict[str, Any]:
        if self.question in ("filled", "empty"):
            return {"filled": self.question == "filled"}
        if self.question == "range":
            ends = {"from": self.low, "below": self.high}
            return {name: _number(name, end) for name, end in ends.items() if end}
        listed = [value for part in self.values.split(",") if (value := part.strip())]
        return {"contains" if self.question == "contains" else "one_of": listed}


def _put(entry: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        entry.pop(name, None)
    elif entry.get(name) != value:
        entry[name] = value


def _condition_fields(when: object) -> dict[str, str]:
    """Return the form's fields of a condition that it can hold; nothing for one that only the file can."""
    if not isinstance(when, Mapping) or "where" in when:
        return {}
    if "event" in when:
        kinds = when["event"]
        if isinstance(kinds, list):
            return {}
        told = {key: _shown(when.get(key)) for key in ("within_days", "at_least", "half_life_days")}
        return {"about": f"event:{kinds}", **told}
    fact = next((name for name in _FACTS if name in when), None)
    if fact is not None:
        if "attribute" in when:
            return {}
        asked = when[fact]
        return {"about": f"fact:{fact}", **_question_fields(asked if isinstance(asked, Mapping) else {"is": asked})}
    return {"about": f"attribute:{when.get('attribute')}", **_question_fields(when)}


def _question_fields(asked: Mapping[str, Any]) -> dict[str, str]:
    if "filled" in asked:
        return {"question": "filled" if asked["filled"] else "empty"}
    if "from" in asked or "below" in asked:
        return {"question": "range", "low": _shown(asked.get("from")), "high": _shown(asked.get("below"))}
    name = "contains" if "contains" in asked else "one_of"
    values = asked.get(name, asked.get("is", ()))
    listed = values if isinstance(values, list) else [values]
    return {"question": name, "values": ", ".join(map(_shown, listed))}


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(name: str, text: str) -> int | float:
    """Return a number that may be written with a decimal comma."""
    try:
        value = float(text.replace("\N{MINUS SIGN}", "-").replace(",", "."))
    except ValueError:
        raise InputError(f"{name} is {text!r}.", "a number, e.g. 12 or -2.5.", f"Correct {name}.") from None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
