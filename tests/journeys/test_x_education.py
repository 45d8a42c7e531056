"""A course seller's flat table: leakage named, a model that holds on the newest leads."""

import pandas as pd
import pytest

pytestmark = [pytest.mark.journey, pytest.mark.data]


def test_from_a_flat_table_to_scores(journey, tmp_path):
    table = pd.read_csv(journey.data_set("x_education") / "leads.csv.gz", dtype=str, keep_default_na=False)
    table = table.sort_values("Lead Number", key=lambda column: column.astype(int)).reset_index(drop=True)
    edge = int(len(table) * 0.75)
    older, newer = table[:edge], table[edge:]
    older.to_csv(tmp_path / "older.csv", index=False)
    newer.drop(columns="Converted").to_csv(tmp_path / "newer.csv", index=False)
    workspace = tmp_path / "acme"
    assert journey.leadscore("init", workspace, "--leads", tmp_path / "older.csv").code == 0

    checked = journey.leadscore("check", workspace, "--json")
    assert checked.code == 0
    assert {"Tags", "Lead Quality"} <= set(checked.json["suspects"])
    rows = checked.json["quality"]["tables"][0]
    assert rows["read"] == len(older) == rows["used"] + rows["rejected"] + rows["duplicate"]
    assert checked.json["reached"] == (older["Converted"] == "1").sum()

    version, told = journey.trained_version(workspace)
    assert told["promoted"], told["verdict"]["reasons"]
    scores = journey.scores(workspace, version, tmp_path / "newer.csv", tmp_path / "scores.csv")
    assert scores["lead_id"].astype(str).tolist() == newer["Lead Number"].tolist()

    used = [
        column["name"]
        for column in checked.json["columns"]
        if column["role"] != "left_out" and column["type"] in {"number", "category", "country"}
    ]
    numbers = {"TotalVisits", "Total Time Spent on Website", "Page Views Per Visit"}
    plain = table[used].apply(lambda column: pd.to_numeric(column) if column.name in numbers else column)
    label = (table["Converted"] == "1").astype(int)
    # The same rows: the newest quarter of what was known is held out for the gate and the certificate.
    learned = int(edge * 0.75)
    rival = journey.lightgbm_defaults(plain[:learned], label[:learned], plain[edge:])
    assert journey.log_loss(scores["probability"], label[edge:]) <= journey.log_loss(rival, label[edge:])
