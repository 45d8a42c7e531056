"""Whatever stands in a field of a body, the answer names the fault by a code of the page, and none is a 5xx."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
CODES = set(re.findall(r"`([a-z-]+)`", PAGE[PAGE.index("| `code` in `errors` |") :]))
VALUES = [None, 1, -1, 0.5, 1e300, 10**30, True, "", "x", "x" * 5_000, "\x00", [], [1], ["x"] * 2_000, {}, {"a": 1}]
BODIES = {
    "POST /v1/sla/proposals": {"sla": {"version": 9}, "mql": 0.1, "sql": 0.3},
    "POST /v1/webhooks": {"url": "https://93.184.216.34/hook", "kinds": ["lead.scored"]},
    "POST /v1/leads/L1/consents": {
        "purpose": "profiling", "word": "given", "said_at": "2026-01-01T00:00:00Z", "source": "form",
        "proof": {"a": "b"},
    },
    "POST /v1/leads/L1/outcomes": {
        "outcome": "won", "reason": "x", "occurred_at": "2026-01-01T00:00:00Z", "outcome_id": "1", "by": "ann",
    },
    "POST /v1/events": {"events": []},
    "PUT /v1/leads/L1": {"employees": 3, "email": "a@b.de", "country": "DE", "created_at": "2026-01-01T00:00:00Z"},
}  # fmt: skip


@pytest.mark.parametrize("call", BODIES)
def test_every_fault_is_named_by_a_code_of_the_page_and_its_place(service, call):
    service.put("L1", employees=200)
    method, path = call.split()
    faults = []
    for field in [*BODIES[call], "unheard_of"]:
        for value in VALUES:
            answer = service.client.request(method, path, json={**BODIES[call], field: value})
            assert answer.status_code < 500, (field, value)
            if answer.status_code == 422:
                faults += [(field, one) for one in answer.json()["errors"]]
    assert faults
    for field, one in faults:
        assert one["code"] in CODES, one
        assert one["pointer"].startswith(f"/{field}") or field in ("sla", "unheard_of", "events", "mql", "sql"), one
        assert "Input should" not in one["message"]
