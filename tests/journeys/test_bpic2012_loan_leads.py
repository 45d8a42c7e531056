"""A bank's applications with every event: the outcome is an event, and nothing after the moment is read."""

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from benchmarks import events as benchmark
from benchmarks.quality.methods import OURS
from benchmarks.quality.sets import BASELINES, read_baselines

pytestmark = [pytest.mark.journey, pytest.mark.data]

TODAY = pd.Timestamp("2012-01-20", tz="UTC")


def test_from_events_to_scores_a_day_after_registration(journey, tmp_path):
    folder = journey.data_set("bpic2012_loan_leads")
    leads = pd.read_csv(folder / "applications.csv.gz", dtype=str)
    events = pd.read_csv(folder / "events.csv.gz", dtype=str, keep_default_na=False)
    registered = pd.to_datetime(leads["reg_date"], utc=True, format="ISO8601")
    happened = pd.to_datetime(events["timestamp"], utc=True, format="ISO8601")
    known = leads[registered <= TODAY]
    known.to_csv(tmp_path / "leads.csv", index=False)
    before = (happened <= TODAY) & events["case_id"].isin(known["case_id"])
    events[before].to_csv(tmp_path / "events.csv", index=False)
    workspace = tmp_path / "loans"
    made = journey.leadscore(
        "init", workspace, "--leads", tmp_path / "leads.csv", "--events", tmp_path / "events.csv",
        "--target", "activity=A_APPROVED",
    )  # fmt: skip
    assert made.code == 0, made.err

    checked = journey.leadscore("check", workspace, "--json")
    assert checked.code == 0
    approved = events.loc[events["activity"].eq("A_APPROVED") & before, "case_id"].nunique()
    assert checked.json["outcomes"]["won"] == approved

    version, _ = journey.trained_version(workspace)
    day = registered + pd.Timedelta(days=1)
    ends = events["activity"].isin(["A_APPROVED", "A_DECLINED", "A_CANCELLED", "A_ACTIVATED", "A_REGISTERED"])
    ended = leads["case_id"].map(happened[ends].groupby(events.loc[ends, "case_id"]).min())
    later = leads[(registered > TODAY) & (registered < TODAY + pd.Timedelta(days=14)) & ~(ended <= day)]
    later.assign(as_of=day.map(lambda moment: moment.isoformat())).to_csv(tmp_path / "later.csv", index=False)
    events[events["case_id"].isin(later["case_id"])].to_csv(tmp_path / "later_events.csv", index=False)
    scores = journey.scores(
        workspace, version, tmp_path / "later.csv", tmp_path / "scores.csv", "--events", tmp_path / "later_events.csv"
    )
    label = later["case_id"].isin(events.loc[events["activity"] == "A_APPROVED", "case_id"]).astype(int)
    assert scores["lead_id"].astype(str).tolist() == later["case_id"].tolist()
    assert roc_auc_score(label, scores["probability"]) > 0.62

    early_only = happened.le(events["case_id"].map(dict(zip(leads["case_id"], day, strict=True))))
    events[early_only & events["case_id"].isin(later["case_id"])].to_csv(tmp_path / "early_events.csv", index=False)
    again = journey.scores(
        workspace, version, tmp_path / "later.csv", tmp_path / "again.csv", "--events", tmp_path / "early_events.csv"
    )
    pd.testing.assert_frame_equal(scores, again)


# The peers' file is not ours to mend.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_raw_events_are_worth_at_least_as_much_as_hand_made_features(journey, tmp_path):
    folder = journey.data_set("bpic2012_loan_leads")
    if not BASELINES.is_file():
        pytest.skip(f"the peers are not at {BASELINES}")
    history = benchmark.loan_history(folder, tmp_path / "loans")
    compared = benchmark.compare_on(read_baselines(), history, "bpic2012_day1", ["lightgbm"])
    ours, lightgbm = (compared.reached[name].figures for name in (OURS, "lightgbm"))
    assert ours["log_loss"] <= lightgbm["log_loss"]
    assert ours["auc"] >= lightgbm["auc"]
