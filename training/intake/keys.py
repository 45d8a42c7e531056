"""Which columns identify a lead and say when: in the leads file, and in files that must join to it."""

from __future__ import annotations

import math

import polars as pl

from features.domain import ConfigError
from features.history.reading import TextTable
from features.history.times import EPOCHS, carries_zone
from training.intake.findings import Findings, Level
from training.intake.hindsight_names import families_of
from training.intake.names import LEAD_ID, names_clock, names_identifier, rank
from training.intake.profile import epoch_format_of, profile, time_format_of

_LEAST_OVERLAP = 0.5
_UNIQUE = 0.98
_REPEATED = 0.5
_ENOUGH_ROWS = 20
_GAPS = 1.1


def infer_lead_id(leads: TextTable, others: list[TextTable], findings: Findings) -> str | None:
    """Return the column that identifies a lead, or None where rows have to be numbered.

    A column by which the other files join goes first, then the name, then uniqueness.
    """
    candidates = [name for name in leads.columns if name in leads.frame.columns and _may_identify(leads.frame[name])]
    candidates += [name for name in leads.columns if rank(name, LEAD_ID) < 2 and name not in candidates]
    overlaps = {name: min((_best_overlap(leads.frame[name], t)[1] for t in others), default=0.0) for name in candidates}
    named = [name for name in candidates if names_identifier(name) or overlaps[name] >= _LEAST_OVERLAP]
    candidates = named or [name for name in candidates if _is_key(leads.frame[name])]
    # Named like an id but repeated: the same lead again, which is counted, and never a feature.
    candidates = candidates or [name for name in leads.frame.columns if _is_repeated_id(leads.frame[name])]
    if not candidates:
        findings.add("leads.lead_id", "rows are numbered (row 1, row 2, ...)", "no column identifies a lead")
        return None
    order = {name: place for place, name in enumerate(leads.columns)}
    best = min(candidates, key=lambda name: (-round(overlaps.get(name, 0.0), 1), rank(name, LEAD_ID), order[name]))
    unique = leads.frame[best].drop_nulls().n_unique()
    evidence = f"{unique:,} values in {leads.frame.height:,} rows"
    if others:
        evidence += f"; {_told(overlaps.get(best, 0.0))} of the ids in the other files are among them"
    if len(candidates) > 1:
        evidence += f"; also possible: {', '.join(repr(name) for name in candidates if name != best)}"
    findings.add("leads.lead_id", f"{best!r} identifies a lead", evidence)
    return best


def _told(share: float) -> str:
    """Return a share in per cent; only all of them are 100 %."""
    return f"{share:.0%}" if share in (0.0, 1.0) else f"{math.floor(share * 1000) / 10:.1f}%"


def infer_join(table: TextTable, ids: pl.Series, lead_id: str, part: str, findings: Findings) -> str:
    """Return the column of another file that holds lead ids.

    Raises
    ------
    ConfigError
        If no column shares its values with the leads.
    """
    best, share = _best_overlap(ids, table, prefer=lead_id)
    if best is None or share < 0.01:
        raise ConfigError(
            f"No column of {table.file.name} holds ids of the leads' column {lead_id!r}.",
            "a column with the same ids in both files.",
            "Give files that belong together.",
        )
    how = "the same name" if best == lead_id else "another name, found by its values"
    level = Level.INFERRED if share >= _LEAST_OVERLAP else Level.SUSPECT
    findings.add(
        f"{part}.lead_id", f"{best!r} joins to the leads", f"{_told(share)} of its ids are leads; {how}", level
    )
    return best


def infer_time(
    table: TextTable, names: tuple[str, ...], part: str, key: str, findings: Findings, *, by_name_only: bool = False
) -> tuple[str | None, str | None]:
    """Return the column of a moment and how its times are written (None: ISO 8601).

    Parameters
    ----------
    table : TextTable
        The file.
    names : tuple of str
        Names that such a column has, the likeliest first.
    part, key : str
        Where the finding stands in leadscore.yaml.
    findings : Findings
        Where the conclusion is noted.
    by_name_only : bool
        Whether a column of times with none of these names is to be passed over; otherwise it is taken if it is the
        only one and always filled.
    """
    named: list[tuple[int, int, str, str | None, bool]] = []
    unnamed: list[tuple[int, int, str, str | None, bool]] = []
    for place, name in enumerate(table.frame.columns):
        fit, texts = rank(name, names), table.frame[name]
        written = time_format_of(texts)
        if written is None and (fit < len(names) or names_clock(name)):
            epoch = epoch_format_of(texts)
            written = None if epoch is None else (epoch, False)
        if written is not None and fit < len(names):
            named.append((fit, place, name, *written))
        elif written is not None and texts.null_count() <= 0.01 * len(texts) and not families_of(name):
            unnamed.append((fit, place, name, *written))
    if not named and (by_name_only or len(unnamed) != 1):
        return None, None
    _, _, name, pattern, ambiguous = min(named or unnamed, key=lambda entry: entry[:2])
    rivals = [entry[2] for entry in named + unnamed if entry[2] != name]
    evidence = f"its times are written as {pattern or 'ISO 8601'}" + (
        f"; other times: {', '.join(rivals)}" * bool(rivals)
    )
    level = Level.INFERRED if named else Level.ASSUMED
    findings.add(f"{part}.{key}", f"{name!r} is the moment ({key})", evidence, level)
    if ambiguous:
        findings.add(
            f"{part}.time_format",
            f"{pattern} was assumed for {name!r}",
            "every time can be read with day and month exchanged as well",
            Level.ASSUMED,
        )
    return name, pattern


def infer_zone(times: dict[str, tuple[pl.Series, str | None]], findings: Findings) -> str:
    """Return the zone of times that carry none; ``times`` holds texts and their format by column."""
    if not times:
        return "UTC"
    bare = [
        name
        for name, (texts, form) in times.items()
        if form not in EPOCHS and "%z" not in (form or "") and not carries_zone(texts.drop_nulls()).all()
    ]
    if bare:
        findings.add(
            "time_zone",
            "UTC was assumed",
            f"the times in {', '.join(bare)} carry no zone; write the zone they were recorded in",
            Level.ASSUMED,
        )
    else:
        findings.add("time_zone", "UTC, and not needed", "every time carries its own zone")
    return "UTC"


def _may_identify(texts: pl.Series) -> bool:
    filled = texts.drop_nulls()
    if len(filled) < _UNIQUE * len(texts) or filled.is_empty() or time_format_of(filled.head(200)) is not None:
        return False
    return filled.n_unique() >= _UNIQUE * len(filled) and filled.head(1000).str.count_matches(r"\s").sum() == 0


def _is_key(texts: pl.Series) -> bool:
    """Return whether a column of any name holds a key: filled, all different, a running number or texts with digits."""
    if len(texts) < _ENOUGH_ROWS or texts.null_count() or texts.n_unique() < len(texts):
        return False
    numbers = texts.cast(pl.Int64, strict=False)
    if not numbers.null_count():
        low, high = numbers.min(), numbers.max()
        return isinstance(low, int) and isinstance(high, int) and high - low < _GAPS * len(texts)
    counted = profile(texts.name, texts)
    if max(counted.emails, counted.websites, counted.dates) > 0 or counted.numbers >= _LEAST_OVERLAP:
        return False
    return bool(texts.str.contains(r"\d").all())


def _is_repeated_id(texts: pl.Series) -> bool:
    filled = texts.drop_nulls()
    often = rank(texts.name, LEAD_ID) < len(LEAD_ID) and len(filled) >= _UNIQUE * len(texts)
    return often and filled.n_unique() >= max(2, _REPEATED * len(filled))


def _best_overlap(ids: pl.Series, table: TextTable, prefer: str | None = None) -> tuple[str | None, float]:
    known = ids.drop_nulls().unique()
    best: tuple[str | None, float] = (None, 0.0)
    for name in table.columns:
        if name not in table.frame.columns:
            continue
        values = table.frame[name].drop_nulls().unique()
        share = int(values.is_in(known.implode()).sum()) / len(values) if len(values) else 0.0
        # A flag that happens to hold "1" is no key: a key takes many values.
        if len(values) < min(20, 0.05 * len(known)):
            continue
        if name == prefer and share >= _LEAST_OVERLAP:
            return name, share
        if share > best[1]:
            best = (name, share)
    return best
