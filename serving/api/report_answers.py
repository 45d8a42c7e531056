"""What the calls for reports answer, field by field."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from serving.answers import Answer, StageName


class ShareAnswer(Answer):
    """A share with its two-sided exact 95 % interval; null where there is nothing to judge by."""

    of: int = Field(description="How many could have.")
    count: int = Field(description="How many did.")
    rate: float | None
    low: float | None
    high: float | None


class FunnelCountsAnswer(Answer):
    """Leads that came in, and how many of them are or were at each step or further by now."""

    lead: int
    mql: int
    sql: int
    opportunity: int
    customer: int


class StepAnswer(ShareAnswer):
    """From one step to the next, of leads whose horizon is over, within it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: StageName = Field(alias="from")
    to: StageName
    median_days: float | None = Field(
        description="Of those that took the step; who skipped the one before is left out."
    )


class AcceptanceAnswer(ShareAnswer):
    """How many of the SQLs that sales answered it accepted; its last word counts."""

    waiting: int = Field(description="SQLs without an answer.")


class FunnelFiguresAnswer(Answer):
    """The figures of some leads."""

    counts: FunnelCountsAnswer
    missed_customers: int = Field(description="Customers that were neither MQL nor SQL before they bought.")
    maturity: Literal["mature", "partly", "immature"] = Field(
        description="Whether the horizon is over for all of them, for some, or for none."
    )
    conversion: ShareAnswer = Field(
        description="From lead to customer within the horizon, of leads for which it is over."
    )
    steps: list[StepAnswer]
    acceptance: AcceptanceAnswer


class FunnelRowAnswer(FunnelFiguresAnswer):
    """The figures of a week, a month, a source or a persona."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str | None = Field(description="The source or persona; null where it is not known, and for a period.")
    is_rest: bool = Field(description="Whether these are all smaller ones together.")
    from_: str | None = Field(alias="from", description="First day of the period.")
    to: str | None = Field(description="Last day of the period.")


class ReasonCountAnswer(Answer):
    """Why sales rejected leads."""

    reason: str | None
    is_rest: bool = Field(description="Whether these are all rarer ones together.")
    count: int = Field(description="Leads that were rejected for it.")


class ReportAnswer(Answer):
    """What a report is about."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: str = Field(alias="from", description="First day.")
    to: str = Field(description="Last day, included.")
    time_zone: str = Field(description="Where the days begin: the agreement's.")
    as_of: str = Field(description="What was known at this moment.")
    horizon_days: float


class FunnelAnswer(ReportAnswer):
    """How far the leads came that came in within the span."""

    by: Literal["week", "month", "source", "persona"]
    source_attribute: str | None = Field(description="The attribute that tells the source, as leadscore.yaml says.")
    mature_until: str = Field(description="Leads that came in until then have had their whole horizon.")
    total: FunnelFiguresAnswer
    rows: list[FunnelRowAnswer]
    rejections: list[ReasonCountAnswer]


class CertificateAnswer(Answer):
    """The cutoffs in force and their certificate."""

    state: str = Field(
        description="certified, provisional, infeasible, expired, violated, uncertified, not_measured or none."
    )
    signed: bool
    mql: float | None
    sql: float | None
    model_version: str | None
    since: str | None
    valid_until: str | None


class VolumeAnswer(Answer):
    """What happened in a week or month."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: str = Field(alias="from")
    to: str
    capacity: float | None = Field(description="SQLs that sales can take in so many days.")
    mql: int = Field(description="Leads that became an MQL or more for the first time.")
    sql: int = Field(description="Leads that became an SQL or more for the first time.")
    customers: int
    handed_over: int = Field(description="Hand-overs to sales that began.")
    late: int = Field(description="Of these, sales did not call in time.")
    scores: int
    degraded_scores: int = Field(description="Of these, rules answered although a model was expected.")
    hours: int = Field(description="Hours in which something was scored.")
    degraded_hours: int = Field(description="Of these, hours in which rules answered although a model was expected.")


class KeptAnswer(ShareAnswer):
    """A clause against what happened."""

    open: int = Field(description="Cases that cannot be told yet.")
    verdict: Literal["kept", "broken", "unclear", "open", "not_measured"] = Field(
        description="kept or broken where the interval lies on one side of the limit; unclear where it does not; "
        "open where nothing can be told yet."
    )


class ClauseAnswer(Answer):
    """A clause of the agreement."""

    name: str
    promise: float | str
    limit: float = Field(description="What the rate is held against.")
    direction: Literal["at_least", "at_most"]
    total: KeptAnswer
    periods: list[KeptAnswer] = Field(description="In the order of the report's periods.")


class BreachAnswer(Answer):
    """A hand-over whose time was over before sales called."""

    lead_id: str | None = Field(description="Null for a data scientist.")
    owner: str | None = Field(description="Null for a data scientist, too.")
    handed_over_at: str
    due_at: str
    stopped_at: str | None = Field(description="When sales called or answered; null where it has not.")
    business_hours_late: float


class SlaReportAnswer(ReportAnswer):
    """What was agreed against what happened."""

    by: Literal["week", "month"]
    sla_version: int
    certificate: CertificateAnswer
    periods: list[VolumeAnswer]
    clauses: list[ClauseAnswer]
    breaches: list[BreachAnswer] = Field(description="The newest 50.")
