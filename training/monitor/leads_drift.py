"""Whether recent leads are still like those that the model was judged on: columns, features, score and volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.stats import betabinom

from features.schema import Role
from models.agreement import Agreement
from models.bundle.assemble import Bundle
from models.calibration import Calibration
from models.drift.bins import Bins
from models.drift.reference import Reference, company_effect
from models.drift.shift import WORTH_TELLING, Shift, shift
from training.exact_rates import holm
from training.monitor.findings import Basis, Finding, standing_of, unknown
from training.monitor.recent import Recent, monday

FEWEST = 30
"""Recent leads below which nothing is compared."""

LEVEL = 0.01
"""Chance of any false alarm of the features in one look; one of 26 weekly looks is then expected in four years."""

MISSING_WORTH_TELLING = 0.1
BAND = 0.001
"""Chance with which a week without drift lies below, and above, its control band."""


def check_schema(bundle: Bundle, leads: pl.DataFrame) -> Finding:
    """Return whether the columns that the model was trained on are still there."""
    wanted = [c.name for c in bundle.catalog.schema.columns if c.role is not Role.LEFT_OUT]
    gone = [name for name in wanted if f"attribute.{name}" not in leads.columns]
    if gone:
        sentence = f"The model was trained on columns that are gone: {', '.join(gone)}."
    else:
        sentence = f"Every column that the model was trained on is there ({len(wanted)})."
    return Finding("schema", standing_of(bool(gone)), sentence, {"columns": len(wanted), "gone": gone})


def check_features(reference: Reference, recent: Recent) -> tuple[Finding, Finding]:
    """Return whether features moved, and whether the score did."""
    rows, days = recent.newest()
    if rows.size < FEWEST:
        few = f"{rows.size} leads came in since; {FEWEST} are needed to compare."
        return unknown("features", few, leads=rows.size), unknown("score", few, leads=rows.size)
    effect = company_effect(recent.company[rows])
    shifts = [_shift(reference, bins, recent.features[bins.name][rows], effect) for bins in reference.features]
    score = _shift(reference, reference.score, pl.Series(recent.margin[rows]), effect)
    where = f"{rows.size:,} leads" if days is None else f"{rows.size:,} leads of the newest {days} days"
    figures = {"leads": rows.size, "days": days, "design_effect": effect}
    moved = [one for one, off in zip(shifts, _flags(shifts), strict=True) if off]
    return (
        Finding(
            "features",
            standing_of(bool(moved)),
            f"Of {len(shifts)} features, {len(moved)} moved beyond chance on {where}{_named(moved)}.",
            {**figures, "moved": [one.name for one in moved], "shifts": [one.to_mapping() for one in shifts]},
        ),
        Finding(
            "score",
            standing_of(_flags([score])[0]),
            f"The score's stability index is {score.index:.3f} on {where}; chance alone gives up to "
            f"{score.by_chance:.3f}, and below {WORTH_TELLING:g} it does not matter.",
            {**figures, **score.to_mapping()},
        ),
    )


def _shift(reference: Reference, bins: Bins, values: pl.Series, effect: float) -> Shift:
    return shift(bins, bins.count(values), effect_before=reference.effect, effect_now=effect)


def _flags(shifts: Sequence[Shift]) -> tuple[bool, ...]:
    beyond = holm([one.p_value for one in shifts], LEVEL)
    return tuple(off and one.index > WORTH_TELLING for off, one in zip(beyond, shifts, strict=True))


def _named(moved: Sequence[Shift]) -> str:
    if not moved:
        return ""
    told = []
    for one in sorted(moved, key=lambda one: -one.index)[:5]:
        why = ""
        if abs(one.missing_now - one.missing_before) > MISSING_WORTH_TELLING:
            why = f", missing in {one.missing_now:.0%} where it was {one.missing_before:.0%}"
        elif one.new_share is not None and one.new_share > MISSING_WORTH_TELLING:
            why = f", {one.new_share:.0%} of rare or new values"
        told.append(f"{one.name} ({one.index:.2f}{why})")
    return f": {', '.join(told)}"


def check_volume(reference: Reference, recent: Recent, agreement: Agreement, calibration: Calibration) -> Finding:
    """Return whether the share of leads above the cutoffs still lies in its control band, week by week.

    The band is that of a new week's count, given how many leads the reference had; where its own weeks differed by
    more than chance, it is wider by as much. Only the newest whole week raises an alarm: older ones did in their time.
    """
    if recent.week is None or recent.complete_until is None or not agreement.has_cutoffs:
        return unknown("volume", "Without times of creation and cutoffs in force there are no weekly shares.")
    whole = sorted({int(week) for week in recent.week if week < recent.complete_until})[-26:]
    if not whole:
        return unknown("volume", "No week since the model was judged is over yet.")
    stages = {"mql": (1, agreement.mql), "sql": (2, agreement.sql)}
    weeks: list[dict[str, object]] = []
    out: list[str] = []
    for week in whole:
        told = recent.probability[recent.week == week]
        row: dict[str, object] = {"week": f"{monday(week):%Y-%m-%d}", "leads": int(told.size)}
        for stage, (place, cutoff) in stages.items():
            if cutoff is None:
                continue
            share = reference.share_above(cutoff, calibration)
            low, high = control_band(int(told.size), share, reference, place)
            above = int((told >= cutoff).sum())
            row |= {stage: above, f"{stage}_low": low, f"{stage}_high": high}
            if week == whole[-1] and not low <= above <= high:
                out.append(f"{above} {stage.upper()}s where {low} to {high} were to be expected")
        weeks.append(row)
    newest = weeks[-1]
    sentence = f"Of {newest['leads']:,} leads of the week of {newest['week']}, " + (
        " and ".join(out) + "."
        if out
        else "as many lie above the cutoffs as in the weeks that the model was judged on."
    )
    return Finding("volume", standing_of(bool(out)), sentence, {"weeks": weeks})


def control_band(leads: int, share: float, reference: Reference, stage: int) -> tuple[int, int]:
    """Return how many of a week's leads lie above a cutoff but for chance.

    Beta-binomial: the share is known from the reference's leads only, and counts in weeks that differ are worth
    less than their number.

    Parameters
    ----------
    leads : int
        Of the week.
    share : float
        Above the cutoff in the reference.
    reference : Reference
        Tells its own number of leads, companies and weeks.
    stage : int
        1 MQL, 2 SQL.
    """
    if leads == 0:
        return 0, 0
    spread = max(reference.effect, reference.spread_of_weeks(stage))
    known = reference.leads / spread
    # Never quite 0 or 1 (Jeffreys), because the reference has so many leads only.
    share = (share * known + 0.5) / (known + 1)
    # The week's own spread, and that of the share as it is known, over the variance of a binomial number. A
    # beta-binomial number of total t has (t + n) / (t + 1) times that variance.
    inflation = spread + leads / known
    total = max((leads - inflation) / (inflation - 1), 1.0) if inflation > 1 else np.inf
    total = min(total, 1e9)
    low, high = (int(betabinom.ppf(tail, leads, share * total, (1 - share) * total)) for tail in (BAND, 1 - BAND))
    return low, high


def estimate_without_labels(
    reference: Reference, recent: Recent, agreement: Agreement, calibration: Calibration
) -> Finding:
    """Return the conversion to be expected of recent leads if behaviour has not changed (CBPE).

    The mean probability is what conversion will be as long as leads of a probability convert as they did: it sees
    other leads coming, and is blind to the same leads behaving otherwise. It feeds no certificate and raises no alarm.
    """
    rows, days = recent.newest()
    if rows.size < FEWEST:
        return unknown("estimate", f"{rows.size} leads came in since; {FEWEST} are needed.", leads=rows.size)
    told = recent.probability[rows]
    before = float(np.mean(calibration.probability(reference.margins)))
    figures: dict[str, object] = {
        "leads": int(rows.size), "days": days, "conversion": float(told.mean()), "conversion_before": before,
        "assumes": "leads of a probability convert as they did",
    }  # fmt: skip
    for stage, cutoff in (("mql", agreement.mql), ("sql", agreement.sql)):
        if cutoff is not None and (told >= cutoff).any():
            figures[f"{stage}_conversion"] = float(told[told >= cutoff].mean())
    sentence = (
        f"Estimate, not measured: {told.mean():.1%} of {rows.size:,} recent leads will convert ({before:.1%} of those "
        "it was judged on), provided that leads of a probability convert as they did."
    )
    return Finding("estimate", standing_of(False), sentence, figures, Basis.ESTIMATE)
