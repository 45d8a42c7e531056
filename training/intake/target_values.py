"""What each value of a target column means: reached, not reached, or no outcome yet."""

from __future__ import annotations

from dataclasses import dataclass

from features.config import Config
from features.history.reading import read_table
from features.history.values import present

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class TargetValue:
    """One value of the target's column.

    Parameters
    ----------
    value : str
        As the file writes it.
    rows : int
        How often.
    meaning : str
        ``reached``, ``not reached`` or ``unlabelled``.
    """

    value: str
    rows: int
    meaning: str


def target_values(config: Config) -> tuple[TargetValue, ...]:
    """Return the values of the target's column, the most frequent first; empty where the target is no column."""
    target, leads = config.target, config.leads
    if target.column is None:
        return ()
    table = read_table(leads.file, leads.format, [target.column])
    texts = present(table.frame[target.column], config.schema.missing_values).drop_nulls()
    won, lost = ({text.lower() for text in group} for group in (target.positive, target.negative))
    return tuple(
        TargetValue(
            str(text),
            int(count),
            "reached"
            if str(text).lower() in won
            else "not reached"
            if not lost or str(text).lower() in lost
            else "unlabelled",
        )
        for text, count in texts.value_counts(sort=True, name="n").iter_rows()
    )


def never_seen(config: Config, values: tuple[TargetValue, ...]) -> tuple[str, ...]:
    """Return a warning where ``positive`` names values that never occur in the target's column."""
    seen = {entry.value.lower() for entry in values}
    absent = [text for text in config.target.positive if text.lower() not in seen]
    if config.target.column is None or not absent:
        return ()
    shown = ", ".join(repr(entry.value) for entry in values[:_SHOWN]) or "nothing"
    return (
        f"target.positive names {', '.join(map(repr, absent))}, which {config.target.column!r} never holds; it holds "
        f"{shown}",
    )
