"""The recipe over time: trained on the past at several origins, tested on the next stretch, against the rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.config import Config, TimeOrder
from features.domain import Clock, InputError, NotTrainedError
from features.encoding import Encoder
from features.history.port import History
from features.history.source import StoreReader, read_history
from features.workspace import Workspace
from models.cutoffs import Cutoffs
from training.backtesting.fold import Fold, figures_of
from training.backtesting.origins import Origin, rolling_origins
from training.backtesting.page import backtest_page
from training.backtesting.result import BacktestResult
from training.certification import certify_holdout
from training.companies import company_codes
from training.dataset import Side, build_dataset, make_side
from training.examples import Examples
from training.fit import FittedScorer, fit_scorer
from training.fresh import examples_of
from training.gates import Decision, draws_for, judge_pair, shared_confidence, too_little
from training.held_out import HeldOut, join
from training.judgement import MODEL, volumes_at
from training.measuring.promises import Kept, Promise, observe_promises
from training.paired import Paired, compare_pair
from training.plan import TrainingPlan
from training.progress import Progress
from training.reporting import ReportFolder
from training.rivals import RULES, require_sound_rules, rules_rival
from training.tracking import RunRecord, record_or_say

Floats = NDArray[np.float64]


def backtest(
    workspace: Workspace,
    folds: int,
    *,
    clock: Clock,
    progress: Progress,
    tracking_uri: str | None = None,
    store: StoreReader | None = None,
) -> BacktestResult:
    """Train the recipe at several moments of the past and test it on what came next.

    Parameters
    ----------
    workspace : Workspace
        The company's.
    folds : int
        Stretches that the newest 60 % of the leads are cut into.
    clock : Clock
        The present.
    progress : Progress
        Told of the stages.
    tracking_uri : str or None
        Of an MLflow server; None takes the workspace's own database.
    store : StoreReader, optional
        How the service's store is read, for a workspace that says ``history: store``.

    Raises
    ------
    InputError
        If nothing in the history says which lead is older.
    NotTrainedError
        If the history has no mature row.
    """
    config, now = workspace.config(), clock.now()
    if config.leads.order is TimeOrder.NONE:
        raise InputError(
            "Nothing in the history says which lead is older.",
            "a creation time, a running number or a file in order of time, for a backtest over time.",
            "Set leads: order in leadscore.yaml, or use evaluate.",
        )
    plan = TrainingPlan.from_mapping(config.training)
    require_sound_rules(workspace, config)
    progress.stage("Reading the history")
    history = read_history(config, clock=clock, store=store)
    examples = examples_of(history, config, plan)
    run = _Run(workspace, config, plan, history, examples, now, progress)
    tested = [run.fold(origin, folds) for origin in rolling_origins(examples, folds)]
    progress.stage("Recording")
    pooled, decision, reasons = _over_all([one for _, one in tested if one is not None], plan)
    report = ReportFolder.make(workspace, "backtest", now)
    result = BacktestResult(tuple(fold for fold, _ in tested), pooled, decision, reasons, (), report.folder)
    report.show(backtest_page(config.name, now, result))
    report.write(result.to_mapping())
    run_id, warning = record_or_say(workspace, _record(config, plan, now, result), tracking_uri)
    warnings = (*history.warnings, *([] if warning is None else [warning]))
    return dataclasses.replace(result, warnings=warnings, run_id=run_id)


@dataclass(frozen=True, slots=True)
class _Tested:
    """The leads of one stretch with what model and rules say of them, and how many are handed over."""

    held_out: HeldOut
    model: Floats
    rules: Floats
    volumes: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Run:
    """What all folds share."""

    workspace: Workspace
    config: Config
    plan: TrainingPlan
    history: History
    examples: Examples
    now: datetime
    progress: Progress

    def fold(self, origin: Origin, folds: int) -> tuple[Fold, _Tested | None]:
        """Train on the past of an origin and test on its stretch; a past that teaches too little says so."""
        self.progress.stage(f"Stretch {origin.number} of {folds}")
        stretch = self.examples.frame[origin.rows]
        since = stretch["created_at"][int(stretch.height * (1 - origin.share))]
        try:
            return self._tested(origin)
        except NotTrainedError as error:
            return Fold(origin.number, since, stretch["created_at"].max(), error.given), None

    def _tested(self, origin: Origin) -> tuple[Fold, _Tested]:
        plan, history = self.plan, self.history
        split = origin.split(history, self.examples, plan)
        catalog = Catalog.from_schema(self.config.schema)
        builder = FeatureBuilder(catalog)
        then = dataclasses.replace(self.examples, frame=self.examples.frame[origin.rows])
        data = build_dataset(history, then, split, builder, max_rows=plan.max_rows, seed=plan.seed)
        encoder, learn = Encoder.fit(catalog, data.learn.features), data.learn
        fitted = fit_scorer(
            encoder, encoder.matrix(learn.features), learn.label, learn.weight, learn.order, learn.company, plan,
            self.progress, mature=learn.mature, teaching=learn.teaching, lead=learn.lead,
        )  # fmt: skip
        model = _said(fitted, data.holdout)
        rules = rules_rival(self.workspace, self.config, history, data, fitted.calibrated_on, self.now)
        cutoffs = certify_holdout(data.holdout, model, self.workspace.sla())
        held_out = self._with_company_of_all(data.holdout, origin)
        highest = model[held_out.best_rows(model)]
        volumes = volumes_at(highest, cutoffs.mql.probability, cutoffs.sql.probability)
        fold = figures_of(origin.number, data, fitted.rung, model, rules, held_out, plan)
        later = self._later(origin, fitted, builder, cutoffs)
        fold = dataclasses.replace(fold, certified=cutoffs.state.value, later=later)
        return fold, _Tested(held_out, model, rules.probability, volumes)

    def _with_company_of_all(self, side: Side, origin: Origin) -> HeldOut:
        """Return the stretch with codes that mean the same lead, company and age in all stretches."""
        frame = self.examples.frame
        company = company_codes(frame["lead_id"], self.history.leads(), self.config.schema)
        # Examples stand in order of age, and the stretch is the newest of them.
        rows = origin.rows[-side.label.size :]
        held_out = side.held_out()
        lead = np.unique(frame["lead_id"].to_numpy(), return_inverse=True)[1].astype(np.int64)
        return dataclasses.replace(held_out, lead=lead[rows], company=company[rows])

    def _later(
        self, origin: Origin, fitted: FittedScorer, builder: FeatureBuilder, cutoffs: Cutoffs
    ) -> tuple[Promise, ...]:
        """Return what the cutoffs did on the leads that came in when they would have served."""
        if origin.later.size == 0:
            return ()
        group = np.arange(self.examples.frame.height)
        side = make_side(self.history, self.examples.frame, origin.later, group, None, builder)
        mql, sql = cutoffs.mql.probability, cutoffs.sql.probability
        return observe_promises(side, _said(fitted, side), self.workspace.sla(), mql, sql)


def _said(fitted: FittedScorer, side: Side) -> Floats:
    margin = fitted.model.margin(fitted.encoder.matrix(side.features))
    return np.asarray(fitted.calibration.probability(margin), dtype=np.float64)


_TOO_SHORT = (
    "Undecided: no stretch of the past taught enough to be tested. A stretch learns from leads whose horizon was over "
    "before it began, and the leads that it tests need another one: that takes a history well over two horizons long, "
    "or a shorter horizon_days in leadscore.yaml."
)


def _over_all(tested: Sequence[_Tested], plan: TrainingPlan) -> tuple[Paired | None, Decision, tuple[str, ...]]:
    """Return the comparison on all stretches together: their leads differ, so they are one sample."""
    if not tested:
        return None, Decision.UNDECIDED, (_TOO_SHORT,)
    held_out = join([one.held_out for one in tested])
    short = too_little(held_out, plan)
    if short is not None:
        return None, Decision.UNDECIDED, (short.replace("held out", "in all stretches"),)
    mql, sql = (float(np.mean([one.volumes[place] for one in tested])) for place in (0, 1))
    paired = compare_pair(
        np.concatenate([one.model for one in tested]), np.concatenate([one.rules for one in tested]), RULES, held_out,
        (mql, sql), confidence=shared_confidence(plan), draws=draws_for(plan), seed=plan.seed,
    )  # fmt: skip
    decision, reasons = judge_pair(paired, shared_confidence(plan))
    return paired, decision, reasons


def _record(config: Config, plan: TrainingPlan, now: datetime, result: BacktestResult) -> RunRecord:
    trained = [fold for fold in result.folds if fold.why_not is None]
    metrics: dict[str, float | Sequence[float]] = {
        f"{who}.{name}": [figures[name] for fold in trained for figures in (getattr(fold, where),)]
        for who, where in ((MODEL, "model"), (RULES.replace(" ", "_"), "rules"))
        for name in ("log_loss", "auc", "brier")
    }
    if result.pooled is not None:
        metrics |= {name: value for name, value in result.pooled.metrics().items() if np.isfinite(value)}
    told = {name: values for name, values in metrics.items() if values != []}
    broken = sum(promise.state is Kept.BROKEN for fold in trained for promise in fold.later)
    return RunRecord(
        experiment=config.name,
        name=f"{now:%Y-%m-%d %H:%M:%S} backtest",
        kind="backtest",
        parameters={**plan.to_mapping(), "folds": len(result.folds)},
        metrics={**told, "promises_broken": float(broken)},
        tags={"decision": "holds" if result.holds else result.decision.value, "reasons": "\n".join(result.reasons)},
        folders={"report": result.report},
        texts={},
    )
