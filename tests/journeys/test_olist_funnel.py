"""A marketplace's leads and the deals closed with them, as known on a day in the past."""

import pandas as pd
import pytest

pytestmark = [pytest.mark.journey, pytest.mark.data]

TODAY = pd.Timestamp("2018-05-01")
HORIZON = pd.Timedelta(days=90)


def test_from_leads_and_deals_to_scores_of_later_leads(journey, tmp_path):
    folder = journey.data_set("olist_funnel")
    leads = pd.read_csv(folder / "olist_marketing_qualified_leads_dataset.csv.gz", dtype=str, keep_default_na=False)
    deals = pd.read_csv(folder / "olist_closed_deals_dataset.csv.gz", dtype=str, keep_default_na=False)
    created = pd.to_datetime(leads["first_contact_date"])
    won = leads["mql_id"].map(pd.to_datetime(deals.set_index("mql_id")["won_date"]))
    known = leads[created <= TODAY]
    known.to_csv(tmp_path / "leads.csv", index=False)
    deals[pd.to_datetime(deals["won_date"]) <= TODAY].to_csv(tmp_path / "deals.csv", index=False)
    later = leads[created > TODAY]
    later.assign(as_of=later["first_contact_date"]).to_csv(tmp_path / "later.csv", index=False)
    workspace = tmp_path / "olist"
    made = journey.leadscore("init", workspace, "--leads", tmp_path / "leads.csv", "--outcomes", tmp_path / "deals.csv")
    assert made.code == 0, made.err

    checked = journey.leadscore("check", workspace, "--json")
    assert checked.code == 0
    assert checked.json["suspects"] == []
    assert checked.json["outcomes"] == {"won": int((pd.to_datetime(deals["won_date"]) <= TODAY).sum())}

    version, _ = journey.trained_version(workspace)
    scores = journey.scores(workspace, version, tmp_path / "later.csv", tmp_path / "scores.csv")
    assert scores["lead_id"].tolist() == later["mql_id"].tolist()

    label = (won - created).le(HORIZON).astype(int)
    # The same rows: of the leads whose horizon had passed, the newest quarter is held out for the gate.
    mature = created <= (created[created <= TODAY - HORIZON]).quantile(0.75)
    plain = leads[["landing_page_id", "origin"]]
    rival = journey.lightgbm_defaults(plain[mature], label[mature], plain[created > TODAY])
    actual = label[created > TODAY]
    assert journey.log_loss(scores["probability"], actual) <= journey.log_loss(rival, actual)
