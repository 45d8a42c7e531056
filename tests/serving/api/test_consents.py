"""Consent and objection decide whether a lead is scored: row 48, and rows 30 and 42 as far as scoring goes."""

import json
import threading

import anyio
import pytest
from sqlalchemy import select

from features.config import LawfulBasis, Profiling, read_config
from serving.calls.known_words import KnownWords
from serving.store import Store, StoreError, StoreHistory
from serving.store.outbox import messages
from serving.store.scores import scores
from serving.store.standings import standings

CONSENT_BASIS = "profiling: {basis: consent, without_basis: %s}\n"
PROOF = {"wording": "I agree that my use of the site is scored.", "version": 3, "confirmed": True}


def configure(service, text):
    file = service.workspace.root / "leadscore.yaml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    service.restart()


def say(service, lead_id, word, **own):
    given = {"proof": PROOF} if word == "given" else {}
    return service.client.post(f"/v1/leads/{lead_id}/consents", json={"word": word, **given, **own})


def said(service, lead_id, word, **own):
    answer = say(service, lead_id, word, **own)
    assert answer.status_code == 201, answer.text
    return answer.json()


def rows(service, table):
    with service.rooms.door.store().read() as tx:
        return tx.connection.execute(select(table).order_by(*table.primary_key.columns)).all()


def told(service):
    return [(row.kind, row.payload) for row in rows(service, messages)]


@pytest.fixture
def scored(service):
    """A lead that became an SQL by what it did, and an endpoint that is told of it."""
    service.client.post(
        "/v1/webhooks", json={"url": "https://93.184.216.34/hook", "kinds": ["lead.scored", "lead.stage_changed"]}
    )
    service.put("L1", employees=200, industry="software")
    service.send(service.event("L1"))
    assert service.lead("L1")["stage"] == "sql"
    return service


def test_row_48_an_objection_ends_the_score_at_once(scored):
    answer = said(scored, "L1", "objected")
    assert (answer["holds"], answer["no_basis"]) == ("objected", "objection")
    assert answer["scored"] == {"score": None, "not_scored": "objection", "stage_before": "sql", "changes": []}
    lead = scored.lead("L1")
    assert (lead["score"], lead["stage"], lead["no_basis"]) == (None, None, "objection")
    assert scored.scores("L1") == []
    assert scored.client.get("/v1/leads").json()["leads"] == []
    assert rows(scored, scores) == rows(scored, standings) == []


def test_row_48_after_an_objection_nothing_that_happens_is_scored(scored):
    said(scored, "L1", "objected")
    put = scored.put("L1", employees=300, industry="software")
    assert (put["score"], put["not_scored"], put["changed"]) == (None, "objection", True)
    sent = scored.send(scored.event("L1", event_id="after"))
    assert [(one["score"], one["not_scored"]) for one in sent["scored"]] == [(None, "objection")]
    scored.rooms.desk.in_line(lambda tx: tx.rescoring.ask(["L1"], "new model"))
    scored.rooms.worker.work_once()
    scored.say("L1", "won")
    assert rows(scored, scores) == rows(scored, standings) == []


def test_row_48_those_who_learned_the_score_learn_that_it_is_gone_and_no_older_one_is_sent(scored):
    said(scored, "L1", "objected")
    kinds = told(scored)
    assert [payload for kind, payload in kinds if kind == "lead.scored"] == [
        {"lead_id": "L1", "cause": "consent", "score": None, "not_scored": "objection", "stage_before": "sql",
         "changes": []}
    ]  # fmt: skip
    last = kinds[-1]
    assert (last[0], last[1]["stage_before"], last[1]["stage"], last[1]["why"]) == (
        "lead.stage_changed", "sql", None, "objection",
    )  # fmt: skip
    scored.put("L1", employees=400)
    assert len(told(scored)) == len(kinds)


@pytest.mark.parametrize("store", [False, True])
def test_row_48_scoring_an_objector_is_refused_alone_and_in_a_batch(client, store):
    client.put("/v1/leads/objector", json={"employees": 200})
    client.post("/v1/leads/objector/consents", json={"word": "objected"})
    one, other = ({"lead": {"lead_id": name, "employees": 200}, "store": store} for name in ("objector", "other"))
    alone = client.post("/v1/score", json=one)
    assert (alone.status_code, alone.json()["type"]) == (409, "urn:leadscore:problem:no-basis-for-profiling")
    both = client.post("/v1/score/batch", json={"requests": [one, other]}).json()["results"]
    assert both[0]["problem"]["type"] == "urn:leadscore:problem:no-basis-for-profiling"
    assert both[1]["score"] == 30
    assert client.get("/v1/leads/objector/scores").json()["scores"] == []


def test_row_48_what_is_refused_in_a_batch_leaves_nothing_behind(client):
    client.put("/v1/leads/objector", json={"employees": 200})
    client.post("/v1/leads/objector/consents", json={"word": "objected"})
    event = {"event": "demo_request", "occurred_at": "2026-03-02T09:00:00Z", "event_id": "new"}
    body = {"lead": {"lead_id": "objector", "employees": 999}, "events": [event], "store": True}
    assert "problem" in client.post("/v1/score/batch", json={"requests": [body]}).json()["results"][0]
    held = client.get("/v1/leads/objector/export").json()
    assert [one["attributes"] for one in held["lead_versions"]] == [{"employees": 200.0}]
    assert held["events"] == []


def test_a_consent_that_is_withdrawn_leaves_no_score_by_default(scored):
    assert said(scored, "L1", "withdrawn")["no_basis"] == "consent-withdrawn"
    assert scored.lead("L1")["score"] is None


def test_where_the_company_allows_it_fit_rules_alone_answer_for_a_withdrawn_consent(scored):
    configure(scored, "profiling: {without_basis: fit_rules}\n")
    by_behaviour = scored.lead("L1")["score"]
    answer = said(scored, "L1", "withdrawn")["scored"]
    score = answer["score"]
    assert (by_behaviour["score"], score["score"], score["engagement_points"]) == (80, 60, 0.0)
    assert (score["engine"], score["degraded_reason"], score["probability"]) == ("rules", "consent-withdrawn", None)
    assert {one["feature"] for one in score["reasons"]} == {"mid_size", "software", "other"}
    assert (answer["stage_before"], score["stage"], scored.lead("L1")["stage"]) == ("sql", "mql", "mql")
    again = scored.send(scored.event("L1", event_id="after"))["scored"][0]["score"]
    assert (again["score"], again["engagement_points"]) == (60, 0.0)
    assert [one["score"]["score"] for one in scored.scores("L1")] == [60, 60]


def test_an_objection_ends_fit_rules_too(scored):
    configure(scored, "profiling: {without_basis: fit_rules}\n")
    said(scored, "L1", "withdrawn")
    assert said(scored, "L1", "objected")["scored"]["score"] is None
    assert rows(scored, scores) == []


def test_where_consent_is_the_basis_who_said_nothing_is_not_scored(service):
    configure(service, CONSENT_BASIS % "refuse")
    assert service.put("L1", employees=200)["not_scored"] == "no-consent"
    service.send(service.event("L1"))
    answer = said(service, "L1", "given")["scored"]
    assert (answer["score"]["score"], answer["stage_before"]) == (60, None)
    assert service.lead("L1")["score"]["engagement_points"] == 20.0


def test_who_takes_an_objection_back_is_scored_again_with_all_that_it_did(scored):
    said(scored, "L1", "objected")
    scored.send(scored.event("L1", event_id="meanwhile"))
    scored.clock.move(minutes=1)
    assert said(scored, "L1", "given")["scored"]["score"]["score"] == 80
    assert scored.lead("L1")["stage"] == "sql"


def test_the_last_word_holds_however_late_it_is_sent(scored):
    said(scored, "L1", "objected", said_at="2026-03-04T08:00:00Z")
    late = said(scored, "L1", "given", said_at="2026-03-03T08:00:00+01:00")
    assert (late["word"], late["holds"], late["scored"]) == ("given", "objected", None)
    assert scored.lead("L1")["score"] is None


def test_the_same_word_of_the_same_moment_is_kept_once(scored):
    moment = "2026-03-04T08:00:00Z"
    said(scored, "L1", "objected", said_at=moment)
    again = say(scored, "L1", "objected", said_at=moment)
    assert (again.status_code, again.json()["recorded"]) == (200, False)
    assert len(scored.client.get("/v1/leads/L1/export").json()["consents"]) == 1


def test_a_word_on_another_purpose_is_kept_with_its_proof_and_changes_no_score(scored):
    assert said(scored, "L1", "objected", purpose="marketing_mail")["scored"] is None
    assert scored.lead("L1")["stage"] == "sql"
    said(scored, "L1", "given", purpose="phone", source="booth at a fair")
    held = scored.client.get("/v1/leads/L1/export").json()["consents"]
    assert [(one["purpose"], one["word"]) for one in held] == [("marketing_mail", "objected"), ("phone", "given")]
    assert (held[1]["source"], held[1]["proof"]) == ("booth at a fair", PROOF)


def test_who_passed_a_word_on_stands_in_the_audit_log_by_pseudonym_only(scored):
    said(scored, "L1", "objected")
    with scored.rooms.door.store().read() as tx:
        entry = tx.audit.entries(limit=1)[0]
        about = tx.audit.about("L1")
    assert (entry.action, entry.by, entry.details) == ("consent.objected", "local", {"purpose": "profiling"})
    assert about[-1] == entry
    assert "L1" not in json.dumps(entry.to_mapping())


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"word": "given"}, "/proof"),
        ({"word": "maybe"}, "/word"),
        ({}, "/word"),
        ({"word": "objected", "purpose": "Herr Meier"}, "/purpose"),
        ({"word": "objected", "said_at": "2026-03-05T08:00:00Z"}, "/said_at"),
        ({"word": "objected", "said_at": "2026-03-04T08:00:00"}, "/said_at"),
        ({"word": "objected", "score": 99}, "/score"),
    ],
)
def test_what_is_no_word_is_refused_with_its_place(scored, body, place):
    answer = scored.client.post("/v1/leads/L1/consents", json=body)
    assert answer.status_code == 422
    assert place in [one["pointer"] for one in answer.json()["errors"]]


def test_a_word_of_nobody_is_not_found(service):
    assert say(service, "nobody", "objected").status_code == 404


def test_training_from_the_store_leaves_out_who_may_not_be_profiled(scored):
    scored.put("L2", employees=100)
    scored.send(scored.event("L2"))
    scored.say("L1", "won")
    said(scored, "L1", "objected")
    config = read_config(scored.workspace.root / "leadscore.yaml")
    history = StoreHistory.read(scored.rooms.door.store(), config)
    assert set(history.leads()["lead_id"]) == set(history.events().collect()["lead_id"]) == {"L2"}
    assert history.outcomes().is_empty()
    assert history.warnings == ("Left out without a basis for profiling (objection, or no consent): 1 lead.",)


@pytest.mark.parametrize(("basis", "lacks"), [("legitimate_interest", {}), ("consent", {"L9": "no-consent"})])
def test_while_the_store_is_away_legitimate_interest_goes_on_and_consent_is_not_presumed(
    service, monkeypatch, basis, lacks
):
    asked = []

    def refuse(*_):
        # The service looks after other things meanwhile, in threads of other names.
        if threading.current_thread().name.startswith("store-reader"):
            asked.append(1)
        raise StoreError("away", "there", "wait")

    known = KnownWords(service.rooms.desk, Profiling(LawfulBasis(basis)), lambda: 0.0)
    monkeypatch.setattr(Store, "read", refuse)
    for _ in range(3):
        assert anyio.run(known.lacks, ["L9"]) == lacks
    assert len(asked) == 1
