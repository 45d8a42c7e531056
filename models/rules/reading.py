"""rules.yaml as checked rules (docs/rules.md is the format in prose)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from features.domain import ConfigError, Group, Text
from features.domain.say import sentence, short
from features.schema import Schema
from models.rules.conditions import read_condition
from models.rules.entries import Entries, near
from models.rules.names import KnownNames
from models.rules.rule import AttributeCondition, EventCondition, PointGroup, Rule
from models.rules.rule_set import RuleSet

_GROUP_NAMES = {
    Group.FIT: Text("Who the lead is", "Wer der Lead ist"),
    Group.ENGAGEMENT: Text("What the lead does", "Was der Lead tut"),
}

_NO_MOST = Text(
    "no max_points, because only events are counted more than once.",
    "kein Höchstwert, denn nur Aktivitäten zählen mehrmals.",
)
_MOST = Text(
    "the same sign as points ({points}) and no less.",
    "dasselbe Vorzeichen wie die Punkte ({points}), und nicht weniger.",
)


def read_rules(rules: Mapping[str, Any], schema: Schema | None) -> RuleSet:
    """Return the rules of a parsed rules.yaml (see ``RuleSet.from_mapping``).

    Parameters
    ----------
    rules : Mapping
        The parsed file.
    schema : Schema or None
        The company's columns and events, against which names are checked.

    Raises
    ------
    ConfigError
        If an entry is missing, unknown or out of range.
    """
    top = Entries(rules, "the top")
    top.only("version", "base_points", "groups", "rules", "required")
    names = KnownNames(schema)
    groups = _groups(top)
    read = tuple(_rule(entry, number, groups, names) for number, entry in enumerate(_list(top, "rules"), start=1))
    seen: set[str] = set()
    for rule in read:
        if rule.rule_id in seen:
            raise ConfigError(
                f"rules.yaml has two rules {rule.rule_id!r}.", "a different id for each rule.", "Rename one of them."
            )
        seen.add(rule.rule_id)
    required = top.words("required") if top.data.get("required") else ()
    for column in required:
        names.column(column, "required")
    return RuleSet(
        version=top.whole("version", 1),
        base_points=top.number("base_points", 0.0),
        groups=tuple(groups.values()),
        rules=read,
        required=required,
        fact_columns=names.fact_columns(),
    )


def _list(part: Entries, key: str) -> Sequence[object]:
    value = part.data.get(key, ())
    if value is None:
        return ()
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        raise part.wrong(key, "a list; each entry begins with a dash.")
    return value


def _groups(top: Entries) -> dict[str, PointGroup]:
    groups = {part.value: PointGroup(part.value, part, text=_GROUP_NAMES[part]) for part in Group}
    part_names = tuple(groups)
    written = Entries(top.data["groups"], "groups") if top.has("groups") else Entries({}, "groups")
    for key, entry in written.data.items():
        name = str(key)
        one = Entries({} if entry is None else entry, f"group {name}")
        one.only("part_of", "cap", "floor", "text")
        own = one.data.get("part_of", name)
        if own not in part_names or (name in part_names and own != name):
            raise one.wrong("part_of", f"one of {', '.join(part_names)}.")
        cap, floor = one.optional_number("cap"), one.optional_number("floor")
        if (cap is not None and cap < 0) or (floor is not None and floor > 0):
            raise one.wrong("cap" if cap is not None and cap < 0 else "floor", "a cap from 0 up, a floor from 0 down.")
        text = one.text("text") or groups.get(name, PointGroup(name, Group(own), text=Text.same(name))).text
        groups[name] = PointGroup(name, Group(own), cap, floor, text)
    return groups


def _rule(entry: object, number: int, groups: Mapping[str, PointGroup], names: KnownNames) -> Rule:
    anonymous = Entries(entry, f"rule {number}")
    if not anonymous.has("id"):
        raise anonymous.wrong("id", "a short name of its own, e.g. demo_request.")
    one = Entries(entry, f"rule {anonymous.words('id')[0]}")
    one.only("id", "text", "group", "when", "points", "max_points")
    when = one.data.get("when")
    conditions = [
        read_condition(Entries(item, f"when of {one.where}"), names)
        for item in (when if isinstance(when, Sequence) and not isinstance(when, str) else [when])
    ]
    events = [condition for condition in conditions if isinstance(condition, EventCondition)]
    attributes = tuple(condition for condition in conditions if isinstance(condition, AttributeCondition))
    if not conditions or len(events) > 1:
        raise one.wrong("when", "one condition or a list of them, with at most one about events.")
    points, max_points = one.number("points"), one.optional_number("max_points")
    if max_points is not None:
        if not events:
            raise one.wrong("max_points", _NO_MOST)
        if max_points * points < 0 or abs(max_points) < abs(points):
            raise one.wrong("max_points", sentence(_MOST.en, _MOST.de, points=short(points)))
    return Rule(
        rule_id=one.words("id")[0],
        group=_group_of(one, groups, bool(events)),
        points=points,
        attributes=attributes,
        events=events[0] if events else None,
        max_points=max_points,
        text=one.text("text"),
    )


def _group_of(one: Entries, groups: Mapping[str, PointGroup], about_events: bool) -> str:
    if not one.has("group"):
        return (Group.ENGAGEMENT if about_events else Group.FIT).value
    name = one.words("group")[0]
    if name not in groups:
        listed, offer = ", ".join(groups), near(name, groups)
        raise ConfigError(
            Text(
                f"{one.where} in rules.yaml has group: {name!r}.{offer.en}",
                f"{one.where} in rules.yaml hat group: {name!r}.{offer.de}",
            ),
            Text(f"one of {listed}.", f"eine von {listed}."),
            Text("Correct it, or add the group under groups.", "Berichtigen, oder die Gruppe unter groups ergänzen."),
        )
    return name
