"""Ask what other cutoffs would have done, on the leads that the serving model was measured on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from features.workspace import Workspace
from serving.calls.model_evidence import NoEvidence, serving_evidence
from serving.champion import Champion
from serving.engines import agreement_that_serves
from serving.errors import Problem, RefusedError

if TYPE_CHECKING:
    from models.evidence import ModelEvidence
    from models.evidence.interval import Interval
    from models.evidence.what_if import Between, CutoffPair, StageOutlook, WhatIf

_WHY = {
    NoEvidence.NO_MODEL: "The rules answer; what cutoffs would do can be counted once a model serves.",
    NoEvidence.OLD_BUNDLE: "The model that serves is of before evidence was kept; train again, or recalibrate.",
    NoEvidence.DAMAGED: "The evidence of the model that serves cannot be read; promote its version again.",
}


def what_if(workspace: Workspace, champion: Champion, mql: float | None, sql: float | None) -> dict[str, Any]:
    """Return what moved cutoffs would have done, beside those in force, as plain data.

    Parameters
    ----------
    workspace : Workspace
        Whose model and agreement.
    champion : Champion
        The model that serves.
    mql, sql : float or None
        Cutoffs as probabilities; None for the one in force.

    Raises
    ------
    RefusedError
        If nothing was measured of what serves, or a cutoff is given by neither the caller nor the agreement.
    InputError
        If the cutoffs are none.
    """
    found = serving_evidence(workspace, champion)
    if found.evidence is None:
        raise RefusedError(Problem("not-found", _WHY[found.lack or NoEvidence.OLD_BUNDLE]))
    agreement = agreement_that_serves(workspace, champion)
    asked = (agreement.mql if mql is None else mql, agreement.sql if sql is None else sql)
    if asked[0] is None or asked[1] is None:
        raise RefusedError(Problem("not-found", "No cutoffs are in force: give both mql and sql."))
    # What models need, scipy among it, is loaded only where there is a model.
    from models.evidence.what_if import what_if as counted

    told = counted(found.evidence.held_out, agreement.sla, (asked[0], asked[1]), (agreement.mql, agreement.sql))
    return _plain(told, found.evidence, found.version)


def _plain(told: WhatIf, evidence: ModelEvidence, version: str | None) -> dict[str, Any]:
    held_out = evidence.held_out
    return {
        "model_version": version,
        "measured_on": {
            "leads": held_out.leads.count, "of": held_out.of, "from": held_out.since, "until": held_out.until,
            "weeks": held_out.weeks,
        },
        "asked": _pair(told.moved),
        "in_force": None if told.in_force is None else _pair(told.in_force),
        "between": {"mql": _between(told.between_mql), "sql": _between(told.between_sql)},
    }  # fmt: skip


def _pair(pair: CutoffPair) -> dict[str, Any]:
    return {"mql": _stage(pair.mql), "sql": _stage(pair.sql)}


def _stage(one: StageOutlook) -> dict[str, Any]:
    week, load = one.weekly, one.load
    return {
        "probability": one.at.probability,
        "share_of_leads": one.at.share,
        "per_week": None if week is None else _interval(week.mean),
        "usual_week": None if week is None or week.usual is None else list(week.usual),
        "conversion": _interval(one.at.rate),
        "missed_customers": _interval(one.at.missed),
        "acceptance": None if one.accepted is None else _interval(one.accepted),
        "load": None if load is None else {
            "max_per_week": load.limit,
            "share_of_limit": None if load.share is None else _interval(load.share),
            "weeks_over_limit": _interval(load.busy),
            "weeks": load.weeks,
        },
    }  # fmt: skip


def _between(one: Between | None) -> dict[str, Any] | None:
    return None if one is None else {"leads": one.leads, "converted": one.converted, "conversion": _interval(one.rate)}


def _interval(one: Interval) -> dict[str, float] | None:
    if not all(math.isfinite(value) for value in (one.value, one.low, one.high)):
        return None
    return {"value": one.value, "low": one.low, "high": one.high}
