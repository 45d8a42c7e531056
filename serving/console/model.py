"""The model's page: what scores, how good it is, what moves it, whether leads are still alike, and the versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import anyio.to_thread
from starlette.responses import Response

from features.domain import BundleError, InputError, LeadscoreError, RegistryError, Text, WorkspaceError, say
from models.registry_client import AliasNotMovedError
from serving.calls.drift_report import DriftReport, last_drift_report
from serving.calls.model_evidence import NoEvidence, ServingEvidence, serving_evidence
from serving.calls.model_versions import (
    PROMOTED,
    ROLLED_BACK,
    Versions,
    note_decision,
    promote_version,
    roll_back,
    versions_of,
)
from serving.champion import NO_MODEL, Champion
from serving.console.charts import Chart
from serving.console.visit import Visit
from serving.console.words import model as words
from serving.store.keys import Role

if TYPE_CHECKING:
    from models.evidence import ModelEvidence

DECIDERS = frozenset({Role.SCIENTIST, Role.ADMIN})
"""Who may say which version serves."""

MOST_SHIFTS = 8
_LOOK_EVERY = dt.timedelta(days=8)
"""A week and a day: who looks every week is not told to look again."""

_LONGEST_REASON = 500
_PATH = "/model"


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure that is read at a glance: what it is, the figure, what it means, and how it is meant."""

    label: Text
    value: Text
    note: Text
    tone: str


@dataclass(frozen=True, slots=True)
class Serving:
    """What scores now.

    Parameters
    ----------
    version : str or None
        Of the model; None where the rules answer.
    trained_at, loaded_at : datetime or None
        When it was trained, and taken over by this service.
    trouble : Text or None
        What is wrong with it, in words.
    detail : str
        The same as the log says it, for whoever mends it; empty where nothing is wrong.
    """

    version: str | None
    trained_at: dt.datetime | None
    loaded_at: dt.datetime | None
    trouble: Text | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What is shown of the evidence.

    Parameters
    ----------
    on : tuple of Text
        Which leads it was measured on.
    facts : tuple of Fact
        The figures at a glance.
    sentences : tuple of Text
        Against whom it is better, and whether its probabilities are true.
    gain, lift, calibration : Chart
        Pictures.
    figures, gains : tuple of tuple of Text
        Rows of the tables.
    confidence : Text or None
        Of each end of the gains' intervals; None where there are none.
    sizes, swarm : Chart or None
        None where no reason moves any score.
    along : tuple of Chart
        The strongest reasons along their values.
    periods : Chart or None
        None where nothing orders the leads.
    """

    on: tuple[Text, ...]
    facts: tuple[Fact, ...]
    sentences: tuple[Text, ...]
    gain: Chart
    lift: Chart
    calibration: Chart
    figures: tuple[tuple[Text, ...], ...]
    gains: tuple[tuple[Text, ...], ...]
    confidence: Text | None
    sizes: Chart | None
    swarm: Chart | None
    along: tuple[Chart, ...]
    periods: Chart | None


@dataclass(frozen=True, slots=True)
class ModelPage:
    """What stands on the page.

    Parameters
    ----------
    serving : Serving
        What scores.
    lack : NoEvidence or None
        Why nothing is shown of how good it is.
    measured : Measured or None
        How good it is.
    drift : DriftReport or None
        What monitoring found last.
    drift_age : Text
        How long ago that was.
    is_drift_old : bool
        Whether to look again: it is over a week old, or about another version.
    shifts : tuple of tuple of Text
        The features that moved most.
    moved : frozenset of int
        Rows of these that moved beyond chance.
    versions : Versions
        Those kept here.
    runs : mapping from version to address
        Where MLflow shows them; empty where it has no server.
    may_decide : bool
        Whether the visitor says which version serves.
    mistake : Text or None
        What is wrong with a form that was sent.
    workspace : str
        For the commands that are shown.
    """

    serving: Serving
    lack: NoEvidence | None
    measured: Measured | None
    drift: DriftReport | None
    drift_age: Text
    is_drift_old: bool
    shifts: tuple[tuple[Text, ...], ...]
    moved: frozenset[int]
    versions: Versions
    runs: Mapping[str, str]
    may_decide: bool
    mistake: Text | None
    workspace: str


async def show(visit: Visit, mistake: Text | None = None) -> Response:
    """Show the page."""
    page = await anyio.to_thread.run_sync(_page, visit, mistake)
    return visit.page("model.html", page, words, title=words.TITLE, status=422 if mistake else 200)


async def promote(visit: Visit) -> Response:
    """Let a version serve."""
    version, workspace = visit.sent("version"), visit.scoring.scoring.workspace
    if version not in {one.number for one in versions_of(workspace).kept}:
        raise InputError(words.NO_SUCH_VERSION, words.OF_THE_LIST, words.CHOOSE_ONE)
    return await _decide(visit, partial(promote_version, workspace, _tracking(visit), version), PROMOTED, "promoted")


async def undo(visit: Visit) -> Response:
    """Let the version before serve again."""
    workspace = visit.scoring.scoring.workspace
    return await _decide(visit, partial(roll_back, workspace, _tracking(visit)), ROLLED_BACK, "rolled-back")


async def _decide(visit: Visit, decide: Callable[[str, str], str], action: str, notice: str) -> Response:
    why, by = visit.sent("reason").strip()[:_LONGEST_REASON], visit.visitor.name
    if not why:
        return await show(visit, words.GIVE_A_REASON)
    try:
        version = await anyio.to_thread.run_sync(decide, by, why)
    except AliasNotMovedError as error:
        serves = error.version
        await visit.change(lambda tx: note_decision(tx, action, serves, by))
        return await show(visit, _told(words.DONE_BUT, error))
    except (RegistryError, BundleError, WorkspaceError) as error:
        return await show(visit, _told(words.NOT_DONE, error))
    await visit.change(lambda tx: note_decision(tx, action, version, by))
    visit.scoring.scoring.champion.look()
    return visit.done(_PATH, notice)


def _told(frame: Text, error: LeadscoreError) -> Text:
    given, _, remedy = error.in_words
    why = Text(f"{given.en} {remedy.en}", f"{given.de} {remedy.de}")
    if not error.is_in_both_languages:
        found = words.DAMAGED if isinstance(error, BundleError) else words.NOT_USABLE
        why = say.sentence(found.en, found.de, detail=error.given)
    return say.sentence(frame.en, frame.de, why=why)


def _tracking(visit: Visit) -> str | None:
    return visit.settings.tracking_uri or None


def _page(visit: Visit, mistake: Text | None) -> ModelPage:
    scoring = visit.scoring.scoring
    found = serving_evidence(scoring.workspace, scoring.champion)
    drift, versions = last_drift_report(scoring.workspace), versions_of(scoring.workspace)
    shifts = () if drift is None else drift.shifts[:MOST_SHIFTS]
    return ModelPage(
        serving=_serving(scoring.champion, found),
        lack=found.lack,
        measured=None if found.evidence is None else _measured(found.evidence),
        drift=drift,
        drift_age=Text("", "") if drift is None else _age(scoring.clock.now() - drift.at),
        is_drift_old=drift is not None
        and (scoring.clock.now() - drift.at > _LOOK_EVERY or drift.version != found.version),
        shifts=tuple((one.label, say.number(one.index, 3), say.number(one.by_chance, 3)) for one in shifts),
        moved=frozenset(place for place, one in enumerate(shifts) if one.beyond),
        versions=versions,
        runs=_runs(visit.settings.tracking_uri, scoring.workspace.config().name, versions),
        may_decide=visit.may(DECIDERS),
        mistake=mistake,
        workspace=visit.settings.workspace or "DIR",
    )


def _serving(champion: Champion, found: ServingEvidence) -> Serving:
    loaded, refusal = champion.loaded, champion.refusal
    trained = None if loaded is None else loaded.scorer.reference.trained_at
    since = None if loaded is None else champion.loaded_at
    if refusal is None or (loaded is None and refusal.reason == NO_MODEL):
        return Serving(found.version, trained, since, None)
    _, _, detail = refusal.reason.rpartition(f"{BundleError.code}: ")
    return Serving(found.version, trained, since, words.DEGRADED if loaded is None else words.REFUSED, detail)


def _age(age: dt.timedelta) -> Text:
    if age < dt.timedelta(days=1):
        return words.DRIFT_TODAY
    days = words.ONE_DAY
    if age >= dt.timedelta(days=2):
        days = say.sentence(words.DAYS.en, words.DAYS.de, count=say.whole(age.days))
    return say.sentence(words.DRIFT_LAST.en, words.DRIFT_LAST.de, days=days)


def _runs(tracking_uri: str, name: str, versions: Versions) -> dict[str, str]:
    if not tracking_uri.startswith(("http://", "https://")) or "@" in tracking_uri:
        return {}
    address = f"{tracking_uri.rstrip('/')}/#/models/{quote(name, safe='')}/versions/"
    return {one.number: address + one.number for one in versions.kept}


def _measured(evidence: ModelEvidence) -> Measured:
    # What models need, numba among it, is loaded only where there is a model.
    from serving.console import model_charts, model_figures, reason_charts

    gain, lift = model_charts.gain_and_lift(evidence)
    reasons = evidence.reasons
    return Measured(
        on=model_figures.measured_on(evidence),
        facts=tuple(Fact(*one) for one in model_figures.facts(evidence)),
        sentences=model_figures.sentences(evidence),
        gain=gain,
        lift=lift,
        calibration=model_charts.calibration(evidence),
        figures=model_figures.figures(evidence),
        gains=model_figures.gains(evidence),
        confidence=say.given(evidence.gains[0].confidence) if evidence.gains else None,
        sizes=reason_charts.sizes(reasons) if reasons else None,
        swarm=reason_charts.swarm(reasons) if reasons else None,
        along=tuple(reason_charts.along(one, at) for at, one in enumerate(reasons[: reason_charts.ALONG_VALUES])),
        periods=model_charts.over_time(evidence.periods) if evidence.periods else None,
    )
