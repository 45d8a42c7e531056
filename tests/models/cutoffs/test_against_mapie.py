"""T14: our tests of a conversion rate against MAPIE's, an implementation by others of the same procedure.

MAPIE counts a miss too many where the product of a count and its share is a hair above a whole number, and stops at
cutoffs that select nobody, so the grids given to it begin where ours does.
"""

from __future__ import annotations

import numpy as np
import pytest
from mapie.risk_control import BinaryClassificationController
from scipy.special import expit

from features.domain import Sla
from models.cutoffs import State, certify
from models.cutoffs.binomial import p_value
from models.cutoffs.cases import Cases
from models.cutoffs.conversion import conversion_evidence
from models.cutoffs.leads import CertificationLeads
from models.cutoffs.rate_sentences import CONVERSION
from models.cutoffs.reading import read_leads
from models.cutoffs.testing_start import conversion_start

# It speaks of power, not of validity: a rate need not rise with the cutoff.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Fixed sequence testing requires:UserWarning"),
    pytest.mark.filterwarnings("ignore:No predict parameters were found:UserWarning"),
]

RATE, DELTA = 0.3, 0.05


def both_classes(probability: np.ndarray) -> np.ndarray:
    return np.column_stack([1.0 - probability[:, 0], probability[:, 0]])


def by_mapie(leads: CertificationLeads, thresholds: np.ndarray, method: str) -> BinaryClassificationController:
    controller = BinaryClassificationController(
        both_classes, "precision", RATE, confidence_level=1.0 - DELTA, list_predict_params=thresholds,
        fwer_method=method,
    )  # fmt: skip
    return controller.calibrate(leads.probability[:, None], leads.converted.astype(int))


def company(seed: int, n: int) -> CertificationLeads:
    rng = np.random.default_rng([seed, n])
    z = rng.normal(-2.6, 1.4, n)
    # Two digits, so that many leads tie.
    return read_leads(np.round(expit(z), 2), rng.random(n) < expit(z), None, "UTC")


@pytest.mark.parametrize("n", [500, 2000])
def test_p_values_are_mapies_or_lower_by_the_miss_that_it_counts_too_many(n: int) -> None:
    same = tested = 0
    for seed in range(10):
        leads = company(seed, n)
        start = conversion_start(Cases.conversions(leads), RATE, DELTA)
        assert start is not None
        grid = leads.thresholds[start:]
        theirs = by_mapie(leads, grid, "fixed_sequence").p_values[:, 0]
        hits, cases = leads.selected_converted[start:], leads.selected[start:]
        ours, one_fewer = p_value(hits, cases, RATE), p_value(hits - 1, cases, RATE)
        # Theirs is Hoeffding's bound where that is smaller than the exact tail with a miss too many.
        assert (theirs >= ours * (1.0 - 1e-9)).all()
        assert (theirs <= one_fewer * (1.0 + 1e-9)).all()
        same, tested = same + int(np.isclose(theirs, ours, rtol=1e-9).sum()), tested + len(grid)
    assert same > 0.6 * tested


@pytest.mark.parametrize("n", [500, 2000, 5000])
def test_mapie_certifies_nothing_that_we_do_not_and_stops_only_where_it_counts_a_miss_too_many(n: int) -> None:
    agreeing = issued = 0
    for seed in range(20):
        leads = company(seed, n)
        start = conversion_start(Cases.conversions(leads), RATE, DELTA)
        assert start is not None
        ours = conversion_evidence(leads, "mql.min_conversion_rate", RATE, DELTA, CONVERSION).certified
        theirs = np.isin(leads.thresholds, valid(leads, start, "fixed_sequence"))
        assert not (theirs & ~ours).any()
        surely = p_value(leads.selected_converted - 1, leads.selected, RATE) <= DELTA
        assert theirs[start:][np.logical_and.accumulate(surely[start:])].all()
        agreeing += bool((theirs == ours).all())
        issued += bool(ours.any())
    assert issued >= 10
    assert agreeing >= 12


def valid(leads: CertificationLeads, start: int, method: str) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(by_mapie(leads, leads.thresholds[start:], method).valid_predict_params)


def test_a_fixed_sequence_reaches_lower_cutoffs_than_mapies_corrections_for_all_cutoffs_at_once() -> None:
    sla = Sla.from_mapping({"mql": {"min_conversion_rate": RATE}})
    lower = higher = 0
    for seed in range(20):
        leads = company(seed, 2000)
        found = certify(leads.probability, leads.converted, sla).mql
        theirs = valid(leads, 0, "bonferroni")
        if found.state is State.CERTIFIED and len(theirs):
            lower += found.probability < theirs.min()
            higher += found.probability > theirs.min()
    assert lower >= 10
    assert higher <= 2
