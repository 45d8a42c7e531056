from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace
from typing import Any, cast

import matplotlib
import matplotlib.pyplot as pyplot
import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from features.catalog import Catalog, FeatureKind
from features.domain import OTHER, Group, Reason, Text
from features.encoding import EncodedColumn, Encoder
from features.schema import Column, ColumnType, Schema
from models.additive import AdditiveModel
from models.calibration import Calibration
from models.reason_groups import ReasonGroups
from models.reasons import OTHER_TEXT, Explainer, Explanation
from models.scorecard import fit_scorecard
from training.reasons.figure import svg
from training.reasons.plots import MOST_REASONS, beeswarm, dependence, waterfall
from training.reasons.table import ReasonTable, just_qualified

HOSTILE = "<script>alert(1)</script> $x_{2}$ & co"


def table(reasons: int = 3, rows: int = 200) -> ReasonTable:
    rng = np.random.default_rng(4)
    values = rng.normal(size=(rows, reasons))
    values[:, 0] = rng.integers(0, 3, rows)
    values[::7] = np.nan
    points = np.nan_to_num(values) * np.linspace(9, 1, reasons)
    numbers = [EncodedColumn(f"c{i}", FeatureKind.NUMBER, low=-2.0, high=2.0) for i in range(reasons - 1)]
    labels = (Text(HOSTILE, "Branche"), *(Text(f"Reason {i}", f"Grund {i}") for i in range(1, reasons)))
    return ReasonTable(
        reasons=tuple(f"r{i}" for i in range(reasons)), labels=labels, base_points=np.full(rows, 40.0),
        total=40.0 + points.sum(axis=1), points=points,
        columns=(EncodedColumn("c", FeatureKind.CATEGORY, (HOSTILE, "retail")), *numbers),
        column_labels=labels, values=values,
    )  # fmt: skip


def lead(count: int = 4) -> Explanation:
    reasons = [
        Reason(f"r{i}", Group.FIT, None, points, Text(f"{HOSTILE} {i} (raises)", f"Grund {i} (erhöht)"))
        for i, points in enumerate(np.linspace(7.25, -3.0, count).tolist())
    ]
    whole = (*reasons, Reason(OTHER, None, None, 0.5, OTHER_TEXT))
    return Explanation(41.5 + sum(reason.points for reason in whole), 41.5, 0.0, 0.0, whole)


def words(picture: str) -> str:
    return " ".join(" ".join(element.itertext()) for element in ElementTree.fromstring(picture).iter())  # noqa: S314 - our own


def test_a_beeswarm_names_every_reason_in_both_languages() -> None:
    english, german = (words(svg(beeswarm(table(), language))) for language in ("en", "de"))
    assert "Reason 2" in english
    assert "Points added or taken" in english
    assert "Grund 2" in german
    assert "Punkte dazu oder ab" in german
    assert "SHAP" not in english + german


def test_many_reasons_are_drawn_with_the_small_ones_together() -> None:
    axes = beeswarm(table(reasons=MOST_REASONS + 5), "en").axes[0]
    named = [label.get_text() for label in axes.get_yticklabels()]
    assert len(named) == MOST_REASONS
    assert named[0] == "All other reasons together"


def test_a_dependence_names_levels_others_and_missing() -> None:
    axes = dependence(table(), "r0", "de").axes[0]
    named = [label.get_text() for label in axes.get_xticklabels()]
    assert named[1:] == ["retail", "andere", "nicht bekannt"]


def test_a_dependence_shows_each_leads_points_at_its_value() -> None:
    told = table()
    offsets = np.asarray(dependence(told, "r1", "en").axes[0].collections[0].get_offsets())
    drawn = offsets[~np.isnan(offsets).any(axis=1)]
    np.testing.assert_allclose(drawn[:, 0], np.clip(drawn[:, 1] / 5.0, -2.0, 2.0))
    known = ~np.isnan(told.values[:, 1])
    np.testing.assert_allclose(np.sort(drawn[:, 1]), np.sort(told.points[known, 1]))


@pytest.mark.parametrize("values", [np.full(200, np.nan), np.full(200, 1.0)])
def test_a_value_that_never_varies_or_is_never_known_is_drawn(values: np.ndarray) -> None:
    told = table()
    told.values[:, 1] = values
    assert svg(dependence(told, "r1", "en"))
    assert svg(beeswarm(told, "en"))


def test_a_waterfall_goes_from_the_base_to_the_points() -> None:
    told = lead()
    axes = waterfall(told, "en").axes
    (begins,), (ends,) = axes[1].get_xticks(), axes[2].get_xticks()
    assert begins == told.base_points
    assert ends == pytest.approx(told.points, abs=1e-9)
    assert len({own.get_xlim() for own in axes}) == 1
    assert "MQL 50" in {text.get_text() for text in axes[0].texts}


def test_a_waterfall_of_many_reasons_still_sums() -> None:
    told = lead(count=30)
    axes = waterfall(told, "de").axes
    assert len(axes[0].get_yticklabels()) == MOST_REASONS
    assert axes[2].get_xticks()[0] == pytest.approx(told.points, abs=1e-9)


def test_german_steps_have_a_decimal_comma() -> None:
    steps = [text.get_text() for text in waterfall(lead(), "de").axes[0].texts]
    assert any("7,25" in step for step in steps)
    assert not any("." in step for step in steps)


@pytest.mark.parametrize("figure", [lambda: beeswarm(table(), "en"), lambda: waterfall(lead(), "en")])
def test_hostile_names_are_text(figure: Any) -> None:
    picture = svg(figure())
    assert "<script" not in picture
    assert "alert(1)</script> $x_{2}$" in words(picture).replace("\n", " ")


def test_the_same_points_give_the_same_text() -> None:
    for draw in (
        lambda: beeswarm(table(), "en"),
        lambda: dependence(table(), "r1", "en"),
        lambda: waterfall(lead(), "en"),
    ):
        first = svg(draw())
        np.random.default_rng().normal()
        assert svg(draw()) == first


def test_what_is_global_is_given_back() -> None:
    np.random.seed(7)  # noqa: NPY002 - the global generator is what is tested
    wanted = np.random.random()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    before = (pyplot.get_fignums(), matplotlib.get_backend(), matplotlib.is_interactive())
    beeswarm(table(), "en")
    waterfall(lead(), "en")
    assert (pyplot.get_fignums(), matplotlib.get_backend(), matplotlib.is_interactive()) == before
    assert np.random.random() == wanted  # noqa: NPY002


def test_the_table_of_a_judged_model_sums_to_the_points() -> None:
    catalog = Catalog.from_schema(
        Schema((Column("industry", ColumnType.CATEGORY), Column("employees", ColumnType.NUMBER)), timed=False)
    )
    rng = np.random.default_rng(2)
    frame = pl.DataFrame(
        {"industry": rng.choice(["retail", "software"], 400), "employees": rng.lognormal(4, 1, 400)}
    ).with_columns(attributes_filled=pl.lit(1.0))
    encoder = Encoder.fit(catalog, frame)
    matrix = encoder.matrix(frame)
    label = (rng.random(400) < expit(np.log(frame["employees"].to_numpy()) - 4)).astype(float)
    model = AdditiveModel([fit_scorecard(matrix, encoder.columns, label, None, C=1.0)], [1.0])
    calibration = Calibration("beta", 1.3, 0.8, -0.2)
    names = [column.name for column in encoder.columns]
    best = np.arange(0, 400, 2)
    explainer = Explainer(catalog, names)
    judgement = SimpleNamespace(
        shares=explainer.take_apart(model.margin(matrix[best]), model.contributions(matrix[best])), best=best,
        cutoffs=SimpleNamespace(mql=SimpleNamespace(probability=0.4), sql=SimpleNamespace(probability=0.7)),
    )  # fmt: skip
    fitted = SimpleNamespace(encoder=encoder, model=model, calibration=calibration)
    told = (
        catalog,
        cast(Any, fitted),
        cast(Any, judgement),
        cast(Any, SimpleNamespace(features=frame)),
        ReasonGroups(),
    )
    made = ReasonTable.of(*told)
    np.testing.assert_allclose(made.base_points + made.points.sum(axis=1), made.total, atol=1e-6)
    assert made.reasons[0] == "employees"
    one = just_qualified(*told)
    assert one.points == made.total[made.total >= 50].min()
    assert one.base_points + sum(reason.points for reason in one.reasons) == pytest.approx(one.points, abs=1e-6)
