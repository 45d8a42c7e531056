"""A rule as a form: what people fill in, and what rules.yaml is to say of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from features.domain import Text
from models.rules.editing import RuleChange
from models.rules.entries import A_NUMBER, EntryError
from serving.console.language import Language

_QUESTIONS = ("one_of", "range", "contains", "filled", "empty")
_FACTS = ("seniority", "function", "email_kind")
_LONGEST = 500
_LONGEST_ID = 60
_NUMBERS = ("low", "high", "within_days", "at_least", "half_life_days", "points", "max_points")
_THOUSANDS = {
    "en": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"),
    "de": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?"),
}
_FORM = "the form"
_SUBJECT = Text("an attribute, or something that leads do.", "ein Merkmal, oder etwas, das Leads tun.")
_ENDS = Text("a lower end, an upper end, or both.", "eine untere Grenze, eine obere, oder beide.")


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
    def of(cls, rule_id: str, entry: Mapping[str, Any], language: Language) -> Self:
        """Return the form of a rule as rules.yaml says it, its numbers as the language writes them."""
        text = entry.get("text") or {}
        text = {"en": text, "de": text} if isinstance(text, str) else text
        plain = {
            "rule_id": rule_id, "points": _shown(entry.get("points")), "max_points": _shown(entry.get("max_points")),
            "text_en": str(text.get("en", "")), "text_de": str(text.get("de", "")),
            "group": str(entry.get("group") or ""),
        }  # fmt: skip
        told = plain | _condition_fields(entry.get("when"))
        if language == "de":
            told |= {name: told[name].replace(".", ",") for name in _NUMBERS if name in told}
        return cls(**told)

    def change(self, before: Mapping[str, Any] | None, language: Language) -> RuleChange:
        """Return what the form does to rules.yaml.

        Parameters
        ----------
        before : Mapping or None
            What the file says of the rule now; None for a new one.
        language : str
            In which numbers were written.

        Raises
        ------
        EntryError
            If a number is none, or something that the form asks for is missing.
        """
        # What the form does not show stays as it is.
        entry: dict[str, Any] = {} if before is None else {name: before[name] for name in before if name != "id"}
        texts = {name: text for name, text in (("en", self.text_en), ("de", self.text_de)) if text}
        _put(entry, "text", texts or None)
        _put(entry, "group", self.group or None)
        if self.about:
            entry["when"] = self._when(before, language)
        elif before is None:
            raise EntryError(_FORM, "about", None, _SUBJECT)
        entry["points"] = _number("points", self.points, language)
        _put(entry, "max_points", _number("max_points", self.max_points, language) if self.max_points else None)
        order = ("text", "group", "when", "points", "max_points")
        return RuleChange(self._id(), {name: entry[name] for name in order if name in entry})

    def _id(self) -> str:
        if self.rule_id:
            return self.rule_id
        told = self.text_en or self.text_de or f"{self.about.partition(':')[2]} {self.values or self.low}"
        plain = unicodedata.normalize("NFKD", told).encode("ascii", "ignore").decode("ascii").lower()
        return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST_ID] or "rule"

    def _when(self, before: Mapping[str, Any] | None, language: Language) -> dict[str, Any]:
        kind, _, name = self.about.partition(":")
        if kind == "event":
            kept = (before or {}).get("when")
            when: dict[str, Any] = {"event": name}
            for key in ("within_days", "at_least", "half_life_days"):
                given = getattr(self, key)
                if given:
                    when[key] = _number(key, given, language)
            if isinstance(kept, Mapping) and kept.get("daily_cap") is not None:
                when["daily_cap"] = kept["daily_cap"]
            return when
        if kind == "fact" and name in _FACTS:
            asked = self._asked(language)
            return {name: asked["one_of"] if set(asked) == {"one_of"} else asked}
        return {"attribute": name, **self._asked(language)}

    def _asked(self, language: Language) -> dict[str, Any]:
        if self.question in ("filled", "empty"):
            return {"filled": self.question == "filled"}
        if self.question == "range":
            ends = {"from": self.low, "below": self.high}
            if not any(ends.values()):
                raise EntryError(_FORM, "from", None, _ENDS)
            return {name: _number(name, end, language) for name, end in ends.items() if end}
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
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _number(name: str, text: str, language: Language) -> int | float:
    """Return a number as either language writes it; 1.000 is a thousand in German and one in English."""
    plain = text.replace("\N{MINUS SIGN}", "-")
    if _THOUSANDS[language].fullmatch(plain):
        plain = plain.replace("." if language == "de" else ",", "")
    try:
        value = float(plain.replace(",", "."))
    except ValueError:
        raise EntryError(_FORM, name, text, A_NUMBER) from None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
