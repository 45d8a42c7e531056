"""Any order of calls, restarts among them: the service stands where a plain model of the documentation stands.

``STATEFUL_EXAMPLES`` and ``STATEFUL_STEPS`` in the environment ask for longer runs, then at random.
"""

import math
import os
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from serving.api import access
from serving.store.keys import Role
from serving.webhooks.delivering import Deliverer

PROOF = {"wording": "newsletter 3"}
REMEMBERED = timedelta(hours=40)
IDS = ["L1", "a/b", "ü 4"]

EXAMPLES = os.environ.get("STATEFUL_EXAMPLES")  # noqa: TID251 - longer runs on demand
STEPS = int(os.environ.get("STATEFUL_STEPS", "30"))  # noqa: TID251 - as above


leads = st.sampled_from(IDS)
# Around the cutoffs, and often with all that an SQL needs.
attributes = st.builds(
    lambda employees, industry, country: {
        name: value
        for name, value in (("employees", employees), ("industry", industry), ("country", country))
        if value is not None
    },
    st.sampled_from([200, 200, 200, 10, None]),
    st.sampled_from(["software", "retail", "health", None]),
    st.sampled_from(["DE", "DE", "DE", None]),
)
CLOSING = ["opportunity", "won", "lost"]
FALLEN = [{"employees": 200, "country": "DE"}, {"employees": 10, "country": "DE"}, {"employees": 200}]
ago = st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=6), timedelta(days=29), timedelta(days=40)])
ahead = st.sampled_from([timedelta(minutes=-3), timedelta(minutes=-4), -timedelta(minutes=6), -timedelta(days=2)])
events = st.lists(
    st.tuples(leads, st.sampled_from(["demo_request", "page_view"]), ago | ahead, st.integers(0, 5) | st.none()),
    min_size=1, max_size=4,
)  # fmt: skip


class Calls(RuleBasedStateMachine):
    """The service and its model, side by side."""

    start = None
    documented = None

    def __init__(self):
        super().__init__()
        self.service = self.start(self.documented.rules, self.documented.sla)
        self.known = {}
        self.erased = 0
        self.requests = []
        self.numbers = iter(range(10**9))
        self.keys = {role: self.make_key(role) for role in (Role.CRM, Role.SALES, Role.ADMIN)}
        made = self.ask(
            Role.ADMIN, "POST", "/v1/webhooks",
            {"url": "https://93.184.216.34/hook", "kinds": ["lead.scored", "lead.stage_changed", "lead.erased"]},
        )  # fmt: skip
        assert made.status_code == 201

    @property
    def now(self):
        return self.service.clock.now()

    def make_key(self, role):
        with self.service.rooms.door.store().begin() as tx:
            return tx.keys.create("test", role, by="test")

    def ask(self, role, method, path, body=None, **headers):
        _, text = self.keys[role]
        given = {} if body is None else {"json": body}
        return self.service.client.request(
            method, path, headers={"authorization": f"Bearer {text}", **headers}, **given
        )

    def write(self, role, method, path, body, concerned, expected):
        """Send a write with a key of its own, which may be sent again later."""
        key = f"request-{next(self.numbers)}"
        answer = self.ask(role, method, path, body, **{"idempotency-key": key})
        assert answer.status_code in expected, answer.text
        assert "idempotency-replayed" not in answer.headers
        # No two words of one moment: which of them was the last would be chance.
        sent_at = self.now
        self.service.clock.move(seconds=1)
        if answer.is_success:
            of = {one: self.known[one] for one in concerned if one in self.known}
            self.requests.append((role, self.keys[role][0].key_id, method, path, body, key, answer, sent_at, of))
        return answer.json()

    def lead(self, lead_id):
        return self.known.setdefault(lead_id, self.documented())

    @rule(lead_id=leads, first=attributes, second=attributes)
    def put_twice(self, lead_id, first, second):
        self.put(lead_id, first)
        self.each_lead_stands_where_the_model_says()
        self.put(lead_id, second)

    @rule(lead_id=leads, answer=st.sampled_from([None, "accepted", "rejected"]), later=st.sampled_from(FALLEN))
    def hand_over(self, lead_id, answer, later):
        if lead_id in self.known and self.known[lead_id].closed:
            self.erase(lead_id)
        self.put(lead_id, {"country": "DE"})
        self.allow(lead_id, "given")
        self.put(lead_id, {"employees": 200, "industry": "software", "country": "DE"})
        self.send([(lead_id, kind, timedelta(0), None) for kind in self.documented.kinds])
        if answer is not None:
            self.say(lead_id, answer)
        self.put(lead_id, later)

    @rule(lead_id=leads, given=attributes)
    def put(self, lead_id, given):
        is_new = lead_id not in self.known
        lead = self.lead(lead_id)
        has_changed = given != lead.attributes
        now = self.now
        told = self.write(Role.CRM, "PUT", at(lead_id), given, [lead_id], (200, 201))
        lead.attributes = given
        if has_changed:
            lead.score(now)
        assert (told["created"], told["changed"]) == (is_new, has_changed)
        assert (told["score"] or {}).get("stage") == lead.stage

    @rule(sent=events)
    def send(self, sent):
        body, fates, touched, now = [], [], [], self.now
        for lead_id, kind, since, number in sent:
            occurred_at = now - since
            event = {"lead_id": lead_id, "event": kind, "occurred_at": occurred_at.isoformat()}
            body.append(event if number is None else {**event, "event_id": f"e{number}"})
            event_id = next(self.numbers) if number is None else f"e{number}"
            lead = self.lead(lead_id)
            is_quarantined = lead.is_ahead(occurred_at, now)
            if event_id in lead.events:
                fates.append("duplicate")
                continue
            lead.events[event_id] = (kind, occurred_at, is_quarantined)
            fates.append("quarantined" if is_quarantined else "stored")
            if not is_quarantined:
                touched.append(lead_id)
        told = self.write(Role.CRM, "POST", "/v1/events", {"events": body}, [one[0] for one in sent], (202,))
        for lead_id in dict.fromkeys(touched):
            self.known[lead_id].score(now)
        assert [one["status"] for one in told["results"]] == fates
        assert {one["lead_id"] for one in told["scored"]} == {
            one for one in touched if self.known[one].attributes is not None
        }

    @rule(lead_id=leads, outcome=st.sampled_from(["contacted", "contacted", "accepted", "rejected", *CLOSING]))
    def say(self, lead_id, outcome):
        body = {"outcome": outcome} | ({"reason": "no budget"} if outcome == "rejected" else {})
        lead = self.known.get(lead_id)
        was_contacted = lead is not None and lead.is_contacted
        if lead is None:
            expected = (404,)
        elif not lead.hear(outcome):
            expected = (409,)
        else:
            expected = (200,) if outcome == "contacted" and was_contacted else (201,)
        told = self.write(Role.SALES, "POST", at(lead_id) + "/outcomes", body, [lead_id], expected)
        if lead is not None and expected != (409,):
            assert told["stage"] == lead.stage

    @rule(lead_id=leads, word=st.sampled_from(["objected", "given"]))
    def allow(self, lead_id, word):
        body = {"purpose": "profiling", "word": word, "said_at": self.now.isoformat(), "source": "form", "proof": PROOF}
        lead, now = self.known.get(lead_id), self.now
        self.write(Role.CRM, "POST", at(lead_id) + "/consents", body, [lead_id], (404,) if lead is None else (201,))
        if lead is not None and lead.objected is not (word == "objected"):
            lead.objected = word == "objected"
            lead.score(now, says=True)

    @rule(lead_id=leads, given=attributes)
    def object_to_a_score(self, lead_id, given):
        self.allow(lead_id, "given")
        self.put(lead_id, given)
        self.send([(lead_id, kind, timedelta(0), None) for kind in self.documented.kinds])
        self.each_message_waits_once()
        self.allow(lead_id, "objected")

    @rule(lead_id=leads)
    def erase(self, lead_id):
        told = self.write(Role.CRM, "DELETE", at(lead_id), None, [], (200,))
        assert told["was_there"] is (self.known.pop(lead_id, None) is not None)
        self.erased += told["was_there"]

    @rule(data=st.data(), is_other=st.booleans())
    def send_again(self, data, is_other):
        usable = [
            one for one in self.requests if one[1] == self.keys[one[0]][0].key_id and self.now - one[7] < REMEMBERED
        ]
        if not usable:
            return
        role, _, method, path, body, key, first, _, of = data.draw(st.sampled_from(usable))
        if is_other and method == "PUT":
            other = {**body, "industry": "farming"}
            again = self.ask(role, method, path, other, **{"idempotency-key": key})
        else:
            is_other = False
            again = self.ask(role, method, path, body, **{"idempotency-key": key})
        if any(self.known.get(lead_id) is not lead for lead_id, lead in of.items()):
            assert again.status_code in (410, 422), again.text
        elif is_other:
            assert again.status_code == 422
        else:
            assert (again.status_code, again.json()) == (first.status_code, first.json())
            assert again.headers["idempotency-replayed"] == "true"

    @rule(step=st.sampled_from([timedelta(minutes=4), timedelta(hours=11, minutes=13), timedelta(days=5, minutes=17)]))
    def wait(self, step):
        self.service.clock.moment += step

    @rule(role=st.sampled_from([Role.CRM, Role.SALES]))
    def revoke(self, role):
        key, _ = self.keys[role]
        with self.service.rooms.door.store().begin() as tx:
            tx.keys.revoke(key.key_id)
        assert self.ask(role, "GET", "/v1/leads").status_code == 401
        self.keys[role] = self.make_key(role)

    @rule()
    def restart(self):
        self.service.restart()

    @rule(limit=st.integers(1, 2))
    def page(self, limit):
        seen, cursor = [], ""
        while cursor is not None:
            answer = self.ask(Role.SALES, "GET", f"/v1/leads?limit={limit}" + (cursor and f"&cursor={cursor}"))
            assert answer.status_code == 200, answer.text
            seen += [(one["lead_id"], one["score"], one["stage"]) for one in answer.json()["leads"]]
            cursor = answer.json()["cursor"]
        scored = {(name, lead.points, lead.stage) for name, lead in self.known.items() if lead.stage is not None}
        assert set(seen) == scored
        assert len(seen) == len(scored)
        assert [one[1] for one in seen] == sorted((one[1] for one in seen), reverse=True)

    @rule(lead_id=leads)
    def look_back(self, lead_id):
        answer = self.ask(Role.SALES, "GET", at(lead_id) + "/scores?limit=200")
        lead = self.known.get(lead_id)
        assert answer.status_code == (404 if lead is None else 200)
        if lead is not None:
            told = answer.json()["scores"]
            assert len(told) == lead.scores
            for one in told:
                parts = [one["score"]["base_points"], *(reason["points"] for reason in one["score"]["reasons"])]
                assert math.isclose(math.fsum(parts), one["score"]["points"], abs_tol=1e-6)

    @invariant()
    def each_lead_stands_where_the_model_says(self):
        for lead_id in IDS:
            answer, lead = self.ask(Role.SALES, "GET", at(lead_id)), self.known.get(lead_id)
            assert answer.status_code == (404 if lead is None else 200)
            if lead is not None:
                told = answer.json()
                points = None if told["score"] is None else told["score"]["points"]
                assert (told["stage"], points) == (lead.stage, lead.points), lead_id
                assert told["attributes"] == (lead.attributes or {})

    @invariant()
    def each_message_waits_once(self):
        (webhook,) = self.ask(Role.ADMIN, "GET", "/v1/webhooks").json()["webhooks"]
        assert webhook["waiting"] + webhook["dead"] == self.erased + sum(
            lead.waiting.total() for lead in self.known.values()
        )

    def teardown(self):
        self.service.rooms.close()


def at(lead_id):
    return "/v1/leads/" + lead_id.replace("/", "%2F").replace(" ", "%20").replace("ü", "%C3%BC")


def test_any_order_of_calls_leaves_the_service_where_the_documentation_says(new_service, documented_lead, monkeypatch):
    monkeypatch.setattr(access, "FRESH_SECONDS", 0.0)
    # Nothing is sent: what waits is counted.
    for part in ("start", "stop"):
        monkeypatch.setattr(Deliverer, part, lambda _: None)
    monkeypatch.setattr(Calls, "start", staticmethod(new_service))
    monkeypatch.setattr(Calls, "documented", documented_lead)
    run_state_machine_as_test(
        Calls,
        settings=settings(
            max_examples=int(EXAMPLES or 8), stateful_step_count=STEPS, derandomize=EXAMPLES is None, deadline=None,
            database=None, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
