from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from features.config import Acceptance
from features.domain import Outcome, Stage
from serving.calls.stage_steps import Said, SalesWords, stage_after_outcome, stage_after_score
from serving.store.standings import Standing

NOW = datetime(2026, 3, 4, tzinfo=UTC)
WORDS = SalesWords(Acceptance(), "won")


@dataclass
class Points:
    """What of a score decides a stage."""

    points: float

    @property
    def score(self) -> int:
        return int(self.points)


def at(stage, points):
    """Return where a lead stands."""
    return Standing(1, NOW, int(points), points, stage, NOW)


def walk(*points, missing=(), said=None, hysteresis=5.0):
    """Return the stages of a lead with these points, one after the other."""
    standing, stages = None, []
    for one in points:
        stage = stage_after_score(Points(one), missing, standing, said or Said(), hysteresis)
        standing = at(stage, one)
        stages.append(stage.value)
    return stages


def test_49_and_51_do_not_flip_a_lead():
    assert walk(49, 51, 49, 51, 45, 44.9, 49) == ["lead", "mql", "mql", "mql", "mql", "lead", "lead"]


def test_an_sql_falls_only_below_the_hysteresis_and_then_stage_by_stage():
    assert walk(80, 74, 70, 69.9, 74, 75, 10) == ["sql", "sql", "sql", "mql", "mql", "sql", "lead"]


def test_without_hysteresis_the_score_alone_decides():
    assert walk(51, 49, 75, 74, hysteresis=0) == ["mql", "lead", "sql", "mql"]


def test_a_missing_field_holds_a_lead_below_sql_also_one_that_was_sql():
    assert walk(80, missing=("need",)) == ["mql"]
    before = at(Stage.SQL, 80.0)
    assert stage_after_score(Points(72), ("need",), before, Said(), 5) is Stage.MQL


def test_no_score_takes_a_lead_from_sales_that_sales_accepted():
    assert walk(80, 10, said=Said(accepted=True)) == ["sql", "sql"]


def test_what_sales_turned_down_comes_back_when_the_score_crosses_the_cutoff_anew():
    turned_down, stages = Said(accepted=False), []
    standing = at(Stage.MQL, 80.0)
    for points in (82, 78, 60, 76, 74):
        stage = stage_after_score(Points(points), (), standing, turned_down, 5)
        standing = at(stage, points)
        stages.append(stage.value)
    assert stages == ["mql", "mql", "mql", "sql", "sql"]


@pytest.mark.parametrize(("outcome", "stage"), [("won", "customer"), ("lost", "lost"), ("opportunity", "opportunity")])
def test_an_ending_holds_whatever_the_score(outcome, stage):
    said = WORDS.said([Outcome("L1", NOW, "sql_accepted"), Outcome("L1", NOW, outcome)])
    assert walk(10, 90, said=said) == [stage, stage]
    assert stage_after_outcome(Outcome("L1", NOW, outcome), Stage.SQL, WORDS) is Stage(stage)


def test_the_last_answer_of_sales_counts():
    answers = [Outcome("L1", NOW, "sql_rejected"), Outcome("L1", NOW, "sql_accepted")]
    assert WORDS.said(answers).accepted is True
    assert WORDS.said(answers[::-1]).accepted is False
    assert WORDS.said([]).accepted is None


def test_an_answer_of_sales_moves_a_lead():
    accepted, rejected = Outcome("L1", NOW, "sql_accepted"), Outcome("L1", NOW, "sql_rejected", "no budget")
    assert stage_after_outcome(accepted, Stage.MQL, WORDS) is Stage.SQL
    assert stage_after_outcome(accepted, Stage.CUSTOMER, WORDS) is Stage.CUSTOMER
    assert stage_after_outcome(rejected, Stage.SQL, WORDS) is Stage.MQL
    assert stage_after_outcome(rejected, Stage.LEAD, WORDS) is Stage.LEAD
