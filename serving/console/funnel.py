"""The funnel report: how far leads came, how soon, what sales said, and whether the agreement was kept."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import anyio.to_thread
from starlette.datastructures import QueryParams
from starlette.responses import Response

from features.domain import Text, say
from models.cutoffs.contact_sentences import german_span
from serving.api.operations import FUNNEL_BY, READERS, SLA_BY
from serving.api.queries import ReportAsked, report_asked
from serving.api.report_routes import NAMING
from serving.calls.reports import By, ReportSetting, funnel_report, sla_report
from serving.console import funnel_charts
from serving.console.charts import Chart
from serving.console.csv_file import csv_answer
from serving.console.paths import LEAD_PREFIX
from serving.console.visit import DONE, Visit
from serving.console.words import funnel as words
from serving.engines import agreement_that_serves

WEEKS = 13
"""Weeks that the page shows at first beside those of the horizon, in which nothing can be judged yet."""

_MOST_WEEKS = 104

PATH = "/funnel"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel: its count so far, its bar's length in percent of all leads, and its rate if it has one."""

    name: Text
    count: int
    width: float
    share: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Clause:
    """A promise and what came of it."""

    promise: Text
    happened: Text
    figure: Mapping[str, Any]
    verdict: str

    @property
    def tone(self) -> str:
        """The badge's tone."""
        return {"kept": "good", "broken": "bad"}.get(self.verdict, "doubt")


@dataclass(frozen=True, slots=True)
class Breach:
    """A hand-over that was late; ``address`` is None where the visitor may not see leads."""

    lead_id: str | None
    address: str | None
    owner: str | None
    handed_over_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    hours_late: float


@dataclass(frozen=True, slots=True)
class FunnelPage:
    """What stands on the page.

    Parameters
    ----------
    asked : ReportAsked
        Days, and by what the report is parted.
    bys : tuple of By
        What may be chosen; not the source where no attribute tells it.
    funnel, sla : Mapping[str, Any]
        The reports in the shape of the API.
    steps : tuple of Step
        Of all leads.
    parts : tuple of (Text, Mapping)
        The rows with their names.
    charts : tuple of Chart
        Of the parts.
    reasons : Chart or None
        Why sales rejected.
    clauses : tuple of Clause
        The agreement.
    sla_charts : tuple of Chart
        Of its weeks or months.
    breaches : tuple of Breach
        The newest ones.
    csv : str
        Address of the file.
    workspace : str
        For the command that is shown while there are no leads.
    confidence : float
        Share of weeks and hand-overs for which a promise about them has to hold.
    """

    asked: ReportAsked
    bys: tuple[By, ...]
    funnel: Mapping[str, Any]
    sla: Mapping[str, Any]
    steps: tuple[Step, ...]
    parts: tuple[tuple[Text, Mapping[str, Any]], ...]
    charts: tuple[Chart, ...]
    reasons: Chart | None
    clauses: tuple[Clause, ...]
    sla_charts: tuple[Chart, ...]
    breaches: tuple[Breach, ...]
    csv: str
    workspace: str
    confidence: float

    @property
    def total(self) -> Mapping[str, Any]:
        """Figures of all leads."""
        total: Mapping[str, Any] = self.funnel["total"]
        return total

    @property
    def last(self) -> datetime:
        """The last day."""
        return self.asked.span.end - timedelta(hours=1)

    @property
    def has_hand_overs(self) -> bool:
        """Whether sales was handed anything within the span."""
        return any(one["handed_over"] for one in self.sla["periods"])

    @property
    def certificate_until(self) -> datetime | None:
        """When the certificate runs out."""
        return _moment(self.sla["certificate"]["valid_until"])

    @property
    def in_force_since(self) -> datetime | None:
        """Since when the cutoffs hold, where that is within what is shown."""
        since = _moment(self.sla["certificate"]["since"])
        return since if since is not None and since > self.asked.span.begin else None

    @property
    def mature_until(self) -> datetime:
        """Leads until then have had their horizon."""
        return datetime.fromisoformat(self.funnel["mature_until"])

    @property
    def hours(self) -> tuple[int, int]:
        """Hours in which rules answered for want of a model, and in which anything was scored."""
        periods = self.sla["periods"]
        return sum(one["degraded_hours"] for one in periods), sum(one["hours"] for one in periods)


async def show(visit: Visit) -> Response:
    """Show the report."""
    asked, setting = _asked(visit)
    scoring = visit.scoring.scoring
    agreement = await anyio.to_thread.run_sync(agreement_that_serves, scoring.workspace, scoring.champion)
    by = asked.by if asked.by in SLA_BY else By.WEEK
    names = visit.may(NAMING)
    # Side by side: most of each is SQLite at work without Python's lock. It takes a fifth more of the processor, and
    # a quarter less of the reader's time.
    funnel, sla = await asyncio.gather(
        visit.read(lambda tx: funnel_report(tx, setting, asked.span, asked.by)),
        visit.read(lambda tx: sla_report(tx, setting, agreement, asked.span, by, with_ids=names)),
    )
    return visit.page("funnel.html", _page(visit, asked, setting, funnel, sla), words)


async def download(visit: Visit) -> Response:
    """Send the rows of the report as CSV."""
    asked, setting = _asked(visit)
    report = await visit.read(lambda tx: funnel_report(tx, setting, asked.span, asked.by))
    head = [asked.by.value, "to", *report["total"]["counts"], "missed_customers"]
    for step in report["total"]["steps"]:
        named = f"{step['from']}_to_{step['to']}"
        head += [
            f"{named}_of",
            f"{named}_count",
            f"{named}_rate",
            f"{named}_low",
            f"{named}_high",
            f"{named}_median_days",
        ]
    head += ["answered", "accepted", "waiting"]
    rows = [_line(row) for row in report["rows"]]
    return csv_answer(f"funnel-by-{asked.by.value}-{report['from']}-{report['to']}.csv", head, rows)


def _line(row: Mapping[str, Any]) -> list[object]:
    line: list[object] = [row["from"] or row["name"] or ("(others)" if row["is_rest"] else None), row["to"]]
    line += [*row["counts"].values(), row["missed_customers"]]
    for step in row["steps"]:
        line += [step[name] for name in ("of", "count", "rate", "low", "high", "median_days")]
    return [*line, row["acceptance"]["of"], row["acceptance"]["count"], row["acceptance"]["waiting"]]


def _asked(visit: Visit) -> tuple[ReportAsked, ReportSetting]:
    usual: ReportSetting = visit.request.app.state.report_setting
    setting = usual.under(visit.sla)
    given = [(name, value) for name, value in visit.request.query_params.multi_items() if value and name != DONE]
    now = visit.scoring.scoring.clock.now()
    weeks = min(WEEKS + math.ceil(setting.horizon / timedelta(weeks=1)), _MOST_WEEKS)
    return report_asked(QueryParams(given), setting, now, FUNNEL_BY, weeks), setting


def _page(
    visit: Visit, asked: ReportAsked, setting: ReportSetting, funnel: Mapping[str, Any], sla: Mapping[str, Any]
) -> FunnelPage:
    parts = tuple((_part(row, asked.by), row) for row in funnel["rows"])
    query = {"from": funnel["from"], "to": funnel["to"], "by": asked.by.value}
    return FunnelPage(
        asked=asked,
        bys=tuple(by for by in FUNNEL_BY if by is not By.SOURCE or setting.source is not None),
        funnel=funnel,
        sla=sla,
        steps=tuple(_steps(funnel["total"])),
        parts=parts,
        charts=funnel_charts.of_parts(parts, asked.by, funnel),
        reasons=funnel_charts.of_rejections(funnel["rejections"], visit.scoring.words.acceptance.reasons.labels),
        clauses=tuple(_clause(one, setting) for one in sla["clauses"]),
        sla_charts=funnel_charts.of_periods(sla["periods"], By(sla["by"])),
        breaches=tuple(_breach(one, visit) for one in sla["breaches"]),
        csv=f"{PATH}/report.csv?{urlencode(query)}",
        workspace=visit.settings.workspace or "DIR",
        confidence=setting.sla.confidence,
    )


def _steps(total: Mapping[str, Any]) -> Sequence[Step]:
    counts, leads = total["counts"], max(total["counts"]["lead"], 1)
    shares = [None, *total["steps"]]
    return [
        Step(words.STEPS[name], count, round(100 * count / leads, 2), share)
        for (name, count), share in zip(counts.items(), shares, strict=True)
    ]


def _part(row: Mapping[str, Any], by: By) -> Text:
    if row["from"] is not None:
        return say.day(datetime.combine(date.fromisoformat(row["from"]), datetime.min.time()))
    if row["is_rest"]:
        return words.REST
    if row["name"] is None:
        return words.NO_PERSONA if by is By.PERSONA else words.UNKNOWN
    return Text.same(row["name"])


def _clause(one: Mapping[str, Any], setting: ReportSetting) -> Clause:
    total = one["total"]
    if total["verdict"] == "not_measured":
        happened = words.NOT_MEASURED
    elif not total["of"]:
        happened = words.NONE_YET
    else:
        counted = words.COUNTED[one["name"]]
        happened = say.sentence(
            counted.en, counted.de, count=say.whole(total["count"]), of=say.whole(total["of"]),
            rate=say.percent(total["rate"]),
        )  # fmt: skip
    promised = words.CLAUSES[one["name"]]
    promise = say.sentence(promised.en, promised.de, promise=_promise(one, setting))
    return Clause(promise, happened, total, total["verdict"])


def _promise(one: Mapping[str, Any], setting: ReportSetting) -> Text:
    promise = one["promise"]
    if isinstance(promise, str):
        part = setting.sla.mql if one["name"].startswith("mql.") else setting.sla.sql
        span = part.contact_within
        return Text.same(promise) if span is None else Text(str(span), german_span(span))
    return say.given(promise) if promise < 1 else say.whole(promise)


def _breach(one: Mapping[str, Any], visit: Visit) -> Breach:
    lead_id = one["lead_id"]
    address = LEAD_PREFIX + quote(lead_id, safe="") if lead_id is not None and visit.may(READERS) else None
    return Breach(
        lead_id, address, one["owner"], datetime.fromisoformat(one["handed_over_at"]),
        datetime.fromisoformat(one["due_at"]), _moment(one["stopped_at"]), one["business_hours_late"],
    )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
