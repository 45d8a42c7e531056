"""What leadscore.yaml says: where the history is, what each column means, target and horizon.

``leadscore init`` writes the file once, with its evidence as comments; from then on the file alone decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from features.domain.email_identity import PlusTags
from features.domain.rejections import RejectionReasons
from features.schema import Schema


class TimeOrder(StrEnum):
    """Where the order in time comes from."""

    CREATED_AT = "created_at"
    COLUMN = "column"
    FILE = "file"
    NONE = "none"


class HistorySource(StrEnum):
    """What training, measuring and monitoring learn from."""

    FILES = "files"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How a file's bytes become a table.

    Parameters
    ----------
    kind : str
        ``csv`` or ``parquet``; compression is read from the file itself.
    delimiter, encoding, decimal : str
        For CSV only.
    """

    kind: str = "csv"
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class LeadsTable:
    """The leads file and its key columns.

    Parameters
    ----------
    file : Path
        Absolute path.
    format : FileFormat
        How to read it.
    lead_id : str or None
        Column of the identifier; None numbers the rows ("row 1", ...).
    created_at, known_at : str or None
        Columns of times; None where the file has none.
    time_format : str or None
        ``strptime`` pattern of its times; None means ISO 8601.
    order : TimeOrder
        What says which lead is older.
    order_column : str or None
        The running number, for ``TimeOrder.COLUMN``.
    order_descending : bool
        Whether a larger number is older, or the file begins with the newest.
    """

    file: Path
    format: FileFormat = field(default_factory=FileFormat)
    lead_id: str | None = None
    created_at: str | None = None
    known_at: str | None = None
    time_format: str | None = None
    order: TimeOrder = TimeOrder.NONE
    order_column: str | None = None
    order_descending: bool = False


@dataclass(frozen=True, slots=True)
class EventsTable:
    """The events file and its key columns; ``time_format`` as in :class:`LeadsTable`."""

    file: Path
    format: FileFormat = field(default_factory=FileFormat)
    lead_id: str = "lead_id"
    occurred_at: str = "occurred_at"
    event: str = "event"
    time_format: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomesTable:
    """The outcomes file and its key columns.

    Parameters
    ----------
    outcome : str or None
        Column that names the outcome; None means that each row is the target outcome.
    occurred_at : str or None
        Column of the moment.
    reason : str or None
        Column of the reason, e.g. why sales rejected.
    """

    file: Path
    format: FileFormat = field(default_factory=FileFormat)
    lead_id: str = "lead_id"
    occurred_at: str | None = "occurred_at"
    outcome: str | None = "outcome"
    reason: str | None = None
    time_format: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentsTable:
    """The file of what people allowed and forbade, and its key columns.

    Parameters
    ----------
    said_at, word : str
        Columns of the moment and of what was said.
    purpose : str or None
        Column of what it is about; None means that each row is about profiling.
    source, proof : str or None
        Columns of where it was said, and of what shows it.
    words : Mapping[str, str]
        By the file's own words, what they mean: ``given``, ``withdrawn`` or ``objected``.
    """

    file: Path
    format: FileFormat = field(default_factory=FileFormat)
    lead_id: str = "lead_id"
    said_at: str = "said_at"
    word: str = "word"
    purpose: str | None = None
    source: str | None = None
    proof: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    time_format: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be predicted.

    Parameters
    ----------
    outcome : str
        The outcome's name (default ``won``).
    horizon_days : float
        Within how long.
    column : str or None
        Flat tables: the column of the leads file that holds it.
    positive : tuple of str
        Texts of ``column``, or event kinds, that mean "reached".
    negative : tuple of str
        Texts of ``column`` that mean "not reached"; event kinds that close a lead as lost.
        Empty for a column: every other value means "not reached".
    from_events : bool
        Whether ``positive`` and ``negative`` are event kinds rather than texts of a column.
    """

    outcome: str = "won"
    horizon_days: float = 90.0
    column: str | None = None
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    from_events: bool = False


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How the outcomes say whether sales accepted a lead that was handed over.

    Parameters
    ----------
    accepted, rejected : str
        Outcomes that are the answer of sales.
    handed_over : str
        Outcome recorded when a lead is handed to sales; where a lead has none, its answers alone count.
    within_days : float
        Span after a recorded hand-over in which sales has to accept; no answer by its end is none.
    reasons : RejectionReasons
        Why sales may reject.
    """

    accepted: str = "sql_accepted"
    rejected: str = "sql_rejected"
    handed_over: str = "sql"
    within_days: float = 14.0
    reasons: RejectionReasons = field(default_factory=RejectionReasons)


@dataclass(frozen=True, slots=True)
class Duplicates:
    """When two records are one person.

    Parameters
    ----------
    merge : bool
        Whether a new record with the mailbox of a known lead is merged into it.
    plus_tags : PlusTags
        Whether ``ann+fair@x.de`` is ``ann@x.de``.
    """

    merge: bool = True
    plus_tags: PlusTags = PlusTags.SAME


class LawfulBasis(StrEnum):
    """What profiling by behaviour rests on (Art. 6(1) GDPR): letter (a) or (f)."""

    CONSENT = "consent"
    LEGITIMATE_INTEREST = "legitimate_interest"


class WithoutBasis(StrEnum):
    """What becomes of a lead that may not be profiled by what it does."""

    FIT_RULES = "fit_rules"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Profiling:
    """On what ground leads are scored, and what happens without it.

    Parameters
    ----------
    basis : LawfulBasis
        ``consent``: only leads that gave it; ``legitimate_interest``: all that did not say no.
    without_basis : WithoutBasis
        Where consent was withdrawn or never given: fit rules alone, or no score. Whoever objected has none in
        either case (Art. 21(2) and (3) GDPR).
    """

    basis: LawfulBasis = LawfulBasis.LEGITIMATE_INTEREST
    without_basis: WithoutBasis = WithoutBasis.REFUSE


@dataclass(frozen=True, slots=True)
class InboundMapping:
    """What a CRM's webhooks mean.

    Parameters
    ----------
    attributes : Mapping[str, str]
        Our attribute by the CRM's property; a property of an attribute's own name needs no entry.
    outcomes : Mapping[str, Mapping[str, str]]
        By the CRM's property, which of its values is which outcome.
    consents : Mapping[str, Mapping[str, str]]
        By the CRM's property, which of its values says what on profiling: ``given``, ``withdrawn`` or ``objected``.
    """

    attributes: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    consents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """A company's leadscore.yaml.

    Parameters
    ----------
    name : str
        The company's or workspace's name; also the model's name in the registry.
    time_zone : str
        IANA zone of times that carry none.
    leads, events, outcomes : tables
        Where the history is; ``events`` and ``outcomes`` may be None.
    target : Target
        What to predict.
    schema : Schema
        What each column means.
    training : Mapping[str, Any]
        Overrides of the training plan (``training.plan.TrainingPlan``), by its field names.
    acceptance : Acceptance
        How the outcomes say whether sales accepted a lead.
    history : HistorySource
        Whether the files below are learned from, or the service's store (which ``leadscore import`` loads them into).
    inbound : Mapping[str, InboundMapping]
        What the webhooks of a CRM mean, by its name in the address.
    source : str or None
        The attribute that tells where a lead came from, by which reports are parted.
    profiling : Profiling
        On what ground leads are scored.
    duplicates : Duplicates
        When two records are one person.
    consents : ConsentsTable or None
        Where it stands what people allowed and forbade.
    """

    name: str
    time_zone: str
    leads: LeadsTable
    events: EventsTable | None
    outcomes: OutcomesTable | None
    target: Target
    schema: Schema
    training: Mapping[str, Any] = field(default_factory=dict)
    acceptance: Acceptance = field(default_factory=Acceptance)
    history: HistorySource = HistorySource.FILES
    inbound: Mapping[str, InboundMapping] = field(default_factory=dict)
    source: str | None = None
    profiling: Profiling = field(default_factory=Profiling)
    duplicates: Duplicates = field(default_factory=Duplicates)
    consents: ConsentsTable | None = None
