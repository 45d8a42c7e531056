"""Which kinds of events are outcomes, which only accompany one, and which are engagement."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from features.config import Target
from features.schema import EventKind, Use
from training.intake.event_leakage import EventEvidence, kinds_alone
from training.intake.findings import Findings, Level
from training.intake.names import names_loss, names_win

_TOGETHER_SECONDS = 60.0
_NEARLY_ALL = 0.9
_ALMOST_NEVER = 0.02
_KINDS = 200


def negative_kinds(events: pl.DataFrame, target: Target, findings: Findings) -> Target:
    """Return the target with the kinds that close a lead as lost: named so, and never on the way to the target.

    Parameters
    ----------
    events : pl.DataFrame
        ``lead_id``, ``occurred_at``, ``event``.
    target : Target
        With the positive kinds.
    findings : Findings
        Where the conclusions are noted.
    """
    reached = events.filter(pl.col("event").is_in(list(target.positive)))["lead_id"].unique()
    chosen = []
    for kind in sorted(events["event"].unique()):
        if kind in target.positive or not names_loss(kind):
            continue
        leads = events.filter(pl.col("event") == kind)["lead_id"].unique()
        both = float(leads.is_in(reached.implode()).mean() or 0.0)  # type: ignore[arg-type]  # a mean of truths is a float
        evidence = f"its name; {both:.1%} of its {len(leads):,} leads reach the target"
        if both <= _ALMOST_NEVER:
            chosen.append(kind)
            findings.add("target.negative", f"an event {kind!r} closes a lead as lost", evidence)
        else:
            findings.add("target.negative", f"an event {kind!r} does not close a lead", evidence)
    return replace(target, negative=tuple(chosen))


def classify_kinds(
    events: pl.DataFrame, outcomes: pl.DataFrame, target: Target, findings: Findings
) -> tuple[EventKind, ...]:
    """Return the kinds in order of frequency, each with its use.

    Kinds that come within a minute of the target, or only after a lead's end, or nearly only of leads that reach the
    target, are left out: they are the outcome under another name.

    Parameters
    ----------
    events : pl.DataFrame
        ``lead_id``, ``occurred_at``, ``event``.
    outcomes : pl.DataFrame
        Frame of outcomes (docs/architecture.md).
    target : Target
        What is to be predicted.
    findings : Findings
        Where the conclusions are noted.
    """
    ends = (
        outcomes.filter(pl.col("outcome").is_in([target.outcome, "lost"]) & pl.col("occurred_at").is_not_null())
        .group_by("lead_id")
        .agg(
            ended=pl.col("occurred_at").min(),
            reached=pl.col("occurred_at").filter(pl.col("outcome") == target.outcome).min(),
        )
    )
    gap = (pl.col("occurred_at") - pl.col("reached")).dt.total_milliseconds().abs() / 1000.0
    table = (
        events.lazy()
        .join(ends.lazy(), on="lead_id", how="left")
        .group_by("event")
        .agg(
            n=pl.len(),
            leads=pl.col("lead_id").n_unique(),
            together=pl.col("lead_id").filter(gap <= _TOGETHER_SECONDS).n_unique(),
            after=(pl.col("occurred_at") > pl.col("ended")).fill_null(False).mean(),
        )
        .sort("n", "event", descending=[True, False])
        .collect()
    )
    evidence = kinds_alone(events, outcomes, target.outcome)
    kinds = [_kind(row, target, evidence.get(row["event"])) for row in table.iter_rows(named=True)]
    for kind in kinds:
        if kind.use is Use.LEFT_OUT:
            findings.add("events.kinds", f"{kind.name!r} is left out", kind.why, Level.SUSPECT, entry=kind.name)
    if len(kinds) > _KINDS:
        findings.add("events.kinds", f"the {_KINDS} most frequent kinds are listed", f"{len(kinds):,} kinds were seen")
        kinds = [kind for place, kind in enumerate(kinds) if place < _KINDS or kind.use is not Use.ENGAGEMENT]
    return tuple(kinds)


def _kind(row: dict[str, object], target: Target, evidence: EventEvidence | None) -> EventKind:
    name, leads, together = str(row["event"]), int(str(row["leads"])), int(str(row["together"]))
    after, count = float(str(row["after"] or 0.0)), int(str(row["n"]))
    if target.from_events and name in target.positive:
        return EventKind(name, Use.OUTCOME, f"the target; {count:,} events")
    if target.from_events and name in target.negative:
        return EventKind(name, Use.OUTCOME, f"closes a lead as lost; {count:,} events")
    if together / leads >= _NEARLY_ALL:
        return EventKind(
            name, Use.LEFT_OUT,
            f"it is the outcome: {together:,} of its {leads:,} leads have it within a minute of the target",
        )  # fmt: skip
    if after >= _NEARLY_ALL:
        return EventKind(name, Use.LEFT_OUT, f"it comes after the end: {after:.0%} of {count:,} events are later")
    if not target.from_events and together / leads >= 0.5 and (names_win(name) or names_loss(name)):
        return EventKind(
            name, Use.LEFT_OUT, f"named like an outcome, at the same time in {together:,} of {leads:,} leads"
        )
    if evidence is not None and evidence.suspect:
        return EventKind(name, Use.LEFT_OUT, evidence.why)
    return EventKind(name, Use.ENGAGEMENT, f"{count:,} events of {leads:,} leads")
