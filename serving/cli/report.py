"""``leadscore report``: how far leads came, and whether the agreement was kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serving.cli.front_door import workspace_argument
from serving.cli.terminal import GATE_SAID_NO, Terminal, json_option

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from serving.calls.reports import Span

_DAY = click.DateTime(["%Y-%m-%d"])
_WEEKS = 13
_STAGES = ("lead", "mql", "sql", "opportunity", "customer")


@click.command()
@workspace_argument
@click.option("--from", "first", metavar="DAY", type=_DAY, help="First day, e.g. 2026-01-01; default: 13 weeks back.")
@click.option("--to", "last", metavar="DAY", type=_DAY, help="Last day, included; default: today.")
@click.option(
    "--by", type=click.Choice(["week", "month", "source", "persona"]), default="week", show_default=True,
    help="By what the funnel's figures are parted.",
)  # fmt: skip
@json_option
@click.pass_context
def report(context: click.Context, folder: Path, first: dt.datetime | None, last: dt.datetime | None, by: str) -> None:
    """Tell how far leads came and whether the agreement was kept, from what the store holds."""
    # Only this verb pays for the database.
    from features.domain import InputError, SystemClock
    from features.workspace import Workspace
    from models.agreement import Agreement
    from models.champion import champion_version
    from serving.calls.reports import By, ReportSetting, funnel_report, sla_report
    from serving.opened_store import open_store

    terminal = Terminal()
    workspace = Workspace.open(folder)
    config, agreement = workspace.config(), Agreement.read(workspace)
    setting = ReportSetting.of(config, agreement.sla)
    parted = By(by)
    if parted is By.SOURCE and setting.source is None:
        raise InputError(
            "--by is source, and no attribute tells where leads came from.",
            "a source that leadscore.yaml names.",
            "Name it there under reports: source, or choose another --by.",
        )
    span = _span(first, last, SystemClock().now().astimezone(setting.zone).date(), setting.zone)
    serving = champion_version(workspace)
    with open_store(workspace, config.schema) as store, store.read() as tx:
        funnel = funnel_report(tx, setting, span, parted)
        kept = sla_report(
            tx, setting, agreement if serving is None else agreement.for_model(serving), span,
            parted if parted is By.MONTH else By.WEEK, with_ids=True,
        )  # fmt: skip
    _show_funnel(terminal, funnel, parted.value)
    _show_agreement(terminal, kept)
    terminal.result({"funnel": funnel, "sla": kept})
    if any(clause["total"]["verdict"] == "broken" for clause in kept["clauses"]):
        context.exit(GATE_SAID_NO)


def _span(first: dt.datetime | None, last: dt.datetime | None, today: dt.date, zone: ZoneInfo) -> Span:
    from features.domain import InputError
    from serving.calls.reports import LONGEST_DAYS, Span

    end = today if last is None else min(last.date(), today)
    begin = Span.weeks_until(end, _WEEKS, zone).first if first is None else first.date()
    if end < begin or (end - begin).days >= LONGEST_DAYS:
        raise InputError(
            f"The report is to go from {begin} to {end}; today is {today}.",
            f"a first day that is not after the last one, {LONGEST_DAYS:,} days at most, not in the future.",
            "Correct --from and --to.",
        )
    return Span(begin, end, zone)


def _show_funnel(terminal: Terminal, funnel: Mapping[str, Any], by: str) -> None:
    rows = [(_name(row), *_figures(row)) for row in funnel["rows"]]
    terminal.table(
        f"Leads that came in from {funnel['from']} to {funnel['to']} ({funnel['time_zone']}), and how far they came",
        (by.capitalize(), "Leads", "MQL", "SQL", "Opportunity", "Customer", "Converted within the horizon", "Accepted"),
        [*rows, ("All", *_figures(funnel["total"]))],
    )
    if funnel["rejections"]:
        terminal.table(
            "Why sales rejected leads",
            ("Reason", "Leads"),
            [("all others" if one["is_rest"] else one["reason"], one["count"]) for one in funnel["rejections"]],
        )


def _name(row: Mapping[str, Any]) -> str:
    if row["from"] is not None:
        return str(row["from"])
    return "all others" if row["is_rest"] else str(row["name"] or "not known")


def _figures(row: Mapping[str, Any]) -> tuple[object, ...]:
    conversion = "too young" if row["maturity"] == "immature" else _share(row["conversion"])
    return (*(row["counts"][stage] for stage in _STAGES), conversion, _share(row["acceptance"]))


def _show_agreement(terminal: Terminal, kept: Mapping[str, Any]) -> None:
    terminal.table(
        f"The agreement, version {kept['sla_version']}, against what happened",
        ("Clause", "Promise", "Happened (95 % interval)", "Cannot be told yet", "Verdict"),
        [
            (one["name"], one["promise"], _share(one["total"]), one["total"]["open"], one["total"]["verdict"])
            for one in kept["clauses"]
        ],
    )
    late = [one for one in kept["breaches"] if one["stopped_at"] is None]
    if late:
        terminal.table(
            "Handed over, and not called in time (the newest first)",
            ("Lead", "Owner", "Handed over", "Due", "Business hours late"),
            [
                (
                    one["lead_id"],
                    one["owner"],
                    one["handed_over_at"],
                    one["due_at"],
                    f"{one['business_hours_late']:.1f}",
                )
                for one in late
            ],
        )


def _share(share: Mapping[str, Any]) -> str:
    if not share["of"]:
        return ""
    return f"{share['count']:,} of {share['of']:,}: {share['rate']:.1%} ({share['low']:.1%} to {share['high']:.1%})"
