"""What a report is made of: the objects of a finished training run, and the views on them that several parts share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from features.catalog import Catalog
from features.config import Config
from features.domain import Sla
from models.card import ModelCard
from models.cutoffs.leads import CertificationLeads
from models.evidence import ModelEvidence
from models.evidence.at_cutoff import AtCutoff, at_cutoff
from models.preregistration import Preregistration
from models.reason_groups import ReasonGroups
from models.reasons import Explanation
from training.acceptance_order import AcceptanceOrder
from training.certification import certification_leads
from training.dataset import Side
from training.discrimination import Area, area, tells_apart
from training.evidence.gather import weeks_of
from training.examples import Examples
from training.fit import FittedScorer
from training.judgement import MODEL, Judgement
from training.plan import TrainingPlan
from training.reasons.table import ReasonTable, just_qualified
from training.rivals import CHAMPION, RULES
from training.splits import Split


@dataclass(frozen=True)
class Material:
    """The objects of a finished run.

    Parameters
    ----------
    config : Config
        The company's.
    plan : TrainingPlan
        The run's choices.
    sla : Sla
        The agreement that the cutoffs were certified against.
    catalog : Catalog
        What the features are.
    fitted : FittedScorer
        The scorer.
    groups : ReasonGroups
        Which concepts are one reason.
    judgement : Judgement
        What the hold-out says of it.
    side : Side
        The held-out rows.
    examples : Examples
        All rows.
    split : Split
        Which of them were learned from and held out.
    evidence : ModelEvidence
        The same as its bundle keeps for the console.
    reasons : ReasonTable
        Each lead's points by reason at its highest probability, the strongest reason first.
    card : ModelCard
        Its card.
    version : str or None
        In the registry; None where it could not be recorded.
    promoted : bool
        Whether it serves.
    in_force : tuple of float or None
        The MQL and SQL cutoffs that hold after the run; None where none do.
    registered : Preregistration
        What was fixed before the held-out outcomes were looked at.
    acceptance : AcceptanceOrder or None
        How the model orders leads by whether sales accepted them.
    warnings : tuple of str
        What the reading of the history and the run warned of.
    """

    config: Config
    plan: TrainingPlan
    sla: Sla
    catalog: Catalog
    fitted: FittedScorer
    groups: ReasonGroups
    judgement: Judgement
    side: Side
    examples: Examples
    split: Split
    evidence: ModelEvidence
    reasons: ReasonTable
    card: ModelCard
    version: str | None
    promoted: bool
    in_force: tuple[float | None, float | None]
    registered: Preregistration
    acceptance: AcceptanceOrder | None = None
    warnings: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The outcome predicted, as the company calls it."""
        return self.config.target.outcome

    @property
    def timed(self) -> bool:
        """Whether leads have creation times."""
        return self.examples.horizon is not None

    @cached_property
    def leads(self) -> CertificationLeads:
        """The held-out leads with the moments at which they reach cutoffs."""
        return certification_leads(self.side, self.judgement.probabilities[MODEL], self.sla.calendar.time_zone)

    @cached_property
    def weeks(self) -> float | None:
        """Over how many weeks the held-out leads came in."""
        return weeks_of(self.side.examples.unique("lead_id")["created_at"])

    @cached_property
    def mql(self) -> AtCutoff:
        """What the proposed MQL cutoff does."""
        return at_cutoff(self.leads, self.judgement.cutoffs.mql.probability, self.weeks)

    @cached_property
    def sql(self) -> AtCutoff:
        """What the proposed SQL cutoff does."""
        return at_cutoff(self.leads, self.judgement.cutoffs.sql.probability, self.weeks)

    @cached_property
    def auc(self) -> Area:
        """Area under the ROC curve, with its error over companies."""
        side = self.side
        return area(self.judgement.probabilities[MODEL], side.label, side.weight, side.company)

    @property
    def constant(self) -> float | None:
        """The probability of every held-out lead where all get the same; else None."""
        said = self.judgement.probabilities[MODEL]
        return float(said[0]) if (said == said[0]).all() else None

    @property
    def signal(self) -> bool:
        """Whether it tells leads apart beyond chance."""
        return tells_apart(self.auc)

    @property
    def rival(self) -> str | None:
        """The one that leads would be chosen by without this model: the champion, else the rules; None without any."""
        return next((name for name in (CHAMPION, RULES) if name in self.judgement.probabilities), None)

    @property
    def holds(self) -> bool:
        """Whether the proposed cutoffs are those in force."""
        cutoffs = self.judgement.cutoffs
        return self.promoted and self.in_force == (cutoffs.mql.probability, cutoffs.sql.probability)

    @property
    def valid_until(self) -> datetime:
        """When the certificate runs out."""
        return self.card.trained_at + timedelta(days=self.sla.certificate_days)

    @cached_property
    def example(self) -> Explanation:
        """The reasons of the lead that only just became an MQL."""
        return just_qualified(self.catalog, self.fitted, self.judgement, self.side, self.groups)
