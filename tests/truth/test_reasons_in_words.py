"""T20: a sentence follows from the share alone, flips its word with the sign, and claims no cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from features.catalog import Catalog, FeatureKind
from features.domain import OTHER, Reason
from features.schema import Column, ColumnType, EventKind, Schema
from models.calibration import Calibration
from models.reasons import Explainer
from models.scale import Scale

if TYPE_CHECKING:
    from tests.truth.conftest import Truth

SCALE = Scale.from_cutoffs(0.15, 0.35)

WORDS = Catalog.from_schema(
    Schema(
        (Column("industry", ColumnType.CATEGORY), Column("employees", ColumnType.NUMBER)),
        tuple(map(EventKind, ("pricing_view", "demo_request", "acme_thing"))),
    )
)
CAUSAL = ("because", "caus", "due to", "will ", "therefore", "guarante", "weil", "wegen", "dadurch", "wird ", "garant")


def test_the_sentence_follows_from_the_share_alone_and_its_word_flips_with_the_sign(truth: Truth) -> None:
    names = [feature.name for feature in WORDS.features]
    explainer = Explainer(WORDS, names)
    for seed in range(truth.draws(20)):
        rng = np.random.default_rng([20, seed])
        row: dict[str, float | str | None] = {
            f.name: "software" if f.kind is FeatureKind.CATEGORY else float(rng.integers(0, 9)) for f in WORDS.features
        }
        row |= {name: None for name in names if rng.random() < 0.2}
        contributions = rng.normal(0, 0.5, (1, len(names) + 1))
        contributions[0, -1] = -2.0
        told = _reasons(explainer, contributions, row)
        flipped = _reasons(explainer, np.append(-contributions[:, :-1], [[-2.0]], axis=1), row)
        again = _reasons(explainer, contributions, row)
        assert told == again
        for name, reason in told.items():
            raises = reason.points > 0
            assert reason.text.en.endswith("(raises)" if raises else "(lowers)")
            assert reason.text.de.endswith("(erhöht)" if raises else "(senkt)")
            other = flipped[name]
            assert other.text.en.endswith("(lowers)" if raises else "(raises)")
            assert other.text.de.endswith("(senkt)" if raises else "(erhöht)")
            assert other.points == pytest.approx(-reason.points, abs=1e-9)
            assert not any(word in f"{reason.text.en} {reason.text.de}".lower() for word in CAUSAL)


def _reasons(explainer: Explainer, contributions: np.ndarray, row: Mapping[str, Any]) -> dict[str, Reason]:
    shares = explainer.take_apart(contributions.sum(axis=1), contributions)
    (told,) = explainer.explain(shares, Calibration(), SCALE, [row])
    return {reason.feature: reason for reason in told.reasons if reason.feature != OTHER}
