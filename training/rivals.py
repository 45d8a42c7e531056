"""What a new model is compared with on the hold-out: the calibrated rules, the champion and a scorecard alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.config import Config
from features.domain import LeadscoreError, ModelReference
from features.history.port import History
from features.workspace import Workspace
from models.agreement import Agreement
from models.bundle import load_bundle
from models.calibration import CalibrationKind
from models.evidence import comparison as scorers
from models.rules import RulesCalibration, RuleSet, RulesScorer, read_calibration
from models.rules.calibrated import FILE_NAME as RULES_CALIBRATION
from training.dataset import Dataset
from training.fit import FittedScorer
from training.fresh import probabilities
from training.gates import Rival
from training.moment_weight import leads_of_both_outcomes

Floats = NDArray[np.float64]

RULES, BASE_RATE, CHAMPION, SCORECARD = scorers.RULES, scorers.BASE_RATE, scorers.CHAMPION, scorers.SCORECARD


@dataclass(frozen=True, slots=True)
class RulesRival:
    """The rules on the hold-out.

    Parameters
    ----------
    name : str
        ``calibrated rules``, or ``base rate`` where the rules have no probability.
    probability : array of shape (n,)
        On the held-out rows.
    calibration : RulesCalibration or None
        For the workspace; None without rules.
    sentence : str or None
        What the reader should know.
    """

    name: str
    probability: Floats
    calibration: RulesCalibration | None
    sentence: str | None


def rules_rival(
    workspace: Workspace, config: Config, history: History, data: Dataset, rows: NDArray[np.intp], now: datetime
) -> RulesRival:
    """Return the rules' probabilities, calibrated on the same earlier rows as the model.

    Otherwise the comparison would only show that rules come without a calibration.

    Parameters
    ----------
    workspace, config, history
        The company's.
    data : Dataset
        Both sides.
    rows : array of int
        Rows of the learning side that the model's calibration was fitted on.
    now : datetime
        The present.
    """
    return rules_on(workspace, config, history, data.learn.examples[rows], data.holdout.moments, now)


def rules_on(
    workspace: Workspace, config: Config, history: History, earlier: pl.DataFrame, asked: pl.DataFrame, now: datetime
) -> RulesRival:
    """Return the rules' probabilities at some moments, calibrated on earlier rows.

    Parameters
    ----------
    workspace, config, history
        The company's.
    earlier : pl.DataFrame
        Examples (``lead_id``, ``as_of``, ``label``, ``weight``) of leads that are not asked about.
    asked : pl.DataFrame
        The moments (``lead_id``, ``as_of``).
    now : datetime
        The present.
    """
    label, weight = earlier["label"].to_numpy().astype(np.float64), earlier["weight"].to_numpy()
    base = np.full(asked.height, float(np.average(label, weights=weight)))
    if not workspace.rules_file.is_file():
        return RulesRival(BASE_RATE, base, None, "There is no rules.yaml, so the model is compared with the base rate.")
    scorer = _rules_scorer(workspace, config)
    leads, events = history.leads(), history.events()
    calibration = RulesCalibration.fit(
        scorer.points_many(leads, events, earlier.select("lead_id", "as_of")),
        label,
        rules_file=workspace.rules_file,
        fitted_at=now,
        weight=weight,
        positives=leads_of_both_outcomes(label, np.unique(earlier["lead_id"].to_numpy(), return_inverse=True)[1])[0],
    )
    if calibration.calibration.kind is CalibrationKind.NONE:
        return RulesRival(
            BASE_RATE, base, calibration, "Too few outcomes to calibrate the rules; the base rate stands in."
        )
    return RulesRival(RULES, calibration.probabilities(scorer.points_many(leads, events, asked)), calibration, None)


def rules_as_served(workspace: Workspace, config: Config, history: History, asked: pl.DataFrame) -> RulesRival | None:
    """Return the rules' probabilities with the calibration that serves, or None where there is none of these rules.

    Parameters
    ----------
    workspace, config, history
        The company's; the history may be another.
    asked : pl.DataFrame
        The moments (``lead_id``, ``as_of``).
    """
    if not workspace.rules_file.is_file():
        return None
    calibration = read_calibration(workspace.var / RULES_CALIBRATION, workspace.rules_file)
    if calibration is None or calibration.calibration.kind is CalibrationKind.NONE:
        return None
    points = _rules_scorer(workspace, config).points_many(history.leads(), history.events(), asked)
    return RulesRival(RULES, calibration.probabilities(points), calibration, None)


def require_sound_rules(workspace: Workspace, config: Config) -> None:
    """Refuse rules.yaml where it cannot be used, before a model is trained that it is to be compared with.

    Raises
    ------
    ConfigError
        If the file, or sla.yaml, is not usable.
    """
    if workspace.rules_file.is_file():
        _rules_scorer(workspace, config)


def _rules_scorer(workspace: Workspace, config: Config) -> RulesScorer:
    return RulesScorer(
        RuleSet.from_mapping(workspace.rules(), config.schema),
        Agreement(workspace.sla()),
        reference=ModelReference(f"{config.name} rules", "", None),
    )


def champion_rival(workspace: Workspace, history: History, data: Dataset) -> tuple[Rival | None, str | None]:
    """Return the champion on the held-out rows, or None with a sentence where it cannot answer.

    It is scored anew on the same rows, and compared on those that it never learned from where enough are left; on rows
    that it has seen it has an advantage: the safe side.
    """
    if not workspace.champion.is_dir():
        return None, None
    try:
        # Resolved once: the champion's link may move to another bundle while this one is read.
        place = workspace.champion.resolve()
        bundle = load_bundle(place)
        scorer = bundle.scorer(Agreement.read(workspace), place.name)
        probability = probabilities(scorer, history, data.holdout)
    except LeadscoreError as error:
        return None, f"The champion could not be compared: {error.given}"
    unseen = bundle.card.learned.unseen(data.holdout.examples)
    leads = data.holdout.examples["lead_id"]
    note = (
        f"Compared with the champion on the {leads.filter(pl.Series(unseen)).n_unique():,} of {leads.n_unique():,} "
        "leads held out that it never learned from."
    )
    return Rival(probability, unseen, note), None


def scorecard_rival(data: Dataset, fitted: FittedScorer) -> Floats | None:
    """Return the probabilities of the same recipe without trees; None where the model is that already."""
    if fitted.scorecard is None:
        return None
    margin = fitted.scorecard.margin(fitted.encoder.matrix(data.holdout.features))
    return np.asarray(fitted.scorecard_calibration.probability(margin), dtype=np.float64)
