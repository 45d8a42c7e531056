"""What a model's evidence says in words and figures."""

from __future__ import annotations

import datetime as dt

from features.domain import Text, say
from models.evidence import ModelEvidence
from models.evidence.comparison import Gain
from models.evidence.names import label_of, name_of
from serving.console.words import model as words

_TENTH = 0.1
_COIN = 0.5


def measured_on(evidence: ModelEvidence) -> tuple[Text, ...]:
    """Return which leads it was measured on."""
    told = say.sentence(
        words.MEASURED_ON.en,
        words.MEASURED_ON.de,
        leads=say.whole(evidence.leads),
        rate=say.percent(evidence.base_rate),
    )
    held_out = evidence.held_out
    if held_out.since is None or held_out.until is None:
        return (told,)
    since, until = (say.day(dt.datetime.fromisoformat(one)) for one in (held_out.since, held_out.until))
    return told, say.sentence(words.MEASURED_FROM.en, words.MEASURED_FROM.de, since=since, until=until)


def facts(evidence: ModelEvidence) -> tuple[tuple[Text, Text, Text, str], ...]:
    """Return label, figure, note and tone of what is read at a glance."""
    ranking, auc, ratio = evidence.ranking_of(), evidence.model.auc, evidence.calibration.ratio
    off = evidence.calibration.level_is_off
    level = words.LEVEL_OFF if off else words.LEVEL_FINE
    return (
        (
            words.TOP_TENTH,
            say.sentence(words.TOP_TENTH_VALUE.en, words.TOP_TENTH_VALUE.de, hits=say.percent(ranking.hits_at(_TENTH))),
            say.sentence(words.TOP_TENTH_NOTE.en, words.TOP_TENTH_NOTE.de, lift=say.number(ranking.lift_at(_TENTH), 1)),
            "good" if tells_apart(evidence) else "doubt",
        ),
        (
            words.ORDER,
            say.whole(100 * auc.value),
            say.sentence(
                words.ORDER_NOTE.en, words.ORDER_NOTE.de, low=say.whole(100 * auc.low), high=say.whole(100 * auc.high)
            ),
            "good" if tells_apart(evidence) else "bad",
        ),
        (
            words.LEVEL,
            say.whole(100 * ratio.value),
            say.sentence(level.en, level.de, low=say.whole(100 * ratio.low), high=say.whole(100 * ratio.high)),
            "bad" if off else "good",
        ),
    )


def tells_apart(evidence: ModelEvidence) -> bool:
    """Return whether the model tells leads apart beyond chance."""
    return evidence.model.auc.low > _COIN


def sentences(evidence: ModelEvidence) -> tuple[Text, ...]:
    """Return how good it is in words: alone, against each rival, and by its level."""
    apart = words.APART if tells_apart(evidence) else words.NOT_APART
    level = words.LEVEL_SENTENCE_OFF if evidence.calibration.level_is_off else words.LEVEL_SENTENCE_FINE
    rivals = tuple(map(_against, evidence.gains)) or (words.NOT_COMPARED,)
    return apart, *rivals, level


def _against(gain: Gain) -> Text:
    told = words.BETTER if gain.log_loss.low > 0 else words.WORSE if gain.log_loss.high < 0 else None
    rival = name_of(gain.rival)
    if told is not None:
        return say.sentence(told.en, told.de, rival=rival)
    leads, positives = say.whole(gain.leads), say.whole(gain.positives)
    return say.sentence(words.UNDECIDED.en, words.UNDECIDED.de, rival=rival, leads=leads, positives=positives)


def figures(evidence: ModelEvidence) -> tuple[tuple[Text, ...], ...]:
    """Return a row for each scorer."""
    return tuple(
        (
            label_of(one.scorer),
            say.number(one.log_loss, 4),
            say.number(one.auc.value, 3),
            # One probability for everyone orders nothing, so that no interval means anything.
            say.NOTHING if one.constant else say.between(one.auc.low, one.auc.high, 3),
            say.number(one.brier, 4),
            say.number(one.lift_10),
        )
        for one in evidence.scorers
    )


def gains(evidence: ModelEvidence) -> tuple[tuple[Text, ...], ...]:
    """Return a row for each rival of the gate."""
    return tuple(
        (
            label_of(one.rival),
            say.signed(one.log_loss.value, 4),
            say.between(one.log_loss.low, one.log_loss.high, 4),
            say.signed(one.auc.value, 3),
            say.between(one.auc.low, one.auc.high, 3),
        )
        for one in evidence.gains
    )
