"""Whether recent leads are still like those that the model was judged on: columns, features, score and volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.stats import betabinom

from features.domain import Text
from features.domain.say import day, listed, number, percent, sentence, whole
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
    """Return whether the columns that the model was trained on are still there and hold something.

    A file that lacks a column is read as if the column were empty, so an empty one that was not empty before is gone.
    """
    wanted = [c.name for c in bundle.catalog.schema.columns if c.role is not Role.LEFT_OUT]
    absent = [name for name in wanted if f"attribute.{name}" not in leads.columns]
    empty = [name for name in _known_before(bundle) if name not in absent and _is_empty(leads, name)]
    gone = [name for name in wanted if name in absent or name in empty]
    if gone:
        told = sentence(
            "The model was trained on columns that are gone or empty: {names}.",
            "Spalten, an denen das Modell gelernt hat, fehlen oder sind leer: {names}.", names=", ".join(gone),
        )  # fmt: skip
    else:
        told = sentence(
            "Every column that the model was trained on is there ({n}).",
            "Alle Spalten, an denen das Modell gelernt hat, sind da ({n}).", n=whole(len(wanted)),
        )  # fmt: skip
    return Finding("schema", standing_of(bool(gone)), told, {"columns": len(wanted), "gone": gone, "absent": absent})


def _known_before(bundle: Bundle) -> list[str]:
    """Return the columns of which the reference's leads told something; none where there is no reference."""
    bins = () if bundle.reference is None else bundle.reference.features
    told = {one.name for one in bins if one.missing < 1.0}
    sources = [feature.sources for feature in bundle.catalog.features if feature.name in told]
    alone = {source[0] for source in sources if len(source) == 1}
    return [column.name for column in bundle.catalog.schema.columns if column.name in alone]


def _is_empty(leads: pl.DataFrame, name: str) -> bool:
    return leads.height > 0 and leads[f"attribute.{name}"].null_count() == leads.height


def check_features(reference: Reference, recent: Recent) -> tuple[Finding, Finding]:
    """Return whether features moved, and whether the score did."""
    rows, days = recent.newest()
    if rows.size < FEWEST:
        few = _few(rows.size)
        return unknown("features", few, leads=rows.size), unknown("score", few, leads=rows.size)
    effect = company_effect(recent.company[rows])
    shifts = [_shift(reference, bins, recent.features[bins.name][rows], effect) for bins in reference.features]
    score = _shift(reference, reference.score, pl.Series(recent.margin[rows]), effect)
    count = whole(rows.size)
    where = (
        sentence("{n} leads", "{n} Leads", n=count)
        if days is None
        else sentence("{n} leads of the newest {d} days", "{n} Leads der neuesten {d} Tage", n=count, d=whole(days))
    )
    figures = {"leads": rows.size, "days": days, "design_effect": effect}
    moved = [one for one, off in zip(shifts, _flags(shifts), strict=True) if off]
    return (
        Finding(
            "features",
            standing_of(bool(moved)),
            sentence(
                "Of {all} features, {moved} moved beyond chance on {where}{named}.",
                "Von {all} Merkmalen haben sich {moved} mehr als zufällig verändert, gemessen an {where}{named}.",
                all=whole(len(shifts)),
                moved=whole(len(moved)),
                where=where,
                named=_named(moved),
            ),
            {**figures, "moved": [one.name for one in moved], "shifts": [one.to_mapping() for one in shifts]},
        ),
        Finding(
            "score",
            standing_of(_flags([score])[0]),
            sentence(
                "The score's stability index is {index} on {where}; chance alone gives up to {chance}, and below "
                "{least} it does not matter.",
                "Der Stabilitätsindex des Scores ist {index}, gemessen an {where}; allein der Zufall gibt bis zu "
                "{chance}, und unter {least} ist er ohne Bedeutung.",
                index=number(score.index, 3),
                where=where,
                chance=number(score.by_chance, 3),
                least=number(WORTH_TELLING, 1),
            ),
            {**figures, **score.to_mapping()},
        ),
    )


def _shift(reference: Reference, bins: Bins, values: pl.Series, effect: float) -> Shift:
    return shift(bins, bins.count(values), effect_before=reference.effect, effect_now=effect)


def _flags(shifts: Sequence[Shift]) -> tuple[bool, ...]:
    beyond = holm([one.p_value for one in shifts], LEVEL)
    return tuple(off and one.index > WORTH_TELLING for off, one in zip(beyond, shifts, strict=True))


def _few(leads: int) -> Text:
    return sentence(
        "{n} leads came in since; {least} are needed to compare.",
        "Seither kamen {n} Leads; für einen Vergleich braucht es {least}.", n=whole(leads), least=whole(FEWEST),
    )  # fmt: skip


def _named(moved: Sequence[Shift]) -> Text:
    if not moved:
        return Text.same("")
    told = []
    for one in sorted(moved, key=lambda one: -one.index)[:5]:
        why = Text.same("")
        if abs(one.missing_now - one.missing_before) > MISSING_WORTH_TELLING:
            why = sentence(
                ", missing in {now} where it was {before}", ", fehlt bei {now} statt bei {before}",
                now=percent(one.missing_now), before=percent(one.missing_before),
            )  # fmt: skip
        elif one.new_share is not None and one.new_share > MISSING_WORTH_TELLING:
            why = sentence(
                ", {share} of rare or new values", ", {share} seltene oder neue Werte", share=percent(one.new_share)
            )
        told.append(
            sentence("{name} ({index}{why})", "{name} ({index}{why})", name=one.name, index=number(one.index), why=why)
        )
    return Text(f": {', '.join(one.en for one in told)}", f": {', '.join(one.de for one in told)}")


def check_volume(reference: Reference, recent: Recent, agreement: Agreement, calibration: Calibration) -> Finding:
    """Return whether the share of leads above the cutoffs still lies in its control band, week by week.

    The band is that of a new week's count, given how many leads the reference had; where its own weeks differed by
    more than chance, it is wider by as much. Only the newest whole week raises an alarm: older ones did in their time.
    """
    if recent.week is None or recent.complete_until is None or not agreement.has_cutoffs:
        return unknown(
            "volume",
            Text(
                "Without times of creation and cutoffs in force there are no weekly shares.",
                "Ohne Eingangszeiten und geltende Schwellen gibt es keine wöchentlichen Anteile.",
            ),
        )
    whole_weeks = sorted({int(week) for week in recent.week if week < recent.complete_until})[-26:]
    if not whole_weeks:
        return unknown(
            "volume",
            Text(
                "No week since the model was judged is over yet.",
                "Seit der Prüfung des Modells ist noch keine Woche um.",
            ),
        )
    stages = {"mql": (1, agreement.mql), "sql": (2, agreement.sql)}
    weeks: list[dict[str, object]] = []
    out: list[Text] = []
    for week in whole_weeks:
        told = recent.probability[recent.week == week]
        row: dict[str, object] = {"week": f"{monday(week):%Y-%m-%d}", "leads": int(told.size)}
        for stage, (place, cutoff) in stages.items():
            if cutoff is None:
                continue
            share = reference.share_above(cutoff, calibration)
            low, high = control_band(int(told.size), share, reference, place)
            above = int((told >= cutoff).sum())
            row |= {stage: above, f"{stage}_low": low, f"{stage}_high": high}
            if week == whole_weeks[-1] and not low <= above <= high:
                out.append(
                    sentence(
                        "{above} {stage}s where {low} to {high} were to be expected",
                        "{above} {stage}s, wo {low} bis {high} zu erwarten waren",
                        above=whole(above),
                        stage=stage.upper(),
                        low=whole(low),
                        high=whole(high),
                    )
                )
        weeks.append(row)
    newest_leads = int((recent.week == whole_weeks[-1]).sum())
    # German begins with what is told, so that one sentence holds both cases.
    told_of = (
        listed(out)
        if out
        else Text(
            "as many lie above the cutoffs as in the weeks that the model was judged on",
            "so viele über den Schwellen wie in den Wochen, an denen das Modell geprüft wurde",
        )
    )
    told_all = sentence(
        "Of {n} leads of the week of {week}, {what}.", "Von {n} Leads der Woche ab {week}: {what}.",
        n=whole(newest_leads), week=day(monday(whole_weeks[-1])), what=told_of,
    )  # fmt: skip
    return Finding("volume", standing_of(bool(out)), told_all, {"weeks": weeks})


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
        return unknown("estimate", _few(rows.size), leads=rows.size)
    told = recent.probability[rows]
    before = float(np.mean(calibration.probability(reference.margins)))
    figures: dict[str, object] = {
        "leads": int(rows.size), "days": days, "conversion": float(told.mean()), "conversion_before": before,
        "assumes": "leads of a probability convert as they did",
    }  # fmt: skip
    for stage, cutoff in (("mql", agreement.mql), ("sql", agreement.sql)):
        if cutoff is not None and (told >= cutoff).any():
            figures[f"{stage}_conversion"] = float(told[told >= cutoff].mean())
    said = sentence(
        "Estimate, not measured: {rate} of {n} recent leads will convert ({before} of those it was judged on), "
        "provided that leads of a probability convert as they did.",
        "Geschätzt, nicht gemessen: {rate} von {n} neuen Leads werden Kunden ({before} derjenigen, an denen geprüft "
        "wurde), sofern Leads gleicher Wahrscheinlichkeit so oft Kunden werden wie bisher.",
        rate=percent(float(told.mean())), n=whole(rows.size), before=percent(before),
    )  # fmt: skip
    return Finding("estimate", standing_of(False), said, figures, Basis.ESTIMATE)
