"""``leadscore cutoffs``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.terminal import GATE_SAID_NO, Terminal, json_option

if TYPE_CHECKING:
    from features.domain import Sla
    from models.cutoffs import Cutoffs
    from models.preregistration import Preregistration


@click.command()
@click.option(
    "--scores",
    required=True,
    metavar="F",
    type=click.Path(path_type=Path),
    help="A table with probability, converted and, if there, arrived_at, accepted and propensity.",
)
@click.option("--sla", required=True, metavar="F", type=click.Path(path_type=Path), help="The agreement (sla.yaml).")
@click.option(
    "--workspace",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Whose audit log keeps what was agreed before the outcomes were read; if not given, the agreement's own.",
)
@json_option
@click.pass_context
def cutoffs(context: click.Context, scores: Path, sla: Path, folder: Path | None) -> None:
    """Turn an agreement's promises into cutoffs on any table of probabilities and outcomes."""
    # Only this verb pays for reading tables.
    from features.config import read_yaml
    from features.domain import Sla
    from models.cutoffs import State
    from models.cutoffs.certify import certify_leads
    from models.cutoffs.reading import read_leads
    from serving.outcome_table import read_outcome_table

    terminal = Terminal()
    agreed = Sla.from_mapping(read_yaml(sla))
    registered = _preregister(terminal, agreed, scores, sla, folder)
    table = read_outcome_table(scores, agreed.calendar.time_zone)
    leads = read_leads(
        table.probability.to_numpy(),
        table.converted.cast(float).to_numpy(),
        None if table.arrived_at is None else table.arrived_at.to_numpy(),
        agreed.calendar.time_zone,
        accepted=None if table.accepted is None else table.accepted.cast(float).to_numpy(),
        propensity=None if table.propensity is None else table.propensity.to_numpy(),
    )
    found = certify_leads(leads, agreed, look_ahead=True)
    show_cutoffs(terminal, found)
    told = {"state": found.state.value, **found.to_mapping()}
    terminal.result({**told, "preregistered": None if registered is None else registered.digest})
    if found.state is State.INFEASIBLE:
        context.exit(GATE_SAID_NO)


def _preregister(
    terminal: Terminal, agreed: Sla, scores: Path, sla: Path, folder: Path | None
) -> Preregistration | None:
    """Write down what is agreed before the outcomes are read, where there is a workspace whose log can keep it."""
    from features.domain import SystemClock
    from features.history.dialect import detect_format
    from features.workspace import Workspace
    from models.preregistration import preregister
    from training.fingerprint import file_fingerprint

    # A table that is no table is refused before it is written down.
    detect_format(scores)
    beside = Workspace(sla.expanduser().resolve().parent)
    if folder is None and not beside.config_file.is_file():
        terminal.note(
            "Not in a workspace: no audit log shows that the promises were made before the outcomes were read."
        )
        return None
    registered = preregister(
        beside if folder is None else Workspace.open(folder), agreed, verb="cutoffs", split="all rows of the table",
        files={scores.name: file_fingerprint(scores)}, leads={}, at=SystemClock().now(),
    )  # fmt: skip
    if registered.sentence is not None:
        terminal.warn(registered.sentence)
    return registered


def show_cutoffs(terminal: Terminal, found: Cutoffs) -> None:
    """Show both cutoffs and what can be promised of each clause."""
    stages = (("MQL", found.mql), ("SQL", found.sql))
    rows = [(name, f"{cutoff.probability:.4f}", cutoff.state.value, cutoff.sentence.en) for name, cutoff in stages]
    terminal.table("Cutoffs", ("Stage", "Probability", "State", "How it was chosen"), rows)
    clauses = [clause for _, cutoff in stages for clause in cutoff.clauses]
    terminal.table(
        f"Clauses, at a confidence of {found.confidence:.0%}",
        ("Clause", "Promise", "State", "Finding"),
        [(clause.name, clause.promise, clause.state.value, clause.sentence.en) for clause in clauses],
    )
    for name, cutoff in stages:
        for option in cutoff.options:
            terminal.line(f"- {name}: {option.sentence.en}")
        if cutoff.outlook is not None:
            terminal.line(f"- {name}: {cutoff.outlook.en}")
    if any(cutoff.options for _, cutoff in stages):
        terminal.line("Until that is decided, the cutoffs in force stay; a new agreement is certified anew.")
