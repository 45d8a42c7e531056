from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.domain import BundleError
from features.encoding import Encoder
from models.additive import AdditiveModel, json_text
from models.bundle.assemble import check_structure
from models.level_rates import LevelRates
from models.trees import TreeMember

RATES = LevelRates({1: (0.1, -0.5, 0.7, 0.3)})


def test_every_code_is_read_as_its_number_and_other_columns_as_they_are() -> None:
    matrix = np.array([[9.0, 0.0], [np.nan, 1.0], [8.0, 2.0], [7.0, np.nan], [6.0, 3.0], [5.0, -1.0]])
    read = RATES.read(matrix)
    assert read[:, 1].tolist() == [0.1, -0.5, 0.7, 0.3, 0.1, 0.1]
    assert np.array_equal(read[:, 0], matrix[:, 0], equal_nan=True)
    assert matrix[0, 1] == 0.0


def test_stored_rates_are_the_same() -> None:
    again = LevelRates.from_mapping(RATES.to_mapping())
    assert again.numbers == RATES.numbers


@pytest.mark.parametrize("numbers", [{1: (0.1,)}, {1: (0.1, float("nan"))}, {-1: (0.1, 0.2)}])
def test_rates_that_cannot_be_read_are_refused(numbers: dict[int, tuple[float, ...]]) -> None:
    with pytest.raises(ValueError, match="rates of column"):
        LevelRates(numbers)


@pytest.fixture(scope="module")
def rated(small: Any, grown: Callable[..., TreeMember]) -> AdditiveModel:
    """Trees of the small model's rows, grown on invented rates of the levels, beside its scorecard."""
    rng = np.random.default_rng(5)
    levels = {place: column.levels for place, column in enumerate(small.encoder.columns) if column.levels}
    rates = LevelRates({place: rng.normal(size=len(own) + 2).tolist() for place, own in levels.items()})
    numbers_only = Encoder(tuple(column for column in small.encoder.columns if not column.levels))
    matrix = small.encoder.matrix(small.frame)
    label = (rng.random(len(matrix)) < 1 / (1 + np.exp(-rates.read(matrix)[:, list(levels)].sum(axis=1)))).astype(float)
    text = grown(rates.read(matrix), numbers_only, label, 30, 1).booster_text
    return AdditiveModel([TreeMember(text, rates), small.model.members[-1]], [0.5, 0.5])


def test_contributions_of_trees_on_rates_add_up_to_the_margin(small: Any, rated: AdditiveModel) -> None:
    matrix = small.encoder.matrix(small.frame)[:300]
    margin, contributions = rated.answer(matrix)
    assert contributions.sum(axis=1) == pytest.approx(margin, abs=1e-9)
    assert np.array_equal(margin, rated.margin(matrix))
    assert np.array_equal(contributions, rated.contributions(matrix))
    categories = [place for place, column in enumerate(small.encoder.columns) if column.levels]
    assert np.ptp(rated.members[0].contributions(matrix)[:, categories], axis=0).max() > 0.1


def test_stored_trees_on_rates_answer_bit_by_bit_the_same(small: Any, rated: AdditiveModel) -> None:
    matrix = small.encoder.matrix(small.frame)[:300]
    again = AdditiveModel.from_files(rated.to_files())
    assert np.array_equal(again.margin(matrix), rated.margin(matrix))
    assert again.to_files() == rated.to_files()


def texts_of(small: Any, model: AdditiveModel) -> dict[str, str]:
    return model.to_files() | {
        "catalog.json": json_text(small.catalog.to_mapping()),
        "encoder.json": json_text(small.encoder.to_mapping()),
    }


def test_a_bundle_whose_rates_are_those_of_its_levels_is_sound(small: Any, rated: AdditiveModel) -> None:
    assert check_structure(texts_of(small, rated)) == small.encoder


@pytest.mark.parametrize("change", ["longer", "shorter", "of a number", "beyond", "none", "words", "text"])
def test_a_bundle_with_rates_of_other_levels_is_refused(small: Any, rated: AdditiveModel, change: str) -> None:
    texts = texts_of(small, rated)
    stored = json.loads(texts["additive.json"])
    rates = stored["members"][0]["rates"]
    place = next(iter(rates))
    if change == "longer":
        rates[place].append(0.5)
    elif change == "shorter":
        rates[place].pop()
    elif change == "beyond":
        rates["99999999999999999999"] = [0.1, 0.2]
    elif change == "text":
        rates[place] = [str(number) for number in rates[place]]
    elif change == "of a number":
        number = next(i for i, column in enumerate(small.encoder.columns) if not column.levels)
        rates[str(number)] = [0.1, 0.2, 0.3]
    elif change == "none":
        del stored["members"][0]["rates"]
    else:
        stored["members"][0]["rates"] = "many"
    texts["additive.json"] = json.dumps(stored)
    with pytest.raises(BundleError):
        check_structure(texts)
