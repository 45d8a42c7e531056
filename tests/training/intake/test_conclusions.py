from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.config import Config, TimeOrder, config_from_mapping, read_config
from features.domain import ConfigError, FixedClock
from features.history import FileHistory
from features.schema import ColumnType, Role, Use
from training.intake.conclusions import infer
from training.intake.findings import Findings, Level
from training.intake.leakage import Evidence
from training.intake.sources import read_sources
from training.intake.yaml_draft import config_text

CLOCK = FixedClock(datetime(2026, 6, 1, tzinfo=UTC))
START = datetime(2024, 1, 1, 8, tzinfo=UTC)


def concluded(
    leads: Path, events: Path | None = None, outcomes: Path | None = None, target: str | None = None
) -> tuple[Config, FileHistory, tuple[Evidence, ...], Findings]:
    findings = Findings()
    return (*infer(read_sources(leads, events, outcomes, target), "acme", CLOCK, findings), findings)


def level_of(findings: Findings, place: str) -> Level:
    return next(finding.level for finding in findings.made if ".".join(finding.place) == place)


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """A company with events keyed by another name, terminal kinds, and kinds that coincide with the outcome."""
    rng = np.random.default_rng(1)
    n = 600
    won = rng.random(n) < 0.25
    created = [START + timedelta(hours=7 * i) for i in range(n)]
    pl.DataFrame(
        {
            "Contact ID": [f"C-{i:05d}" for i in range(n)],
            "Created Date": [moment.isoformat() for moment in created],
            "Email": [f"person{i}@firm{i % 50}.example" for i in range(n)],
            "Website": [f"www.firm{i % 50}.com" for i in range(n)],
            "Employees": rng.integers(1, 900, n),
            "Last Name": rng.choice(["Meier", "Schulz", "Weber"], n),
            "Company": [f"Firm {i % 90}" for i in range(n)],
            "Industry": rng.choice(["software", "unknown", "trade"], n),
            "Zip": [f"{z:05d}" for z in rng.integers(0, 99999, n)],
            "Country": rng.choice(["DE", "NO", "FR"], n),
            "Comment by visitor": [f"we want to see a demo of part {i} next week" for i in range(n)],
            "Consent": ["yes"] * n,
        }
    ).write_csv(tmp_path / "leads.csv")
    rows: list[tuple[str, datetime, str, str]] = []
    for i in range(n):
        end = created[i] + timedelta(days=float(rng.exponential(8)) + 1)
        rows += [(f"C-{i:05d}", created[i] + timedelta(hours=h), "page_view", "web") for h in range(3)]
        if won[i]:
            rows += [(f"C-{i:05d}", end, "deal_won", "crm"), (f"C-{i:05d}", end, "contract_sent", "crm")]
            rows.append((f"C-{i:05d}", end + timedelta(days=3), "welcome_mail", "crm"))
        else:
            rows.append((f"C-{i:05d}", end, "lead_lost", "crm"))
    pl.DataFrame(
        {
            "contact": [row[0] for row in rows],
            "timestamp": [row[1].isoformat() for row in rows],
            "activity": [row[2] for row in rows],
            "channel": [row[3] for row in rows],
            "message_id": [f"m{i}" for i in range(len(rows))],
        }
    ).write_csv(tmp_path / "events.csv")
    return tmp_path


def test_types_roles_and_event_kinds_are_inferred_with_their_evidence(company: Path) -> None:
    config, history, suspects, findings = concluded(company / "leads.csv", company / "events.csv")
    assert (config.leads.lead_id, config.leads.created_at) == ("Contact ID", "Created Date")
    assert config.events is not None
    assert (config.events.lead_id, config.events.occurred_at, config.events.event) == (
        "contact",
        "timestamp",
        "activity",
    )
    assert (config.target.from_events, config.target.positive, config.target.negative) == (
        True,
        ("deal_won",),
        ("lead_lost",),
    )
    types = {column.name: column.type for column in config.schema.columns}
    assert types == {
        "Email": ColumnType.EMAIL, "Website": ColumnType.WEBSITE, "Employees": ColumnType.NUMBER,
        "Last Name": ColumnType.IDENTIFIER, "Company": ColumnType.IDENTIFIER,
        "Industry": ColumnType.CATEGORY, "Zip": ColumnType.CATEGORY, "Country": ColumnType.COUNTRY,
        "Comment by visitor": ColumnType.FREE_TEXT, "Consent": ColumnType.CONSTANT,
    }  # fmt: skip
    assert config.schema.missing_values == {"unknown"}
    uses = {kind.name: kind.use for kind in config.schema.event_kinds}
    assert uses == {
        "page_view": Use.ENGAGEMENT, "deal_won": Use.OUTCOME, "lead_lost": Use.OUTCOME,
        "contract_sent": Use.LEFT_OUT, "welcome_mail": Use.LEFT_OUT,
    }  # fmt: skip
    assert {prop.name: prop.role for prop in config.schema.properties} == {
        "channel": Role.ENGAGEMENT, "message_id": Role.LEFT_OUT,
    }  # fmt: skip
    assert suspects == ()
    assert history.outcomes()["outcome"].value_counts().height == 2
    assert level_of(findings, "time_zone") is Level.INFERRED


def test_the_written_file_reads_back_as_what_was_concluded(company: Path) -> None:
    config, _, _, findings = concluded(company / "leads.csv", company / "events.csv")
    text = config_text(config, findings, company / "acme")
    (company / "acme").mkdir()
    (company / "acme" / "leadscore.yaml").write_text(text, encoding="utf-8")
    assert read_config(company / "acme" / "leadscore.yaml") == config
    assert "file: ../leads.csv" in text
    assert "# SUSPECT" not in text.split("kinds:")[0]
    for finding in findings.made:
        assert finding.evidence.split(";")[0][:40] in " ".join(text.split())


def outcomes_company(tmp_path: Path, values: list[str]) -> Path:
    n = 400
    pl.DataFrame(
        {
            "lead_id": [f"L{i}" for i in range(n)],
            "created_at": [f"{(START + timedelta(days=i)):%d.%m.%Y %H:%M}" for i in range(n)],
            "source": ["web", "fair"] * (n // 2),
        }
    ).write_csv(tmp_path / "leads.csv", separator=";")
    pl.DataFrame(
        {
            "lead_id": [f"L{i}" for i in range(0, n, 2)],
            "occurred_at": [f"{(START + timedelta(days=i + 150)):%d.%m.%Y %H:%M}" for i in range(0, n, 2)],
            "outcome": [values[i % len(values)] for i in range(n // 2)],
            "reason": ["price" if i % 2 else "" for i in range(n // 2)],
        }
    ).write_csv(tmp_path / "outcomes.csv", separator=";")
    return tmp_path


def test_an_outcomes_file_gives_target_reason_time_format_and_a_longer_horizon(tmp_path: Path) -> None:
    folder = outcomes_company(tmp_path, ["won", "lost", "sql_rejected"])
    config, history, _, findings = concluded(folder / "leads.csv", outcomes=folder / "outcomes.csv")
    assert config.outcomes is not None
    assert (config.outcomes.outcome, config.outcomes.reason) == ("outcome", "reason")
    assert config.leads.time_format == config.outcomes.time_format == "%d.%m.%Y %H:%M"
    assert (config.target.outcome, config.target.horizon_days) == ("won", 150.0)
    assert set(history.outcomes()["outcome"].unique()) == {"won", "lost", "sql_rejected"}
    assert level_of(findings, "time_zone") is Level.ASSUMED


def test_an_outcome_in_other_words_becomes_ours(tmp_path: Path) -> None:
    folder = outcomes_company(tmp_path, ["Closed Won", "Closed Lost"])
    config, history, _, _ = concluded(folder / "leads.csv", outcomes=folder / "outcomes.csv")
    assert config.target.positive == ("Closed Won",)
    assert set(history.outcomes()["outcome"].unique()) == {"won", "lost"}


@pytest.mark.parametrize(
    ("header", "rows", "target", "said"),
    [
        ("id,converted,won", ["{i},{b},{b}"], None, "several columns"),
        ("id,size,flag", ["{i},{i},{b}"], None, "'flag'"),
        ("id,status", ["{i},s{m}"], "status", "--target 'status=VALUE'"),
        ("id,status", ["{i},s{m}"], "status=won", "never holds 'won'"),
        ("id,status", ["{i},s{m}"], "stats=won", "Did you mean 'status'"),
    ],
)
def test_an_unclear_target_is_not_guessed(
    tmp_path: Path, header: str, rows: list[str], target: str | None, said: str
) -> None:
    lines = [rows[0].format(i=i, b=i % 2, m=i % 5) for i in range(60)]
    (tmp_path / "leads.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        concluded(tmp_path / "leads.csv", target=target)
    assert said in str(caught.value)


def flat(tmp_path: Path, flags: np.ndarray) -> Path:
    age = np.random.default_rng(2).integers(20, 60, len(flags))
    pl.DataFrame({"age": age, "won": flags.astype(int)}).write_csv(tmp_path / "flat.csv")
    return tmp_path / "flat.csv"


def test_the_order_of_a_flat_file_counts_only_where_the_rate_drifts(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    drifting = rng.random(4000) < np.linspace(0.02, 0.4, 4000)
    assert concluded(flat(tmp_path, drifting))[0].leads.order is TimeOrder.FILE
    assert concluded(flat(tmp_path, rng.random(4000) < 0.2))[0].leads.order is TimeOrder.NONE
    assert concluded(flat(tmp_path, np.sort(drifting)))[0].leads.order is TimeOrder.NONE


def test_a_date_of_hindsight_is_not_taken_for_the_creation(tmp_path: Path) -> None:
    lines = [f"L{i},2024-0{1 + i % 9}-11,{i % 2}" for i in range(60)]
    (tmp_path / "leads.csv").write_text("\n".join(["lead_id,closed_on,converted", *lines]), encoding="utf-8")
    assert concluded(tmp_path / "leads.csv")[0].leads.created_at is None


def test_a_token_that_converts_unlike_empty_cells_stays_a_value(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    answer = rng.choice(["Select", "", "n/a", "IT"], 4000)
    won = rng.random(4000) < np.where(answer == "", 0.05, np.where(answer == "n/a", 0.05, 0.4))
    pl.DataFrame({"field": answer, "won": won.astype(int)}).write_csv(tmp_path / "leads.csv")
    config, _, _, findings = concluded(tmp_path / "leads.csv")
    assert config.schema.missing_values == {"n/a"}
    assert any("'Select' is kept" in finding.what for finding in findings.made)


def test_two_readings_of_a_day_are_said_and_not_hidden(tmp_path: Path) -> None:
    lines = [f"L{i},0{1 + i % 9}/0{1 + i % 8}/2024,{i % 2}" for i in range(90)]
    (tmp_path / "leads.csv").write_text("\n".join(["lead_id,created_at,converted", *lines]), encoding="utf-8")
    _, _, _, findings = concluded(tmp_path / "leads.csv")
    assert level_of(findings, "leads.time_format") is Level.ASSUMED


def test_a_leads_file_to_score_needs_no_target_and_may_lack_columns(company: Path) -> None:
    config, _, _, _ = concluded(company / "leads.csv", company / "events.csv")
    (company / "new.csv").write_text(
        "extra;Contact ID;Created Date;Employees;as_of\n1;C-00001;2024-05-01T00:00:00Z;12;2024-05-02T00:00:00Z\n",
        encoding="utf-8",
    )
    history = FileHistory.read(config, leads_file=company / "new.csv", require_outcomes=False, clock=CLOCK)
    assert history.leads()["attribute.Employees"].to_list() == [12.0]
    assert history.leads()["attribute.Industry"].to_list() == [None]
    assert "lacks" in history.quality.warnings[0]
    assert history.as_of is not None
    assert history.as_of.to_list() == [datetime(2024, 5, 2, tzinfo=UTC)]
    assert history.outcomes().is_empty()


def test_a_schema_with_awkward_names_survives_the_file(tmp_path: Path) -> None:
    names = ["y", "NO", "a: b", "#x", "emp.var.rate", "-", "null", "1", "größe", "it's"]
    rng = np.random.default_rng(5)
    frame = pl.DataFrame({name: rng.choice(["u", "v", "w"], 300) for name in names})
    frame.with_columns(converted=pl.Series(rng.integers(0, 2, 300))).write_csv(tmp_path / "leads.csv")
    config, _, _, findings = concluded(tmp_path / "leads.csv")
    (tmp_path / "leadscore.yaml").write_text(config_text(config, findings, tmp_path), encoding="utf-8")
    again = read_config(tmp_path / "leadscore.yaml")
    assert [column.name for column in again.schema.columns] == names
    assert again == config
    assert config_from_mapping({"name": "a", "leads": {"file": "x"}, "target": {}}, tmp_path).schema.columns == ()


def test_a_german_excel_file_is_understood_as_it_lies_there(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    lines = ["sep=;", "Lead Nr;Angelegt am;Firma;Umsatz;Herkunft;Letzter Kontakt;Gewonnen"]
    for i in range(400):
        made = START + timedelta(hours=20 * i)
        revenue = f"{rng.integers(1, 900)}.{rng.integers(100, 999)},{rng.integers(10, 99)}"
        source = ["Messe", "Wärmepumpe", "k.A."][i % 3]
        seen = made - timedelta(days=3)
        flag = "ja" if rng.random() < 0.3 else "nein"
        lines.append(f'{i + 1};{made:%d.%m.%Y %H:%M};"Firma {i}\nGmbH";{revenue};{source};{seen:%d.%m.%Y %H:%M};{flag}')
    (tmp_path / "leads.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    config, history, suspects, _ = concluded(tmp_path / "leads.csv")
    form = config.leads.format
    assert (form.encoding, form.delimiter, form.decimal) == ("cp1252", ";", ",")
    assert (config.leads.lead_id, config.leads.created_at) == ("Lead Nr", "Angelegt am")
    assert config.leads.time_format == "%d.%m.%Y %H:%M"
    assert (config.target.column, config.target.positive) == ("Gewonnen", ("ja",))
    types = {column.name: column.type for column in config.schema.columns}
    assert (types["Umsatz"], types["Herkunft"], types["Letzter Kontakt"]) == (
        ColumnType.NUMBER, ColumnType.CATEGORY, ColumnType.DATE,
    )  # fmt: skip
    assert config.schema.missing_values == {"k.A."}
    assert history.leads()["attribute.Umsatz"].min() > 1000  # type: ignore[operator]  # a column of numbers
    assert history.quality.tables[0].used == 400
    assert suspects == ()
