"""A training run, top to bottom: from a company's history to a model that serves, or the reasons why not."""

from __future__ import annotations

from datetime import datetime

from features.builder import FeatureBuilder
from features.catalog import Catalog
from features.config import TimeOrder
from features.domain import Clock, NotTrainedError
from features.encoding import Encoder
from features.history.port import History
from features.history.source import StoreReader, read_history
from features.workspace import Workspace
from models.agreement import Agreement
from models.reason_groups import ReasonGroups
from models.rules.calibrated import FILE_NAME as RULES_CALIBRATION
from training.acceptance_order import order_of_acceptance
from training.background import background_of
from training.card import make_card
from training.certification import preregister_holdout
from training.dataset import Dataset, build_dataset
from training.evidence.gather import evidence_of
from training.evidence.reasons import overall_reasons
from training.examples import make_examples
from training.fingerprint import fingerprint
from training.fit import FittedScorer, fit_scorer
from training.fresh import learned_from
from training.gates import Rival
from training.handover import hand_over, write_trained
from training.judgement import MODEL, Judgement, judge
from training.looks import looks_before, record_look
from training.plan import TrainingPlan
from training.progress import Progress
from training.reasons.audit import audit_judged
from training.reasons.table import ReasonTable
from training.reference import reference_of
from training.refusal import keep_refusal
from training.report.keep import keep_report
from training.report.material import Material
from training.result import TrainingResult
from training.rivals import (
    CHAMPION,
    SCORECARD,
    RulesRival,
    champion_rival,
    require_sound_rules,
    rules_rival,
    scorecard_rival,
)  # fmt: skip
from training.splits import split_examples


def train(
    workspace: Workspace,
    *,
    clock: Clock,
    progress: Progress,
    tracking_uri: str | None = None,
    store: StoreReader | None = None,
) -> TrainingResult:
    """Train a model on a workspace's history and promote it if it passes the gate.

    Parameters
    ----------
    workspace : Workspace
        The company's folder; everything is written below its ``var``.
    clock : Clock
        Tells ``trained_at``, and which moments lie in the future.
    progress : Progress
        Told of the stages.
    tracking_uri : str or None
        Of an MLflow server; None takes the workspace's own database.
    store : StoreReader, optional
        How the service's store is read, for a workspace that says ``history: store``.

    Returns
    -------
    TrainingResult
        What was chosen and why, how good it is, and whether it serves.

    Raises
    ------
    NotTrainedError
        If there is too little to learn from; what serves stays, and the reason is kept in ``var/reports``.
    ConfigError, HistoryError
        If a file of the workspace is not usable.
    """
    try:
        return _run(workspace, clock=clock, progress=progress, tracking_uri=tracking_uri, store=store)
    except NotTrainedError as error:
        keep_refusal(workspace, error, clock.now())
        raise


def _run(
    workspace: Workspace, *, clock: Clock, progress: Progress, tracking_uri: str | None, store: StoreReader | None
) -> TrainingResult:
    config, now = workspace.config(), clock.now()
    plan = TrainingPlan.from_mapping(config.training)
    require_sound_rules(workspace, config)

    progress.stage("Reading the history")
    history = read_history(config, clock=clock, store=store)
    data_read = fingerprint(config, history)

    progress.stage("Making examples and features")
    examples = make_examples(
        history, config.target.outcome, config.target.horizon_days, plan.moments_days, config.acceptance
    )
    split = split_examples(
        examples, history.leads(), config.schema, ordered=config.leads.order is not TimeOrder.NONE,
        share=plan.holdout_share, enough=plan.trees_min_positives, seed=plan.seed,
        young_rows=plan.young_rows,
    )  # fmt: skip
    catalog = Catalog.from_schema(config.schema)
    builder = FeatureBuilder(catalog)
    data = build_dataset(history, examples, split, builder, max_rows=plan.max_rows, seed=plan.seed)
    encoder = Encoder.fit(catalog, data.learn.features)
    # Before anything is learned, so that no figure of the hold-out can have shaped what is promised of it.
    registered = preregister_holdout(workspace, data.holdout, verb="train", split=split.made, data=data_read, at=now)

    fitted = _fit(encoder, data, plan, progress)
    background = background_of(catalog, fitted, data.learn, history, plan.seed)

    progress.stage("Judging on the hold-out")
    rules = rules_rival(workspace, config, history, data, fitted.calibrated_on, now)
    judgement, told = _judge(workspace, history, fitted, catalog, data, rules, plan, now, background.groups)
    acceptance = order_of_acceptance(data.holdout, judgement.probabilities[MODEL], judgement.cutoffs)
    absent = () if examples.left_out is None else (examples.left_out,)
    audit = audit_judged(catalog, fitted, judgement, data.holdout, data.learn, background.groups, seed=plan.seed)
    answered = tuple(one.sentence for one in (acceptance, audit) if one is not None)
    looked = () if registered.sentence is None else (registered.sentence,)
    sentences = (*absent, *split.sentences, *fitted.choices, *told, *answered, *looked)

    progress.stage("Writing the bundle")
    card = make_card(
        config, plan, fitted, judgement, data=data_read, counts=examples.counts, sentences=sentences,
        learned=learned_from(examples, split, history, config, config.target.horizon_days), trained_at=now,
        acceptance=acceptance, audit=audit,
    )  # fmt: skip
    table = ReasonTable.of(catalog, fitted, judgement, data.holdout, background.groups)
    evidence = evidence_of(
        data.holdout, judgement.probabilities, judgement.evaluations,
        [one.paired for one in judgement.verdict.comparisons], judgement.verdict.confidence or plan.gate_confidence,
        judgement.reliability, overall_reasons(table, data.holdout.features[judgement.best]),
        workspace.sla().calendar.time_zone,
    )  # fmt: skip
    reference = reference_of(fitted.encoder, fitted.model, fitted.calibration, judgement.cutoffs, data.holdout)
    bundle = write_trained(
        workspace, catalog, fitted, judgement, card, data.learn.features, background, reference, evidence
    )
    if rules.calibration is not None:
        rules.calibration.write(workspace.var / RULES_CALIBRATION)

    progress.stage("Recording and handing over")
    handed = hand_over(workspace, bundle, card, judgement, clock, tracking_uri)
    record_look(workspace, judgement.verdict, handed.version, now, preregistered=registered.digest)
    progress.stage("Writing the report")
    in_force = Agreement.read(workspace)
    kept = keep_report(
        workspace,
        Material(
            config=config, plan=plan, sla=workspace.sla(), catalog=catalog, fitted=fitted, groups=background.groups,
            judgement=judgement, side=data.holdout, examples=examples, split=split, evidence=evidence, reasons=table,
            card=card, version=handed.version, promoted=handed.promoted, in_force=(in_force.mql, in_force.sql),
            registered=registered, acceptance=acceptance, warnings=(*history.warnings, *handed.warnings),
        ),
        handed.run_id, tracking_uri,
    )  # fmt: skip
    return TrainingResult(
        version=handed.version,
        bundle=handed.bundle,
        run_id=handed.run_id,
        promoted=handed.promoted,
        rung=fitted.rung,
        sentences=sentences,
        verdict=judgement.verdict,
        cutoffs=judgement.cutoffs,
        evaluations=judgement.evaluations,
        older_newer=judgement.older_newer,
        counts=examples.counts,
        warnings=(*history.warnings, *handed.warnings, *kept.warnings),
        holdout=split.made,
        acceptance=acceptance,
        report=kept.page,
    )


def _fit(encoder: Encoder, data: Dataset, plan: TrainingPlan, progress: Progress) -> FittedScorer:
    learn = data.learn
    return fit_scorer(
        encoder, encoder.matrix(learn.features), learn.label, learn.weight, learn.order, learn.company, plan, progress,
        mature=learn.mature, teaching=learn.teaching, lead=learn.lead,
    )  # fmt: skip


def _judge(
    workspace: Workspace,
    history: History,
    fitted: FittedScorer,
    catalog: Catalog,
    data: Dataset,
    rules: RulesRival,
    plan: TrainingPlan,
    now: datetime,
    groups: ReasonGroups,
) -> tuple[Judgement, tuple[str, ...]]:
    """Return what the hold-out says of the model, the rules, the champion and a scorecard alone."""
    champion, absent = champion_rival(workspace, history, data)
    scorecard = scorecard_rival(data, fitted)
    gate = {rules.name: Rival(rules.probability)} | ({} if champion is None else {CHAMPION: champion})
    judgement = judge(
        fitted, catalog, data.holdout, workspace.sla(), gate=gate,
        report={} if scorecard is None else {SCORECARD: scorecard}, plan=plan,
        looks_before=looks_before(workspace, now), groups=groups,
    )  # fmt: skip
    return judgement, tuple(sentence for sentence in (rules.sentence, absent) if sentence is not None)
