"""docs/crm-client.md: what a reader would copy does what the page says of it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "crm-client.md").read_text(encoding="utf-8")
IDS = ["crm client/1", "crm client/2", "crm client/3"]


def copied(http: Any, **more: Any) -> Any:
    """Return the client of the page; it waits for nobody."""
    (code,) = re.findall(r"<!-- example: client -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - what a reader of the page would do
    names["time"] = type("Clock", (), {"sleep": waits.append})
    return names["Leadscore"](http, **more)


waits: list[float] = []


@pytest.fixture(autouse=True)
def _nobody_waited_yet() -> None:
    waits.clear()


@pytest.fixture
def crm(client: Any) -> Iterator[Any]:
    """Return the client over the real application."""
    yield copied(client)
    for lead_id in IDS:
        assert client.request("DELETE", f"/v1/leads/{lead_id.replace(' ', '%20').replace('/', '%2F')}").is_success


def answers(*given: httpx.Response | Exception) -> tuple[Any, list[httpx.Request]]:
    """Return the client over a service that answers so, and the requests that it was sent."""
    sent: list[httpx.Request] = []
    waiting = list(given)

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        following = waiting.pop(0)
        if isinstance(following, Exception):
            raise following
        return following

    return copied(httpx.Client(transport=httpx.MockTransport(answer), base_url="http://crm.example"), tries=3), sent


def test_leads_events_outcomes_and_the_worklist_go_the_whole_way(crm: Any) -> None:
    for lead_id in IDS:
        kept = crm.keep_lead(lead_id, {"created_at": "2026-03-02T08:15:00+01:00", "employees": 250})
        assert (kept["lead_id"], kept["created"]) == (lead_id, True)
    demo = {"lead_id": IDS[0], "event": "demo_request", "occurred_at": "2026-03-04T10:02:00+01:00", "event_id": "1"}
    results = crm.keep_events([demo, demo, demo | {"occurred_at": "yesterday"}])
    assert [one.get("status") for one in results] == ["stored", "duplicate", None]
    assert results[2]["problem"]["errors"][0]["code"] == "invalid-moment"
    said = crm.say(IDS[0], "rejected", "2026-03-05T11:20:00+01:00", reason="no_budget")
    assert said["recorded"]
    found = [lead["lead_id"] for lead in crm.worklist(search="crm client", limit=1)]
    assert sorted(found) == IDS
    with pytest.raises(ValueError, match="/outcome: Expected one of contacted"):
        crm.say(IDS[0], "sold", "2026-03-05T11:20:00+01:00")


def later(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"type": f"urn:leadscore:problem:{code}"}, headers={"Retry-After": "7"})


@pytest.mark.parametrize(
    ("first", "waited"),
    [
        (lambda: later(429, "too-many-requests"), 7.0),
        (lambda: later(409, "still-running"), 7.0),
        (lambda: later(504, "timeout"), 7.0),
        (lambda: httpx.ReadError("the connection was closed"), 1.0),
    ],
)
def test_what_may_be_sent_again_is_with_the_same_key(
    first: Callable[[], httpx.Response | Exception], waited: float
) -> None:
    crm, sent = answers(first(), httpx.Response(201, json={"recorded": True}))
    assert crm.say("L", "won", "2026-03-05T11:20:00+01:00") == {"recorded": True}
    assert len({request.headers["Idempotency-Key"] for request in sent}) == 1
    assert [request.content for request in sent] == [sent[0].content] * 2
    assert waits == [waited]


def test_every_write_has_a_key_of_its_own_and_reading_has_none() -> None:
    crm, sent = answers(*(httpx.Response(200, json={"leads": [], "cursor": None}) for _ in range(3)))
    crm.keep_lead("L", {})
    crm.keep_lead("L", {})
    assert list(crm.worklist()) == []
    assert len({request.headers.get("Idempotency-Key") for request in sent}) == 3
    assert "Idempotency-Key" not in sent[2].headers


def test_it_gives_up_after_its_tries_and_at_once_where_nothing_would_change() -> None:
    crm, sent = answers(*(httpx.Response(503, json={}) for _ in range(3)))
    with pytest.raises(ConnectionError, match="3 tries"):
        crm.keep_lead("L", {})
    assert (len(sent), waits) == (3, [1.0, 2.0, 4.0])
    crm, sent = answers(httpx.Response(409, json={"type": "x:not-with-sales", "detail": "No.", "instance": "r1"}))
    with pytest.raises(ValueError, match=r"No\. \(request r1\)"):
        crm.say("L", "contacted", "2026-03-05T11:20:00+01:00")
    assert len(sent) == 1
