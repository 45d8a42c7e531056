"""The check of a model before it scores a real lead."""

from dataclasses import replace

import pytest

from features.domain import BundleError
from serving.engines import rules_scorer
from serving.soundness import check_itself


class Bent:
    """A scorer whose answers were tampered with."""

    def __init__(self, scorer, bend):
        self._scorer = scorer
        self._bend = bend
        self.asked = []

    def score(self, lead, events, as_of, *, scored_at):
        self.asked.append((lead, tuple(events), as_of))
        return self._bend(self._scorer.score(lead, events, as_of, scored_at=scored_at))


@pytest.fixture
def rules(workspace):
    return rules_scorer(workspace, workspace.config(), workspace.sla())


@pytest.fixture
def schema(workspace):
    return workspace.config().schema


def test_a_sound_scorer_passes_with_a_lead_unknown_and_one_who_did_everything(rules, schema):
    sound = Bent(rules, lambda score: score)
    check_itself(sound, schema)
    (_, nothing, _), (known, everything, _) = sound.asked
    assert nothing == ()
    assert known.attributes == {"employees": 1.0}
    assert {event.event for event in everything} == {"page_view", "demo_request"}


def test_an_untimed_model_is_asked_without_a_moment(rules, schema):
    asked = Bent(rules, lambda score: score)
    check_itself(asked, replace(schema, timed=False))
    assert {(lead.created_at, as_of) for lead, _, as_of in asked.asked} == {(None, None)}


@pytest.mark.parametrize(
    "bend",
    [
        lambda score: replace(score, points=score.points + 0.001),
        lambda score: replace(score, base_points=float("nan")),
        lambda score: 1 / 0,
    ],
)
def test_a_scorer_whose_reasons_do_not_add_up_or_that_fails_does_not_serve(rules, schema, bend):
    with pytest.raises(BundleError, match="self-check"):
        check_itself(Bent(rules, bend), schema)
