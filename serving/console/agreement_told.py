"""The promises of an agreement in words, with what was measured of each."""

from __future__ import annotations

from dataclasses import dataclass

from features.domain import Sla, Text, say
from features.domain.sla import CLAUSES
from models.cutoffs import Cutoff, Cutoffs, State
from models.cutoffs.measure import promise_of
from models.cutoffs.words import STATES, measured_told, promise_told
from serving.console.words import agreement as words

TONES = {"certified": "good", "provisional": "doubt", "infeasible": "bad", "violated": "bad", "expired": "bad"}
"""How states of a certificate are meant."""


@dataclass(frozen=True, slots=True)
class PromiseTold:
    """A promise, its state with how that is meant, what was measured, and the finding in words."""

    promise: Text
    state: Text
    tone: str
    measured: Text
    sentence: Text


@dataclass(frozen=True, slots=True)
class StageTold:
    """What is promised of one stage.

    Parameters
    ----------
    stage : str
        MQL or SQL.
    promises : tuple of PromiseTold
        In the order of the agreement.
    sentences : tuple of Text
        How its cutoff was chosen, and whether more leads would help.
    ways_out : tuple of Text
        Where the promises cannot all hold.
    """

    stage: str
    promises: tuple[PromiseTold, ...]
    sentences: tuple[Text, ...] = ()
    ways_out: tuple[Text, ...] = ()


def stages_told(sla: Sla, certificate: Cutoffs | None) -> tuple[StageTold, ...]:
    """Return the promises of both stages; stages without any are left out.

    Parameters
    ----------
    sla : Sla
        In force.
    certificate : Cutoffs or None
        Of its cutoffs; None where nothing was measured.
    """
    if certificate is None:
        told = (StageTold(stage.upper(), _unmeasured(sla, stage)) for stage in ("mql", "sql"))
    else:
        told = (_measured(stage, one) for stage, one in (("MQL", certificate.mql), ("SQL", certificate.sql)))
    return tuple(one for one in told if one.promises)


def _measured(stage: str, cutoff: Cutoff) -> StageTold:
    return StageTold(
        stage,
        tuple(
            PromiseTold(
                promise_told(one.name, one.promise), STATES[one.state], TONES.get(one.state.value, "doubt"),
                measured_told(one), one.sentence,
            )
            for one in cutoff.clauses
        ),
        (cutoff.sentence, *(() if cutoff.outlook is None else (cutoff.outlook,))),
        tuple(one.sentence for one in cutoff.options),
    )  # fmt: skip


def _unmeasured(sla: Sla, stage: str) -> tuple[PromiseTold, ...]:
    rows = []
    for name in CLAUSES:
        promise = promise_of(sla, name)
        if promise is not None and name.startswith(f"{stage}."):
            plain = promise if isinstance(promise, int | float) else str(promise)
            state = STATES[State.NOT_MEASURED]
            rows.append(PromiseTold(promise_told(name, plain), state, "doubt", say.NOTHING, words.NOT_MEASURED_HERE))
    return tuple(rows)
