"""What the calls about the agreement take and answer, field by field (see :mod:`serving.answers`)."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from serving.answers import Answer
from serving.wire import StrictBody


class AgreedAnswer(Answer):
    """An agreement as sla.yaml writes it, every entry named."""

    version: int
    valid_from: str | None
    agreed_by: dict[str, str]
    confidence: float
    mql: dict[str, Any] = Field(description="Clauses of a Marketing Qualified Lead.")
    sql: dict[str, Any] = Field(description="Clauses of a Sales Qualified Lead.")
    priority: list[str]
    hysteresis: float
    certificate_days: int
    calendar: dict[str, Any]
    personas: list[dict[str, Any]]


class SlaAnswer(AgreedAnswer):
    """The agreement and the cutoffs in force."""

    cutoffs: dict[str, Any] | None = Field(description="The cutoffs in force; null before any model.")
    is_signed: bool = Field(description="Whether marketing and sales signed it; else sla.yaml holds as it is.")
    rejection_reasons: dict[str, dict[str, str]] = Field(
        description="Why sales may reject a lead, by name, with the label in each language (leadscore.yaml)."
    )
    proposed: AgreedAnswer | None = Field(description="What sla.yaml says, where it has changed and nobody signed it.")


class ProposalRequest(StrictBody):
    """The body of ``POST /v1/sla/proposals``; an empty object proposes what sla.yaml says at the cutoffs in force."""

    sla: dict[str, Any] | None = Field(
        default=None, description="The agreement as sla.yaml writes it. Default: what sla.yaml says."
    )
    mql: float | None = Field(default=None, gt=0.0, lt=1.0, description="Cutoff as a probability. Default: in force.")
    sql: float | None = Field(default=None, gt=0.0, lt=1.0, description="Likewise; not below mql.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.mql is None) is not (self.sql is None):
            raise PydanticCustomError("missing-field", "Expected mql and sql, or neither.")
        if self.mql is not None and self.sql is not None and self.sql < self.mql:
            raise PydanticCustomError("invalid-value", "Expected sql at or above mql: an SQL is an MQL.")
        return self

    @property
    def cutoffs(self) -> tuple[float, float] | None:
        """Both cutoffs, None for those in force."""
        return None if self.mql is None or self.sql is None else (self.mql, self.sql)


class SignatureAnswer(Answer):
    """One department's signature."""

    role: Literal["marketing", "sales"]
    signed_by: str
    signed_at: str


class ProposalAnswer(Answer):
    """A proposed agreement, and who signed it."""

    proposal_id: int
    sla: AgreedAnswer
    mql: float | None = Field(description="Cutoff as a probability; null before any model.")
    sql: float | None
    state: str = Field(description="Of the cutoffs' certificate: certified, provisional, uncertified, ...")
    model_version: str | None = Field(description="The model whose data say so.")
    certificate: dict[str, Any] = Field(description="The certificate whole; empty where nothing was measured.")
    proposed_at: str
    proposed_by: str
    signatures: list[SignatureAnswer]
    in_force_since: str | None = Field(description="When the second signature put it in force.")
    is_in_force: bool


class ProposalsAnswer(Answer):
    """Proposals, the newest first."""

    proposals: list[ProposalAnswer]
    cursor: str | None = Field(description="Of the next page; null for the last.")


class RangeAnswer(Answer):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class LoadAnswer(Answer):
    """What a cutoff asks of sales, against what the agreement lets through."""

    max_per_week: int
    share_of_limit: RangeAnswer | None = Field(description="Mean SQLs a week over the limit; null without times.")
    weeks_over_limit: RangeAnswer | None = Field(description="Share of the weeks with more SQLs than the limit.")
    weeks: int = Field(description="Whole weeks counted.")


class StageOutlookAnswer(Answer):
    """What one stage's cutoff would have done."""

    probability: float
    share_of_leads: float = Field(description="Of all leads held out, those that ever reach it.")
    per_week: RangeAnswer | None = Field(description="Leads a week that reach it; null without times.")
    usual_week: list[float] | None = Field(description="Between these lay nine of ten weeks; null of few weeks.")
    conversion: RangeAnswer | None = Field(description="Share that reached the target; null where nobody reaches it.")
    missed_customers: RangeAnswer | None = Field(description="Share of the later customers that never reach it.")
    acceptance: RangeAnswer | None = Field(description="Share that sales took on, of those it answered.")
    load: LoadAnswer | None = Field(description="For SQLs, where the agreement limits them.")


class CutoffPairAnswer(Answer):
    """Both cutoffs."""

    mql: StageOutlookAnswer
    sql: StageOutlookAnswer


class BetweenAnswer(Answer):
    """The leads between the cutoff asked for and the one in force."""

    leads: int
    converted: int
    conversion: RangeAnswer | None


class BetweenBothAnswer(Answer):
    """Of both stages; null where nothing moves."""

    mql: BetweenAnswer | None
    sql: BetweenAnswer | None


class MeasuredOnAnswer(Answer):
    """The leads that all of it was counted on: held out at training, from before the model served."""

    leads: int
    of: int = Field(description="Leads that they were drawn from; the same number where these are all.")
    from_: str | None = Field(alias="from", description="First day on which they came in; null without times.")
    until: str | None
    weeks: float | None


class WhatIfAnswer(Answer):
    """What other cutoffs would have done. An estimate, no promise: that is the certificate's."""

    model_version: str
    measured_on: MeasuredOnAnswer
    asked: CutoffPairAnswer
    in_force: CutoffPairAnswer | None = Field(description="The cutoffs in force; null where there are none.")
    between: BetweenBothAnswer
