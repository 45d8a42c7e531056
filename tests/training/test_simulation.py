"""The simulator's histories are realistic, repeatable, and their truth is true."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from features.domain import InputError
from training.simulation import SimulationSummary, simulate
from training.simulation.journeys import hazards
from training.simulation.truth import conversion_by_state
from training.simulation.world import STATES, World

END = datetime(2026, 3, 31, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> SimulationSummary:
    folder = tmp_path_factory.mktemp("simulated")
    return simulate(folder, leads=8_000, months=18, seed=7, end=END)


def read(summary: SimulationSummary, name: str) -> pl.DataFrame:
    table = pl.read_csv(summary.folder / name, infer_schema_length=None)
    times = [column for column in ("created_at", "known_at", "occurred_at", "as_of") if column in table.columns]
    # The pattern is given because guessing it takes polars seconds.
    return table.with_columns(pl.col(times).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_zone="UTC"))


def labelled_truth(summary: SimulationSummary) -> pl.DataFrame:
    won = read(summary, "outcomes.csv").filter(pl.col("outcome") == "won")
    truth = read(summary, "truth/truth.csv.gz")
    return (
        truth.join(won.select("lead_id", won_at="occurred_at"), on="lead_id", how="left")
        .filter(pl.col("as_of") <= END - timedelta(days=90))
        .with_columns(converted=(pl.col("won_at") <= pl.col("as_of") + timedelta(days=90)).fill_null(value=False))
    )


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    def digest(name: str, seed: int) -> str:
        simulate(tmp_path / name, leads=200, months=6, seed=seed, end=END)
        files = sorted(file for file in (tmp_path / name).rglob("*") if file.is_file())
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()

    assert digest("a", 3) == digest("b", 3)
    assert digest("a", 3) != digest("c", 4)


def test_a_history_has_about_twenty_events_a_lead_and_six_to_eight_percent_customers(
    written: SimulationSummary,
) -> None:
    assert 15 <= written.events / written.leads <= 27
    assert 0.055 <= written.won_share <= 0.085
    assert set(written.outcomes) == {"mql", "sql_accepted", "sql_rejected", "opportunity", "won", "lost"}


def test_most_leads_are_neither_won_nor_lost(written: SimulationSummary) -> None:
    assert written.outcomes["won"] + written.outcomes["lost"] < written.leads / 2


def test_nothing_lies_outside_the_history_and_no_event_before_its_lead(written: SimulationSummary) -> None:
    leads, events = read(written, "leads.csv"), read(written, "events.csv")
    created = leads.group_by("lead_id").agg(pl.col("created_at").first(), pl.col("known_at").min())
    assert (created["known_at"] == created["created_at"]).all()
    joined = events.join(created, on="lead_id", how="left")
    assert (joined["occurred_at"] >= joined["created_at"]).all()
    assert joined["occurred_at"].max() <= END
    assert leads["known_at"].max() <= END
    assert read(written, "outcomes.csv")["occurred_at"].max() <= END


def test_outcomes_of_a_customer_come_in_the_order_of_the_funnel(written: SimulationSummary) -> None:
    outcomes = read(written, "outcomes.csv")
    wide = outcomes.pivot("outcome", index="lead_id", values="occurred_at").drop_nulls("won")
    assert wide.select("mql", "sql_accepted", "opportunity").null_count().sum_horizontal().item() == 0
    assert wide["sql_rejected"].is_null().all()
    assert (wide["mql"] <= wide["sql_accepted"]).all()
    assert (wide["sql_accepted"] <= wide["opportunity"]).all()
    assert (wide["opportunity"] <= wide["won"]).all()


def test_every_rejection_has_a_reason(written: SimulationSummary) -> None:
    rejected = read(written, "outcomes.csv").filter(pl.col("outcome") == "sql_rejected")
    assert rejected["reason"].null_count() == 0


def test_customers_take_days_to_months(written: SimulationSummary) -> None:
    created = read(written, "leads.csv").group_by("lead_id").agg(pl.col("created_at").min())
    won = read(written, "outcomes.csv").filter(pl.col("outcome") == "won").join(created, on="lead_id")
    days = (won["occurred_at"] - won["created_at"]).dt.total_days()
    assert days.quantile(0.1) < 14
    assert days.quantile(0.9) > 90


def test_events_follow_office_hours_and_weekdays(written: SimulationSummary) -> None:
    at = read(written, "events.csv")["occurred_at"].dt.convert_time_zone("Europe/Berlin")
    assert ((at.dt.hour() >= 8) & (at.dt.hour() < 18)).mean() > 0.7
    assert (at.dt.weekday() <= 5).mean() > 0.8


def test_times_carry_berlins_offset_of_their_season(written: SimulationSummary) -> None:
    times = pl.read_csv(written.folder / "events.csv", infer_schema=False)["occurred_at"]
    assert set(times.str.slice(-6)) == {"+01:00", "+02:00"}
    assert times.filter(times.str.slice(5, 2) == "07").str.ends_with("+02:00").all()
    assert times.filter(times.str.slice(5, 2) == "01").str.ends_with("+01:00").all()


def test_a_few_link_scanners_click_five_hundred_times_a_day(written: SimulationSummary) -> None:
    clicks = read(written, "events.csv").filter(pl.col("event") == "email_click")
    busiest = clicks.group_by("lead_id").len().filter(pl.col("len") >= 500)
    assert 1 <= busiest.height <= 20


def test_nobody_gets_mail_after_the_day_of_unsubscribing(written: SimulationSummary) -> None:
    events = read(written, "events.csv")
    left = events.filter(pl.col("event") == "unsubscribe").group_by("lead_id").agg(left=pl.col("occurred_at").min())
    busy = events.filter(pl.col("event") == "email_click").group_by("lead_id").len().filter(pl.col("len") >= 500)
    opens = events.filter(pl.col("event").is_in(["email_open", "email_click"])).join(left, on="lead_id")
    opens = opens.join(busy, on="lead_id", how="anti")
    assert (opens["occurred_at"] <= opens["left"] + timedelta(days=1)).all()


def test_budgets_are_missing_not_at_random_and_versions_fill_what_was_unknown(written: SimulationSummary) -> None:
    leads = read(written, "leads.csv")
    first = leads.sort("known_at").group_by("lead_id", maintain_order=True).first()
    last = leads.sort("known_at").group_by("lead_id", maintain_order=True).last()
    assert 0.5 < first["budget"].null_count() / first.height < 0.85
    assert last["employees"].null_count() < first["employees"].null_count()
    assert written.versions > written.leads


def test_addresses_are_reserved_or_marked_as_invented(written: SimulationSummary) -> None:
    addresses = read(written, "leads.csv")["email"].drop_nulls()
    assert (addresses.str.ends_with(".example") | addresses.str.starts_with("invented.")).all()
    assert addresses.str.contains("@gmail.com").any()


@pytest.mark.parametrize("column", ["probability", "probability_given_intent"])
def test_the_truth_is_calibrated_in_every_tenth(written: SimulationSummary, column: str) -> None:
    truth = labelled_truth(written).filter(pl.col("age_days") == 7).sort(column)
    probability, converted = truth[column].to_numpy(), truth["converted"].to_numpy()
    for part in np.array_split(np.arange(truth.height), 10):
        expected = probability[part].mean()
        noise = np.sqrt((probability[part] * (1 - probability[part])).sum()) / len(part)
        assert abs(converted[part].mean() - expected) < 4 * noise


def test_the_hidden_state_knows_more_than_the_events_and_the_events_more_than_creation(
    written: SimulationSummary,
) -> None:
    truth = labelled_truth(written)
    later = truth.filter(pl.col("age_days") == 14)
    seen = roc_auc_score(later["converted"], later["probability"])
    hidden = roc_auc_score(later["converted"], later["probability_given_intent"])
    early = truth.filter(pl.col("age_days") == 0).select("lead_id", at_creation="probability")
    stale = later.join(early, on="lead_id")
    assert hidden > seen > roc_auc_score(stale["converted"], stale["at_creation"])
    assert seen > 0.7


def test_the_probability_by_state_agrees_with_many_simulated_lives() -> None:
    market, multiplier = World(), np.array([2.5])
    exact = conversion_by_state(market, multiplier)[0]
    rng = np.random.default_rng(1)
    won, lost = hazards(market, multiplier)
    move = np.cumsum(np.asarray(market.move), axis=1)
    lives = 20_000
    for start in range(len(STATES)):
        state, open_ = np.full(lives, start), np.ones(lives, dtype=bool)
        converted = np.zeros(lives, dtype=bool)
        for _ in range(90):
            chance = rng.random(lives)
            is_won = open_ & (chance < won[0, state])
            converted |= is_won
            open_ &= chance >= won[0, state] + lost[state]
            state = (rng.random((lives, 1)) >= move[state]).sum(axis=1).clip(max=len(STATES) - 1)
        noise = np.sqrt(exact[start] * (1 - exact[start]) / lives)
        assert abs(converted.mean() - exact[start]) < 4 * noise


def test_truth_is_given_only_where_the_lead_was_still_open(written: SimulationSummary) -> None:
    ended = (
        read(written, "outcomes.csv")
        .filter(pl.col("outcome").is_in(["won", "lost"]))
        .group_by("lead_id")
        .agg(ended=pl.col("occurred_at").min())
    )
    truth = read(written, "truth/truth.csv.gz").join(ended, on="lead_id")
    assert (truth["as_of"] <= truth["ended"]).all()


def test_the_parameters_are_written_beside_the_truth(written: SimulationSummary) -> None:
    parameters = json.loads((written.folder / "truth" / "parameters.json").read_text(encoding="utf-8"))
    assert parameters["asked"] == {"leads": 8_000, "months": 18, "seed": 7}
    assert tuple(parameters["market"]["chain"]["won"]) == World().won
    assert "Nothing may train" in (written.folder / "truth" / "README.md").read_text(encoding="utf-8")


def test_one_lead_and_one_month_are_enough(tmp_path: Path) -> None:
    summary = simulate(tmp_path / "one", leads=1, months=1, seed=0, end=END)
    assert summary.leads == 1
    assert (tmp_path / "one" / "events.csv").is_file()


@pytest.mark.parametrize("asked", [{"leads": 0}, {"months": 0}, {"seed": -1}, {"end": datetime(2026, 1, 1)}])  # noqa: DTZ001 - the missing zone is the point
def test_a_number_out_of_range_is_refused(tmp_path: Path, asked: dict[str, object]) -> None:
    with pytest.raises(InputError):
        simulate(tmp_path / "x", **{"leads": 10, "months": 3, "seed": 1, "end": END, **asked})  # type: ignore[arg-type]  # wrong on purpose


def test_somebodys_own_history_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_id\nL1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"leads\.csv"):
        simulate(tmp_path, leads=10, months=3, seed=1, end=END)
    assert (tmp_path / "leads.csv").read_text(encoding="utf-8") == "lead_id\nL1\n"


def test_a_simulated_folder_can_be_simulated_again(tmp_path: Path) -> None:
    simulate(tmp_path / "x", leads=10, months=3, seed=1, end=END)
    assert simulate(tmp_path / "x", leads=20, months=3, seed=1, end=END).leads == 20
