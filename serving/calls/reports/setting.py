"""What a workspace's reports go by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from features.config import Config
from features.domain import Sla, Stage
from features.domain.score import iso
from serving.calls.reports.span import By, Span
from serving.calls.stage_steps import OPPORTUNITY
from serving.store.journeys import StepWords


@dataclass(frozen=True, slots=True)
class ReportSetting:
    """Names and spans.

    Parameters
    ----------
    words : StepWords
        What outcomes are called.
    horizon : timedelta
        Within which a lead is to convert.
    sla : Sla
        The agreement; its calendar's zone is where days begin.
    source : str or None
        The attribute that tells where a lead came from.
    """

    words: StepWords
    horizon: timedelta
    sla: Sla
    source: str | None

    @classmethod
    def of(cls, config: Config, sla: Sla) -> Self:
        """Return the setting of a workspace."""
        answers = config.acceptance
        steps = {
            "mql": Stage.MQL, answers.handed_over: Stage.SQL, answers.accepted: Stage.SQL, answers.rejected: Stage.SQL,
            OPPORTUNITY: Stage.OPPORTUNITY, config.target.outcome: Stage.CUSTOMER,
        }  # fmt: skip
        words = StepWords(steps, answers.accepted, answers.rejected)
        return cls(words, timedelta(days=config.target.horizon_days), sla, config.source)

    def heading(self, span: Span, by: By, now: datetime) -> dict[str, Any]:
        """Return what every report begins with: what it is about, and as of when."""
        return {
            "from": span.first.isoformat(),
            "to": span.last.isoformat(),
            "time_zone": span.zone.key,
            "as_of": iso(now),
            "by": by.value,
            "horizon_days": self.horizon / timedelta(days=1),
        }

    def under(self, sla: Sla) -> Self:
        """Return the same under the agreement that is in force now."""
        return replace(self, sla=sla)

    @property
    def zone(self) -> ZoneInfo:
        """Where a report's days begin."""
        return ZoneInfo(self.sla.calendar.time_zone)
