"""What an agreement that cannot be kept leaves open, and whether more leads would help."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from features.domain import Sla
from models.cutoffs import State, certify
from models.cutoffs.certificate import Cutoffs
from models.cutoffs.certify import certify_leads
from models.cutoffs.reading import read_leads

CLASH = {
    "mql": {"min_conversion_rate": 0.35, "max_missed_customers": 0.05},
    "priority": ["mql.max_missed_customers", "mql.min_conversion_rate"],
}


def leads(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = expit(rng.normal(-2.2, 1.3, count))
    return truth, rng.random(count) < truth


def agreed(changes: dict[str, Any]) -> Sla:
    return Sla.from_mapping({**CLASH, "mql": {**CLASH["mql"], **changes}})  # type: ignore[dict-item]


def test_the_least_important_of_the_clashing_promises_is_relaxed_first() -> None:
    cutoff = certify(*leads(4000), agreed({})).mql
    assert cutoff.state is State.INFEASIBLE
    assert [option.clause for option in cutoff.options] == ["mql.min_conversion_rate", "mql.max_missed_customers"]
    assert [option.promise for option in cutoff.options] == [0.35, 0.05]


@pytest.mark.parametrize("place", [0, 1])
def test_an_option_is_certified_once_it_is_agreed_and_half_a_point_more_is_not(place: int) -> None:
    probability, converted = leads(4000)
    option = certify(probability, converted, agreed({})).mql.options[place]
    key = option.clause.partition(".")[2]
    assert option.best is not None
    kept = certify(probability, converted, agreed({key: option.best})).mql
    assert kept.state is State.CERTIFIED
    step = 0.005 if key.endswith("rate") else -0.005
    assert certify(probability, converted, agreed({key: option.best + step})).mql.state is not State.CERTIFIED


def test_the_relaxed_rate_stands_where_the_others_still_hold() -> None:
    probability, converted = leads(4000)
    for option in certify(probability, converted, agreed({})).mql.options:
        assert option.probability is not None
        above = probability >= option.probability
        if option.clause.endswith("max_missed_customers"):
            assert converted[above].mean() >= 0.35
        else:
            assert converted[~above].sum() / converted.sum() <= 0.05


def test_promises_that_clash_in_truth_are_not_blamed_on_few_leads() -> None:
    outlook = certify(*leads(4000), agreed({})).mql.outlook
    assert outlook is not None
    assert outlook.en.startswith("More leads would not help")
    assert "5 % were promised" in outlook.en
    assert outlook.de.startswith("Mehr Leads würden nicht helfen")


def test_a_promise_that_is_true_but_not_shown_yet_says_how_many_leads_would_do() -> None:
    sla = Sla.from_mapping({"sql": {"min_conversion_rate": 0.4}})
    probability, converted = leads(400, seed=5)
    found = certify_leads(read_leads(probability, converted, None, "UTC"), sla, look_ahead=True).sql
    assert found.state is State.PROVISIONAL
    assert found.outlook is not None
    assert "times as many mature leads" in found.outlook.en


def test_a_rate_above_all_that_the_model_finds_needs_a_better_model() -> None:
    rng = np.random.default_rng(5)
    probability = rng.uniform(0.08, 0.12, 6000)
    cutoff = certify(probability, rng.random(6000) < 0.1, Sla.from_mapping({"sql": {"min_conversion_rate": 0.6}})).sql
    assert cutoff.state is State.INFEASIBLE
    assert cutoff.outlook is not None
    assert "tells leads apart better" in cutoff.outlook.en


def test_ways_out_survive_being_stored_and_older_cutoffs_have_none() -> None:
    found = certify(*leads(4000), agreed({}))
    assert Cutoffs.from_mapping(found.to_mapping()) == found
    older = found.to_mapping()
    for stage in ("mql", "sql"):
        del older[stage]["options"], older[stage]["outlook"]
    assert Cutoffs.from_mapping(older).mql.options == ()
    assert Cutoffs.from_mapping(older).mql.outlook is None
