"""Examples: one row per lead and moment, with label and weight (DESIGN section 7, STATISTICS section 1).

The moments are the same for every lead whatever became of it. A row counts only when its horizon has passed
entirely: keeping the early positives of younger rows would overstate conversion by several points
(STATISTICS section 1: +3.8 points where the truth is 6.6 %), and so would keeping their early losses understate it.
An outcome without a moment labels its lead's creation, by the same rule: of young leads only the quick are won yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from features.config import Acceptance
from features.domain import NotTrainedError, Text
from features.history.port import History
from training.acceptance import with_acceptance
from training.labels import fates
from training.left_out import left_out_sentence
from training.moment_weight import moment_weight


@dataclass(frozen=True, slots=True)
class Examples:
    """The rows to learn from and what was left out.

    Parameters
    ----------
    frame : pl.DataFrame
        ``lead_id``, ``created_at`` and ``as_of`` (null when untimed), ``order`` (smaller is older), ``label`` (0 or 1),
        ``weight`` (:mod:`training.moment_weight`), ``accepted`` (1 or 0 as sales decided after the moment, null where
        not known), ``target_at`` and ``lost_at`` (when the lead reached the target and when it was closed as lost, null
        if never or without a moment); sorted by order, lead and moment.
    counts : Mapping[str, int]
        Leads and rows by what became of them, for the report.
    horizon : timedelta or None
        How much older than its moment every dated row is, and the span of the label where outcomes are dated; None
        where no lead has a creation time.
    left_out : str or None
        How many leads give no example and why; None where all do.
    """

    frame: pl.DataFrame
    counts: Mapping[str, int]
    horizon: timedelta | None
    left_out: str | None = None

    @property
    def moments(self) -> pl.DataFrame:
        """The frame ``lead_id, as_of`` that the feature builder answers."""
        return self.frame.select("lead_id", "as_of")


def make_examples(
    history: History,
    target: str,
    horizon_days: float,
    moments_days: tuple[float, ...],
    acceptance: Acceptance | None = None,
) -> Examples:
    """Return the examples of a history.

    Parameters
    ----------
    history : History
        Where leads and outcomes are read.
    target : str
        The outcome to predict.
    horizon_days : float
        Within how many days of ``as_of``.
    moments_days : tuple of float
        Days after creation at which a lead becomes an example.
    acceptance : Acceptance, optional
        Which outcomes say whether sales accepted a lead; the usual ones by default.

    Raises
    ------
    NotTrainedError
        If no lead has a label: no outcomes, or none old enough for the horizon.
    """
    outcomes, until = history.outcomes(), history.observed_until
    leads = _one_row_per_lead(history.leads()).join(fates(outcomes, target), on="lead_id", how="left")
    timed = leads["created_at"].is_not_null().any()
    horizon = timedelta(days=horizon_days) if timed else None
    undated, too_young = _undated(leads, until, timedelta(days=horizon_days))
    parts = [undated]
    counts: dict[str, int] = {"leads": leads.height}
    if horizon is not None:
        counts |= {_AFTER_OUTCOME: 0, _TOO_YOUNG: too_young}
    if horizon is not None and until is not None and outcomes["occurred_at"].is_not_null().any():
        rows, after_outcome, young_rows = _dated(leads, until, horizon, moments_days)
        parts.append(rows)
        counts |= {_AFTER_OUTCOME: after_outcome, _TOO_YOUNG: too_young + young_rows}
    frame = pl.concat(parts)
    if frame.is_empty():
        raise _nothing_to_learn(leads, until, horizon_days, target, too_young=counts.get(_TOO_YOUNG, 0) > 0)
    frame = frame.with_columns(moment_weight()).sort("order", "lead_id", "as_of")
    frame = with_acceptance(frame, outcomes, acceptance or Acceptance(), horizon=horizon, observed_until=until)
    labelled = frame.group_by("lead_id").agg(pl.col("label").max())
    counts |= {
        "leads used": labelled.height,
        "leads left out": leads.height - labelled.height,
        "rows used": frame.height,
        "positive leads": int(labelled["label"].sum()),
    }
    left_out = left_out_sentence(leads, labelled["lead_id"], until, horizon)
    return Examples(frame=frame, counts=counts, horizon=horizon, left_out=left_out)


def _one_row_per_lead(leads: pl.DataFrame) -> pl.DataFrame:
    """Return id, creation and order; the versions of a lead share them."""
    return leads.group_by("lead_id").agg(pl.col("created_at").min(), pl.col("order").min())


_COLUMNS = ("lead_id", "created_at", "as_of", "order", "label", "target_at", "lost_at")
_AFTER_OUTCOME, _TOO_YOUNG = "moments after the outcome", "moments too young for the horizon"


def _undated(leads: pl.DataFrame, observed_until: datetime | None, horizon: timedelta) -> tuple[pl.DataFrame, int]:
    """Return the creation of leads whose outcome, or whose own creation, carries no time, and how many are too young.

    Of young leads only the quick ones can have reached the target, so the horizon must have passed for either class.
    """
    rows = leads.filter(
        pl.col("reached").is_not_null() & (~pl.col("dated") | pl.col("created_at").is_null())
    ).with_columns(pl.col("created_at").alias("as_of"), pl.col("reached").alias("label"))
    # Where all creation times lie after the present, nothing was observed and nothing is old enough.
    old_enough = pl.lit(value=False) if observed_until is None else pl.col("created_at") + horizon <= observed_until
    mature = rows.filter(pl.col("created_at").is_null() | old_enough)
    return mature.select(_COLUMNS), rows.height - mature.height


def _dated(
    leads: pl.DataFrame, observed_until: datetime, horizon: timedelta, moments_days: tuple[float, ...]
) -> tuple[pl.DataFrame, int, int]:
    """Return the open and mature moments, how many lie after the outcome and how many are too young."""
    days = pl.DataFrame({"after": [timedelta(days=day) for day in moments_days]}, schema={"after": pl.Duration("us")})
    rows = (
        leads.filter(pl.col("dated").fill_null(value=True) & pl.col("created_at").is_not_null())
        .join(days, how="cross")
        .with_columns((pl.col("created_at") + pl.col("after")).alias("as_of"))
    )
    # A null comparison means that it never happened.
    is_open = (pl.col("target_at") > pl.col("as_of")).fill_null(value=True) & (
        pl.col("lost_at") > pl.col("as_of")
    ).fill_null(value=True)
    mature = pl.col("as_of") + horizon <= observed_until
    reached = (pl.col("target_at") <= pl.col("as_of") + horizon).fill_null(value=False)
    after_outcome, young = rows.select((~is_open).sum().alias("after"), (is_open & ~mature).sum().alias("young")).row(0)
    found = rows.filter(is_open & mature).with_columns(reached.cast(pl.Int8).alias("label")).select(_COLUMNS)
    return found, int(after_outcome), int(young)


def _nothing_to_learn(
    leads: pl.DataFrame, observed_until: datetime | None, horizon_days: float, target: str, *, too_young: bool
) -> NotTrainedError:
    if leads.is_empty():
        return NotTrainedError(
            Text("The history holds no leads.", "Die Historie enthält keine Leads."),
            Text("leads and what became of them.", "Leads und was aus ihnen wurde."),
            Text(
                "Where leadscore.yaml says history: store, run leadscore import first; else look at the file of leads.",
                "Steht in leadscore.yaml history: store, führen Sie zuerst leadscore import aus; sonst prüfen Sie die "
                "Datei mit den Leads.",
            ),
        )
    if too_young and observed_until is None:
        count = leads["created_at"].count()
        return NotTrainedError(
            Text(
                f"All {count:,} creation times of the leads lie after the present.",
                f"Alle {count} Eingangszeiten der Leads liegen in der Zukunft.",
            ),
            Text("leads that came in before now.", "Leads, die schon eingegangen sind."),
            Text(
                "Correct the creation times, or the clock of this machine.",
                "Berichtigen Sie die Eingangszeiten oder die Uhr dieses Rechners.",
            ),
        )
    created = leads["created_at"].drop_nulls()
    median = None if observed_until is None else created.filter(created <= observed_until).median()
    if not too_young or not isinstance(median, datetime) or observed_until is None:
        return NotTrainedError(
            Text(
                f"No lead with an outcome: none of {leads.height:,} leads says whether it reached {target!r}.",
                f"Kein Lead mit Ergebnis: Keiner von {leads.height} Leads sagt, ob er „{target}“ erreicht hat.",
            ),
            Text("outcomes of the leads.", "Ergebnisse der Leads."),
            Text(
                "Name the outcomes file or the target column in leadscore.yaml.",
                "Nennen Sie in leadscore.yaml die Datei mit den Ergebnissen oder die Zielspalte.",
            ),
        )
    workable = int((observed_until - median) / timedelta(days=1))
    remedy = (
        Text(
            f"Set horizon_days: {workable} in leadscore.yaml, with which half of the leads are old enough, or wait.",
            f"Setzen Sie horizon_days: {workable} in leadscore.yaml, womit die Hälfte der Leads alt genug ist, oder "
            "warten Sie.",
        )
        if 1 <= workable < horizon_days
        else Text(
            "Give a longer history: it ends too soon after its leads came in.",
            "Geben Sie eine längere Historie: Sie endet zu bald nach dem Eingang ihrer Leads.",
        )
    )
    return NotTrainedError(
        Text(
            f"No open lead is {horizon_days:g} days (the horizon) older than the end of the history "
            f"({observed_until:%Y-%m-%d}).",
            f"Für keinen offenen Lead waren die {horizon_days:g} Tage des Horizonts um, als die Historie endete "
            f"({observed_until:%d.%m.%Y}).",
        ),
        Text("leads whose whole horizon has passed.", "Leads, deren ganzer Horizont vorüber ist."),
        remedy,
    )
