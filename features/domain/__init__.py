"""The shared words: leads, events, outcomes, scores, the agreement. Standard library only."""

from features.domain.clock import Clock, FixedClock, SystemClock
from features.domain.errors import (
    BundleError,
    ConfigError,
    HistoryError,
    InputError,
    LeadscoreError,
    ModelUnavailableError,
    NotTrainedError,
    RegistryError,
    TooFewLeadsError,
    WorkspaceError,
)
from features.domain.lead import Event, Lead, Outcome, Value
from features.domain.persona import Persona
from features.domain.score import OTHER, ModelReference, Reason, Score, SlaReference
from features.domain.sla import CLAUSES, Calendar, Duration, MqlClauses, Sla, SqlClauses
from features.domain.stage import Engine, Group, Stage
from features.domain.text import Text

__all__ = [
    "CLAUSES", "OTHER", "BundleError", "Calendar", "Clock", "ConfigError", "Duration", "Engine", "Event",
    "FixedClock", "Group", "HistoryError", "InputError", "Lead", "LeadscoreError", "ModelReference",
    "ModelUnavailableError", "MqlClauses", "NotTrainedError", "Outcome", "Persona", "Reason", "RegistryError",
    "Score", "Sla", "SlaReference", "SqlClauses", "Stage", "SystemClock", "Text", "TooFewLeadsError", "Value",
    "WorkspaceError",
]  # fmt: skip
