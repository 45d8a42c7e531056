"""What is to be predicted: found by name and values, or by what the person says; never chosen between equals."""

from __future__ import annotations

import polars as pl

from features.config import Target
from features.domain import ConfigError
from features.history.reading import TextTable
from training.intake.findings import Findings, Level
from training.intake.names import (
    NEGATIVE_WORDS,
    POSITIVE_WORDS,
    TARGET_MERIT,
    names_loss,
    names_win,
    phrase,
    value_says_lost,
    value_says_won,
)

_SHOWN = 12
_MOST_STAGES = 15
_NAMED = 10


def split_target(given: str) -> tuple[str, str | None]:
    """Return column and value of ``COLUMN[=VALUE]``.

    Examples
    --------
    >>> split_target("activity=A_APPROVED")
    ('activity', 'A_APPROVED')
    """
    column, equals, value = given.partition("=")
    return column.strip(), value.strip() if equals else None


def target_in_leads(leads: TextTable, given: str | None, findings: Findings) -> Target:
    """Return the target as a column of the leads file.

    Raises
    ------
    ConfigError
        If no column, or more than one, looks like a target, or the named one has no clear positive value.
    """
    if given is not None:
        name, value = split_target(given)
        return _column_target(leads, name, value, findings, "named by --target")
    merits = {name: _merit(leads.frame[name]) for name in leads.frame.columns}
    best = max(merits.values(), default=0)
    fitting = [name for name, merit in merits.items() if merit == best and best > 0]
    if len(fitting) == 1:
        return _column_target(
            leads, fitting[0], None, findings, "its name and its values" if best >= _NAMED else "its values"
        )
    binary = fitting or [name for name in leads.frame.columns if _two_sided(leads.frame[name])]
    raise ConfigError(
        f"{leads.file.name} has {'several columns that may be' if binary else 'no column that looks like'} the target"
        + (f": {', '.join(map(repr, binary[:_SHOWN]))}." if binary else "."),
        "one column that says which leads converted, an outcomes file, or events that end with an outcome.",
        "Name it with --target COLUMN=VALUE, or give --outcomes FILE.",
    )


def has_target_in_leads(leads: TextTable) -> bool:
    """Return whether some column of the leads file looks like a target."""
    return any(_merit(leads.frame[name]) > 0 for name in leads.frame.columns)


def _column_target(leads: TextTable, name: str, value: str | None, findings: Findings, why: str) -> Target:
    values = leads.frame[name].drop_nulls().value_counts(sort=True, name="n").rows()
    texts = [str(text) for text, _ in values]
    if value is None:
        chosen = [text for text in texts if value_says_won(text)]
        if not chosen or len({text.casefold() for text in texts}) < 2 or len(texts) > _MOST_STAGES:
            raise ConfigError(
                f"The column {name!r} holds {', '.join(map(repr, texts[:_SHOWN]))}.",
                "a value that means the target was reached.",
                f"Write --target '{name}=VALUE'.",
            )
    else:
        chosen = [text for text in texts if text == value] or [t for t in texts if t.casefold() == value.casefold()]
        if not chosen:
            raise ConfigError(
                f"The column {name!r} never holds {value!r}; it holds {', '.join(map(repr, texts[:_SHOWN]))}.",
                "a value that occurs.",
                f"Write --target '{name}=VALUE' with one of them.",
            )
    reached = sum(count for text, count in values if text in chosen)
    total = sum(count for _, count in values)
    findings.add(
        "target.column",
        f"{name!r} is the target, reached where it says {', '.join(map(repr, chosen))}",
        f"{why}; {reached:,} of {total:,} rows ({reached / max(total, 1):.1%})",
        Level.INFERRED if len({text.casefold() for text in chosen}) == 1 else Level.ASSUMED,
    )
    won = {text.casefold() for text in chosen}
    others = [(str(text), int(count)) for text, count in values if str(text).casefold() not in won]
    return Target(column=name, positive=tuple(chosen), negative=_lost_of(name, others, findings))


def _lost_of(name: str, others: list[tuple[str, int]], findings: Findings) -> tuple[str, ...]:
    """Return which of the values beside the positive ones mean "lost"; empty where all of them do."""
    if len(others) < 2:
        return ()
    lost = tuple(text for text, _ in others if value_says_lost(text))
    if not lost:
        findings.add(
            "target.negative", f"every other value of {name!r} was assumed to mean not reached",
            f"none is named like a loss: {_counted(others)}; where some mean that a lead is still open, write those "
            "that mean lost as negative: [...]", Level.ASSUMED,
        )  # fmt: skip
        return ()
    unsettled = [(text, count) for text, count in others if text not in lost]
    left = f"; without an outcome yet: {_counted(unsettled)}" if unsettled else ""
    findings.add(
        "target.negative", f"not reached where it says {', '.join(map(repr, lost[:_SHOWN]))}",
        f"named like a loss: {_counted([pair for pair in others if pair[0] in lost])}{left}",
    )  # fmt: skip
    return lost


def _counted(values: list[tuple[str, int]]) -> str:
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(f"{text!r} ({count:,})" for text, count in values[:_SHOWN]) + more


def target_in_outcomes(outcomes: TextTable, outcome: str | None, value: str | None, findings: Findings) -> Target:
    """Return the target as a word of the outcomes file, or every row of it where it has no such column.

    Raises
    ------
    ConfigError
        If several words, or none, mean that a lead was won.
    """
    if outcome is None:
        findings.add(
            "target.outcome", "every row of the outcomes file is the target (won)",
            f"{outcomes.file.name} has {outcomes.read:,} rows and no column that names an outcome",
        )  # fmt: skip
        return Target()
    counts = {str(text): int(n) for text, n in outcomes.frame[outcome].drop_nulls().value_counts(name="n").iter_rows()}
    if value is None:
        exact = [text for text in counts if phrase(text) == "won"]
        fitting = exact or [text for text in counts if names_win(text) or phrase(text) in ("yes", "1", "true")]
    else:
        fitting = [text for text in counts if text == value]
    if len(fitting) != 1:
        raise ConfigError(
            f"The outcomes in {outcomes.file.name} are {', '.join(map(repr, sorted(counts)[:_SHOWN]))}.",
            "one that is the target.",
            f"Name it with --target '{outcome}=VALUE'.",
        )
    lost = tuple(
        sorted(text for text in counts if names_loss(text) and text != fitting[0] and text.startswith("sql_") is False)
    )
    findings.add(
        "target.outcome", f"{fitting[0]!r} is the target", f"{counts[fitting[0]]:,} rows of {outcomes.file.name}"
    )
    if fitting[0] == "won" or value is not None:
        return Target(outcome=fitting[0], negative=tuple(text for text in lost if text != "lost"))
    return Target(outcome="won", positive=(fitting[0],), negative=tuple(text for text in lost if text != "lost"))


def target_in_events(kinds: dict[str, int], value: str | None, column: str, findings: Findings) -> Target:
    """Return the target as a kind of event; ``kinds`` counts them.

    Raises
    ------
    ConfigError
        If several kinds, or none, sound like the goal, or the named one never happens.
    """
    fitting = [kind for kind in kinds if kind == value] if value is not None else [k for k in kinds if names_win(k)]
    if len(fitting) != 1:
        shown = fitting or sorted(kinds, key=kinds.__getitem__, reverse=True)
        raise ConfigError(
            f"{'Several' if fitting else 'None of the'} kinds of events could be the target: "
            f"{', '.join(map(repr, shown[:_SHOWN]))}.",
            "one kind that means the target was reached.",
            f"Name it with --target '{column}=KIND', or give --outcomes FILE.",
        )
    why = "named by --target" if value is not None else "its name"
    findings.add("target.positive", f"an event {fitting[0]!r} is the target", f"{why}; {kinds[fitting[0]]:,} events")
    if value is None:
        findings.add(
            "target.from_events", "outcomes are taken from events", "no outcomes file was given", Level.ASSUMED
        )
    return Target(positive=(fitting[0],), from_events=True)


def _merit(texts: pl.Series) -> int:
    """Return how much a column looks like the target: by its name and values, or by values that only a target has."""
    named = TARGET_MERIT.get(phrase(texts.name), 0) * _NAMED
    if _two_sided(texts) and named:
        return named
    values = [str(value) for value in texts.drop_nulls().unique().head(_MOST_STAGES + 1)]
    if not 2 <= len(values) <= _MOST_STAGES or not any(value_says_won(value, plain_yes=False) for value in values):
        return 0
    if any(value_says_lost(value) or value.casefold() in NEGATIVE_WORDS for value in values):
        return named or 1
    return 0


def _two_sided(texts: pl.Series) -> bool:
    values = texts.drop_nulls().unique()
    if len(values) != 2:
        return False
    words = {str(value).casefold() for value in values}
    return bool(words & POSITIVE_WORDS) and bool(words & NEGATIVE_WORDS)
