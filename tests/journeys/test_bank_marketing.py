"""A bank's calls in the order of the file, under the hardest drift: the call's length is left out."""

import pandas as pd
import pytest

pytestmark = [pytest.mark.journey, pytest.mark.data]


def test_from_calls_in_order_to_scores(journey, tmp_path):
    file = journey.data_set("bank_marketing") / "bank-additional-full.csv.gz"
    table = pd.read_csv(file, sep=";", keep_default_na=False)
    edge = int(len(table) * 0.7)
    older, newer = table[:edge], table[edge:]
    older.to_csv(tmp_path / "older.csv", index=False, sep=";")
    newer.drop(columns="y").to_csv(tmp_path / "newer.csv", index=False, sep=";")
    workspace = tmp_path / "bank"
    assert journey.leadscore("init", workspace, "--leads", tmp_path / "older.csv").code == 0

    checked = journey.leadscore("check", workspace, "--json")
    assert checked.code == 0
    assert checked.json["suspects"] == ["duration"]
    assert checked.json["reached"] == (older["y"] == "yes").sum()

    version, _ = journey.trained_version(workspace)
    scores = journey.scores(workspace, version, tmp_path / "newer.csv", tmp_path / "scores.csv")
    assert scores["lead_id"].tolist() == [f"row {row + 1}" for row in range(len(newer))]

    label = (table["y"] == "yes").astype(int)
    plain = table.drop(columns=["y", "duration"])
    # The same rows: the newest quarter of what was known is held out for the gate and the certificate.
    learned = int(edge * 0.75)
    rival = journey.lightgbm_defaults(plain[:learned], label[:learned], plain[edge:])
    assert journey.log_loss(scores["probability"], label[edge:]) <= journey.log_loss(rival, label[edge:])
