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


def arrivals(count: int) -> np.ndarray:
    seconds = np.random.default_rng(9).integers(0, 7 * 86_400 * 60, count)
    return np.datetime64("2025-01-06T00:00:00") + np.sort(seconds).astype("timedelta64[s]")


def test_a_time_to_contact_is_relaxed_hour_by_hour_until_the_queue_keeps_it() -> None:
    probability, converted = leads(3000)
    sla = {"min_conversion_rate": 0.15, "max_per_week": 20, "contact_within": "1 hours"}
    found = certify(probability, converted, Sla.from_mapping({"sql": sla}), arrivals(3000)).sql
    assert found.state is State.INFEASIBLE
    option = next(one for one in found.options if one.clause == "sql.contact_within")
    assert isinstance(option.best, str)
    assert f"contact is made within {option.best}, at a cutoff of" in option.sentence.en
    assert "Stunden erfolgt" in option.sentence.de
    kept = certify(
        probability, converted, Sla.from_mapping({"sql": sla | {"contact_within": option.best}}), arrivals(3000)
    )
    assert {c.name: c.state for c in kept.sql.clauses}["sql.contact_within"] is State.CERTIFIED
    assert Cutoffs.from_mapping(kept.to_mapping()) == kept


def test_without_a_capacity_the_opening_hours_alone_say_which_time_to_contact_they_allow() -> None:
    probability, converted = leads(3000)
    agreed = Sla.from_mapping({"mql": {"max_missed_customers": 0.05, "contact_within": "1 hours"}})
    options = certify(probability, converted, agreed, arrivals(3000)).mql.options
    option = next(one for one in options if one.clause == "mql.contact_within")
    assert isinstance(option.best, str)
    assert 48 <= float(option.best.split()[0]) <= 65
    assert "the opening hours, with as many people as it takes, allow" in option.sentence.en


def test_an_acceptance_that_sales_gives_to_no_probability_is_not_for_want_of_leads() -> None:
    probability, converted = leads(3000)
    accepted = np.random.default_rng(2).random(3000) < 0.5
    agreed = Sla.from_mapping({"sql": {"min_acceptance_rate": 0.9}})
    found = certify(probability, converted, agreed, accepted=accepted).sql
    assert found.state is State.INFEASIBLE
    assert found.outlook is not None
    assert found.outlook.en.startswith("More leads would not help: on the fitted curve sales takes on at most 5")


def test_an_acceptance_that_is_true_but_not_shown_yet_says_how_many_leads_would_do() -> None:
    probability, converted = leads(150)
    # Sales takes on two thirds, and more of what is more probable.
    accepted = np.random.default_rng(5).random(150) < expit(1.9 + 0.5 * np.log(probability))
    propensity = np.where(probability > 0.1, 1.0, 0.5)
    handed = np.random.default_rng(4).random(150) < propensity
    agreed = Sla.from_mapping({"sql": {"min_acceptance_rate": 0.6}})
    weighted = {"accepted": np.where(handed, accepted, np.nan), "propensity": propensity}
    for told in ({"accepted": accepted}, weighted):
        found = certify_leads(read_leads(probability, converted, None, "UTC", **told), agreed, look_ahead=True).sql
        assert found.state is State.PROVISIONAL
        assert found.outlook is not None
        assert "times as many mature leads" in found.outlook.en


def test_few_leads_that_look_hopeless_are_no_proof_that_more_would_not_help() -> None:
    probability, converted = leads(60)
    accepted = np.arange(60) % 5 < 2
    agreed = Sla.from_mapping({"sql": {"min_acceptance_rate": 0.45}})
    found = certify_leads(
        read_leads(probability, converted, None, "UTC", accepted=accepted), agreed, look_ahead=True
    ).sql
    assert found.state is State.PROVISIONAL
    assert found.outlook is not None
    assert found.outlook.en.startswith("More leads would help only if the truth is better than these leads draw it")


def test_where_weeks_are_missing_more_leads_are_not_promised_to_help() -> None:
    probability, converted = leads(3000)
    agreed = Sla.from_mapping({"sql": {"min_conversion_rate": 0.2, "max_per_week": 500}})
    five_weeks = np.datetime64("2025-01-06T00:00:00") + (np.arange(3000) * 1000).astype("timedelta64[s]")
    read = read_leads(probability, converted, five_weeks, "UTC")
    found = certify_leads(read, agreed, look_ahead=True).sql
    assert found.state is State.PROVISIONAL
    assert found.outlook is None
    weekly = next(clause for clause in found.clauses if clause.name == "sql.max_per_week")
    assert "at least 19 whole ones are needed" in weekly.sentence.en


def test_what_a_weekly_limit_leaves_can_make_promises_clash_whatever_the_number_of_leads() -> None:
    probability, converted = leads(3000)
    agreed = Sla.from_mapping(
        {"mql": {"max_missed_customers": 0.05, "contact_within": "1 hours"}, "sql": {"max_per_week": 3}}
    )
    outlook = certify(probability, converted, agreed, arrivals(3000)).mql.outlook
    assert outlook is not None
    assert outlook.en.startswith("More leads would not help: where contact is made within 1 hour")
    assert outlook.de.startswith("Mehr Leads würden nicht helfen: Wo der Kontakt innerhalb von 1 Stunde erfolgt")


def test_ways_out_survive_being_stored_and_older_cutoffs_have_none() -> None:
    found = certify(*leads(4000), agreed({}))
    assert Cutoffs.from_mapping(found.to_mapping()) == found
    older = found.to_mapping()
    for stage in ("mql", "sql"):
        del older[stage]["options"], older[stage]["outlook"]
    assert Cutoffs.from_mapping(older).mql.options == ()
    assert Cutoffs.from_mapping(older).mql.outlook is None
