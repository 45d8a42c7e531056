from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from features.domain import FixedClock, Sla
from features.workspace import Workspace
from models.cutoffs import certify
from training.acceptance_order import FEWEST, area, order_of_acceptance
from training.intake.infer import initialise
from training.progress import SilentProgress
from training.run import train
from training.simulation import simulate

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rows:
    """Held-out rows with nothing but their examples."""

    examples: pl.DataFrame


def rows(accepted: list[int | None], moments: int = 2) -> Rows:
    ids = [f"L{number:04d}" for number in range(len(accepted)) for _ in range(moments)]
    days = [START + timedelta(days=day) for _ in accepted for day in range(moments)]
    answers = [answer for answer in accepted for _ in range(moments)]
    return Rows(pl.DataFrame({"lead_id": ids, "as_of": days, "accepted": pl.Series(answers, dtype=pl.Int8)}))


CUTOFFS = certify(np.linspace(0, 1, 400), (np.arange(400) % 3 == 0).astype(float), Sla.from_mapping({}))


def test_leads_count_once_at_their_last_moment_before_the_answer() -> None:
    accepted: list[int | None] = [1, 0, None] * 40
    # The first moment is nonsense on purpose; only the last one orders them, and perfectly.
    last = np.array([0.9 if answer == 1 else 0.1 for answer in accepted])
    probability = np.column_stack([1 - last, last]).ravel()
    found = order_of_acceptance(rows(accepted), probability, CUTOFFS)  # type: ignore[arg-type]  # the examples suffice
    assert found is not None
    assert (found.leads, found.answered, found.accepted, found.auc.value) == (120, 80, 40, 1.0)
    assert sum(one.answered for one in found.stages.values()) == 80
    told = json.loads(json.dumps(found.to_mapping(), allow_nan=False))
    assert "nobody handed over" in told["warning"]
    assert found.metrics()["acceptance.auc"] == 1.0


def test_rates_have_their_exact_interval() -> None:
    accepted: list[int | None] = [1, 0, 0] * 30
    found = order_of_acceptance(rows(accepted, 1), np.ones(90), CUTOFFS)  # type: ignore[arg-type]  # the examples suffice
    assert found is not None
    (one,) = found.stages.values()
    exact = binomtest(30, 90).proportion_ci(0.95)
    assert (one.rate.low, one.rate.high) == pytest.approx((exact.low, exact.high))


def test_few_answers_and_answers_of_one_kind_say_nothing() -> None:
    few: list[int | None] = [1] * (FEWEST - 1) + [0] * 100
    assert order_of_acceptance(rows(few), np.full(2 * len(few), 0.5), CUTOFFS) is None  # type: ignore[arg-type]  # the examples suffice
    unknown: list[int | None] = [None] * 100
    assert order_of_acceptance(rows(unknown), np.full(200, 0.5), CUTOFFS) is None  # type: ignore[arg-type]  # the examples suffice


def test_the_interval_of_the_area_covers_the_truth() -> None:
    rng = np.random.default_rng(3)
    # Two normals one standard deviation apart: P(up > down) = 0.7602.
    covered = 0
    for _ in range(300):
        positive = rng.random(150) < 0.4
        score = np.round(rng.normal(positive.astype(float), 1.0), 1)
        found = area(score, positive)
        assert found.value == pytest.approx(roc_auc_score(positive, score))
        covered += found.low <= 0.7602 <= found.high
    assert covered >= 270


@pytest.fixture(scope="module")
def accepting(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a company that wants to predict acceptance instead of customers."""
    folder, clock = tmp_path_factory.mktemp("accepting"), FixedClock(datetime(2026, 7, 1, tzinfo=UTC))
    simulate(folder / "history", leads=1800, months=18, seed=6)
    files: dict[str, Path] = {n: folder / "history" / f"{n}.csv" for n in ("leads", "events", "outcomes")}
    initialise(folder / "acme", target="outcome=sql_accepted", clock=clock, **files)
    workspace = Workspace.open(folder / "acme")
    with workspace.config_file.open("a", encoding="utf-8") as file:
        file.write("\ntraining: {gate_draws: 200, moments_days: [0, 7], gate_min_positives: 40}\n")
    return workspace


def test_acceptance_can_be_the_target_and_its_order_stands_in_result_and_card(accepting: Workspace) -> None:
    clock = FixedClock(datetime(2026, 7, 1, tzinfo=UTC))
    assert accepting.config().target.outcome == "sql_accepted"
    result = train(accepting, clock=clock, progress=SilentProgress())
    assert result.evaluations["model"].auc > 0.55
    assert result.acceptance is not None
    assert result.acceptance.answered < result.acceptance.leads
    assert result.acceptance.sentence in result.sentences
    assert result.to_mapping()["acceptance"]["auc"]["value"] == result.acceptance.auc.value
    card = json.loads((result.bundle / "card.json").read_text(encoding="utf-8"))
    assert card["metrics"]["acceptance.auc"] == pytest.approx(result.acceptance.auc.value)
    assert any("nobody handed over" in limit for limit in card["limits"])
