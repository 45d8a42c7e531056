"""Recent leads, each at the age at which the reference was taken, with the model's probabilities of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.builder import FeatureBuilder
from features.config import Config
from features.history.port import History
from models.bundle.assemble import Bundle
from models.learned import LearnedFrom
from training.companies import company_codes
from training.labels import fates

Floats = NDArray[np.float64]

WINDOWS_DAYS = (14, 28, 56, 91)
ENOUGH = 100
"""The shortest of these windows that holds enough leads is compared; the longest if none does."""

WEEK_SECONDS = 7 * 86_400
_FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Recent:
    """Leads that came after those of the reference; arrays have one entry per lead.

    Parameters
    ----------
    frame : pl.DataFrame
        ``lead_id``, ``created_at``, ``as_of``.
    features : pl.DataFrame
        From the feature builder.
    margin, probability : array of shape (n,)
        Before and after calibration.
    company : array of int
        Codes.
    week : array of int, or None
        Calendar week (UTC, from Monday) in which the lead came in; None without times.
    complete_until : int or None
        Weeks below this number are over.
    """

    frame: pl.DataFrame
    features: pl.DataFrame
    margin: Floats
    probability: Floats
    company: NDArray[np.int64]
    week: NDArray[np.int64] | None
    complete_until: int | None

    @property
    def size(self) -> int:
        """How many leads."""
        return self.frame.height

    def newest(self) -> tuple[NDArray[np.intp], int | None]:
        """Return the leads of the shortest window that holds enough, and its length in days (None without times)."""
        created = self.frame["created_at"]
        if self.week is None or created.len() == 0:
            return np.arange(self.size), None
        last = created.max()
        rows, days = np.arange(0), WINDOWS_DAYS[-1]
        for days in WINDOWS_DAYS:
            within = (created > last - timedelta(days=days)).to_numpy()  # type: ignore[operator]  # a moment
            rows = np.flatnonzero(within)
            if rows.size >= ENOUGH:
                break
        return rows, days


def recent_leads(
    history: History, config: Config, bundle: Bundle, learned: LearnedFrom, age_days: float | None
) -> Recent:
    """Return the leads that the reference does not hold, as far as they have come to its age while still open.

    Parameters
    ----------
    history : History
        The company's, as it stands now.
    config : Config
        The target.
    bundle : Bundle
        The model.
    learned : LearnedFrom
        Which leads it learned from or held out.
    age_days : float or None
        Of the reference; None where leads have no times.
    """
    leads = history.leads().sort("order").unique("lead_id", keep="first", maintain_order=True)
    frame = leads.select("lead_id", "created_at")
    frame = frame.filter(pl.Series(learned.new(frame)))
    if age_days is None:
        frame = frame.with_columns(pl.col("created_at").alias("as_of"))
    else:
        frame = _of_age(frame, history, config.target.outcome, age_days)
    features = FeatureBuilder(bundle.catalog).frame(history.leads(), history.events(), frame.select("lead_id", "as_of"))
    margin = np.asarray(bundle.model.margin(bundle.encoder.matrix(features)), dtype=np.float64)
    dated = frame.height > 0 and frame["created_at"].null_count() == 0
    until = history.observed_until
    return Recent(
        frame=frame,
        features=features,
        margin=margin,
        probability=bundle.calibration.probability(margin),
        company=company_codes(frame["lead_id"], history.leads(), config.schema),
        week=weeks_of(frame["created_at"]) if dated else None,
        complete_until=None if not dated or until is None or age_days is None else _complete(until, age_days),
    )


def _of_age(frame: pl.DataFrame, history: History, target: str, age_days: float) -> pl.DataFrame:
    """Return the leads that reached an age, at that age, without those whose story was over by then."""
    frame = frame.with_columns((pl.col("created_at") + timedelta(days=age_days)).alias("as_of")).drop_nulls("as_of")
    until = history.observed_until
    if until is not None:
        frame = frame.filter(pl.col("as_of") <= until)
    ends = fates(history.outcomes(), target).select("lead_id", pl.min_horizontal("target_at", "lost_at").alias("end"))
    frame = frame.join(ends, on="lead_id", how="left", maintain_order="left")
    return frame.filter((pl.col("end") > pl.col("as_of")) | pl.col("end").is_null()).drop("end").sort("created_at")


def weeks_of(moments: pl.Series) -> NDArray[np.int64]:
    """Return the calendar week of each moment, as a running number of weeks from Monday in UTC."""
    return np.asarray((moments.dt.epoch("s").to_numpy() - _FIRST_MONDAY.timestamp()) // WEEK_SECONDS, dtype=np.int64)


def monday(week: int) -> datetime:
    """Return the first moment of a week by its number.

    Examples
    --------
    >>> monday(0).isoformat()
    '1970-01-05T00:00:00+00:00'
    """
    return _FIRST_MONDAY + timedelta(seconds=week * WEEK_SECONDS)


def _complete(until: datetime, age_days: float) -> int:
    """Return the first week of whose leads some have not come to the age yet."""
    reached = (until - timedelta(days=age_days)).timestamp() - _FIRST_MONDAY.timestamp()
    return int(reached // WEEK_SECONDS)
