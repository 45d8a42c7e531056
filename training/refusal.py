"""What stays of a training run that taught nothing: the reason, in the workspace's reports, as data and as a page."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from features.domain import NotTrainedError, Text
from features.domain.say import day, sentence
from features.workspace import Workspace
from models.champion import champion_version
from training.pages.content import Fact, Page, Section, Tone
from training.pages.write import write_page
from training.reporting import REPORT, ReportFolder


def keep_refusal(workspace: Workspace, error: NotTrainedError, now: datetime) -> Path:
    """Write why nothing was trained to ``var/reports/not-trained-<moment>`` and return the folder.

    Parameters
    ----------
    workspace : Workspace
        The company's; its champion stays as it is, and is named.
    error : NotTrainedError
        What was given, expected and what to do.
    now : datetime
        The present.
    """
    report = ReportFolder.make(workspace, "not-trained", now)
    champion = champion_version(workspace)
    report.write(
        {
            "code": error.code, "at": now.isoformat(), "given": error.given, "expected": error.expected,
            "remedy": error.remedy, "champion": champion,
        }
    )  # fmt: skip
    write_page(report.folder, REPORT, refusal_page(workspace.config().name, error, champion, now))
    return report.folder


def refusal_page(name: str, error: NotTrainedError, champion: str | None, now: datetime) -> Page:
    """Return what to say of a run that taught nothing.

    Parameters
    ----------
    name : str
        The company's.
    error : NotTrainedError
        What was given, expected and what to do.
    champion : str or None
        The version that goes on serving; None where the rules do.
    now : datetime
        The present.
    """
    given, expected, remedy = error.in_words
    stays = (
        Text("No model serves; the rules go on scoring.", "Kein Modell ist im Einsatz; die Regeln bewerten weiter.")
        if champion is None
        else sentence(
            "Version {version} goes on serving.", "Version {version} bleibt im Einsatz.", version=champion
        )
    )  # fmt: skip
    serving = Text("rules", "Regeln") if champion is None else Text.same(champion)
    nothing = Section(
        "in-short",
        Text("In short", "In Kürze"),
        (
            Text(
                "Nothing was trained, because the history teaches nothing yet.",
                "Es wurde nichts trainiert, denn aus der Historie lässt sich noch nichts lernen.",
            ),
            given,
            sentence("Needed: {expected}", "Nötig: {expected}", expected=expected),
            sentence("What to do: {remedy}", "Was zu tun ist: {remedy}", remedy=remedy),
        ),
        (Fact(Text("Serves", "Im Einsatz"), serving, stays, Tone.DOUBT),),
    )
    return Page(
        sentence("Training report: {name}", "Trainingsbericht: {name}", name=name),
        sentence("Nothing was trained on {day}.", "Am {day} wurde nichts trainiert.", day=day(now)),
        (nothing,),
    )
