"""The drafted agreement is valid, possible and says where its numbers come from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from features.config import Config
from features.domain import Sla
from features.history import FileHistory
from training.intake.promises import promise
from training.intake.sla_draft import draft_sla

Read = Callable[[Any], tuple[str, dict[str, Any]]]
Flat = Callable[..., tuple[FileHistory, Config]]


@pytest.fixture(scope="module")
def drafted(simulated: tuple[FileHistory, Config]) -> Any:
    return draft_sla(*simulated)


def test_the_draft_is_accepted_as_an_agreement(drafted: Any, as_read: Read) -> None:
    sla = Sla.from_mapping(as_read(drafted)[1])
    assert sla.mql.min_conversion_rate is not None
    assert sla.sql.min_conversion_rate is not None
    assert 0.08 <= sla.mql.min_conversion_rate < sla.sql.min_conversion_rate <= 0.3
    assert sla.mql.max_missed_customers == 0.3
    assert sla.mql.contact_within is not None
    assert sla.sql.contact_within is not None


def test_requires_names_only_fields_that_exist(drafted: Any) -> None:
    assert list(drafted["sql"]["requires"]) == ["email", "consent"]


def test_capacity_follows_the_arrivals(simulated: tuple[FileHistory, Config], drafted: Any) -> None:
    leads = simulated[0].leads()["lead_id"].n_unique()
    assert 5 <= drafted["sql"]["max_per_week"] <= leads / 78


def test_acceptance_is_promised_where_sales_records_it(drafted: Any) -> None:
    assert 0.4 <= drafted["sql"]["min_acceptance_rate"] <= 0.65


def test_clauses_not_agreed_stand_as_comments(drafted: Any, as_read: Read) -> None:
    text, _ = as_read(drafted)
    for entry in ("# valid_from:", "# agreed_by:", "# personas:"):
        assert entry in text


def test_the_commented_examples_are_valid_too(drafted: Any, as_read: Read) -> None:
    text, _ = as_read(drafted)
    signed = re.sub(r"^# (valid_from|agreed_by|personas|  - \{name)", r"\1", text, flags=re.MULTILINE)
    sla = Sla.from_mapping(YAML(typ="safe", pure=True).load(signed))
    assert sla.valid_from is not None
    assert set(sla.agreed_by) == {"marketing", "sales"}
    assert [persona.name for persona in sla.personas] == ["Marketing lead in a mid-size company"]


def test_a_flat_history_gets_an_agreement_without_weeks(flat: Flat, as_read: Read) -> None:
    rng = np.random.default_rng(2)
    source = rng.choice(["fair", "web"], 4_000)
    history, config = flat({"source": source}, rng.random(4_000) < np.where(source == "fair", 0.5, 0.2))
    text, read = as_read(draft_sla(history, config))
    sla = Sla.from_mapping(read)
    assert sla.sql.max_per_week is None
    assert "sql.max_per_week" not in sla.priority
    assert sla.sql.requires == ()
    assert "# min_acceptance_rate" in text


def test_nothing_known_gives_a_usable_agreement(flat: Flat, as_read: Read) -> None:
    history, config = flat({"source": np.array(["a"] * 50)}, np.zeros(50, dtype=bool))
    sla = Sla.from_mapping(as_read(draft_sla(history, config))[1])
    assert sla.mql.min_conversion_rate is not None
    assert sla.sql.min_conversion_rate is not None


@pytest.mark.parametrize("base", [0.01, 0.05, 0.12, 0.4, 0.7])
@pytest.mark.parametrize("strength", [0.0, 0.5, 2.0])
def test_promises_are_ordered_and_within_what_the_rules_reach(base: float, strength: float) -> None:
    rng = np.random.default_rng(1)
    signal = rng.normal(size=20_000)
    odds = base / (1 - base) * np.exp(strength * signal - 0.5 * strength**2)
    converted = (rng.random(20_000) < odds / (1 + odds)).astype(float)
    made = promise(converted.mean(), np.round(10 * signal), converted, np.ones(20_000))
    assert 0 < made.mql_rate <= made.sql_rate <= 0.8
    assert made.mql_points is not None
    top = np.argsort(-signal)[:1_000]
    assert made.sql_rate <= converted[top].mean() + 0.05
    assert 0.03 <= made.mql_share <= 0.45
    if strength == 2.0:
        assert made.mql_rate < made.sql_rate
