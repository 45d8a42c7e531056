import pytest

from features.domain import Lead, Outcome, Stage

SQL = {"employees": 200, "industry": "software"}


def stages(service, lead_id):
    with service.rooms.door.store().read() as tx:
        return [(one.stage.value, one.why) for one in tx.stages.of(lead_id)]


def make_sql(service, lead_id="L1"):
    service.put(lead_id, **SQL)
    service.send(service.event(lead_id))
    assert service.lead(lead_id)["stage"] == "sql"


def test_a_lead_that_becomes_an_sql_is_handed_over_and_its_steps_are_kept(service):
    make_sql(service)
    assert stages(service, "L1") == [("mql", "score"), ("sql", "score")]
    assert service.say("L1", "contacted").json()["recorded"] is True
    assert service.say("L1", "contacted").json()["recorded"] is False


def test_the_time_to_contact_runs_by_the_agreements_calendar(service):
    (service.workspace.root / "sla.yaml").write_text(
        "version: 4\nsql: {contact_within: 4 business hours}\n"
        'calendar: {time_zone: Europe/Berlin, days: mon-fri, hours: "09:00-17:00"}\n',
        encoding="utf-8",
    )
    service.restart()
    service.clock.move(hours=5)
    make_sql(service)
    with service.rooms.door.store().read() as tx:
        (handover,) = tx.handovers.of("L1")
    # 15:00 in Berlin on a Wednesday: two hours today, two tomorrow.
    assert handover.due_at.isoformat() == "2026-03-05T10:00:00+00:00"
    assert handover.sla_version == 4


def test_what_sales_accepted_stays_with_sales_whatever_the_score(service):
    make_sql(service)
    assert service.say("L1", "accepted").json()["stage"] == "sql"
    assert service.put("L1", employees=1)["score"]["stage"] == "sql"


def test_no_clock_runs_for_a_lead_that_sales_has_taken_of_its_own_accord(service):
    service.put("L1", employees=1)
    assert service.say("L1", "accepted").json()["stage"] == "sql"
    with service.rooms.door.store().read() as tx:
        assert tx.handovers.of("L1") == []


def test_no_clock_runs_for_a_lead_that_sales_had_taken_before_its_first_score(service):
    with service.rooms.door.store().begin() as tx:
        lead = Lead("L1", service.clock.now(), {"employees": 1.0})
        tx.leads.put(lead)
        tx.outcomes.record(Outcome("L1", service.clock.now(), "sql_accepted"), outcome_id=None, by=None)
        assert service.rooms.stored_scoring.score(tx, lead, cause="import").score.stage is Stage.SQL
    with service.rooms.door.store().read() as tx:
        assert tx.handovers.of("L1") == []


def test_what_sales_rejected_is_an_mql_and_stays_one_while_its_score_stands(service):
    make_sql(service)
    told = service.say("L1", "rejected", reason="no budget").json()
    assert (told["outcome"], told["stage_before"], told["stage"]) == ("sql_rejected", "sql", "mql")
    assert service.put("L1", **SQL, country="DE")["score"]["stage"] == "mql"
    service.put("L1", employees=200)
    assert service.put("L1", **SQL)["score"]["stage"] == "sql"


def test_a_rejection_without_a_reason_is_refused(service):
    make_sql(service)
    answer = service.say("L1", "rejected")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reason")
    assert service.lead("L1")["stage"] == "sql"


def test_won_makes_a_customer_that_no_score_unmakes(service):
    make_sql(service)
    assert service.say("L1", "won").json()["stage"] == "customer"
    assert service.put("L1", employees=1)["score"]["stage"] == "customer"


def test_the_same_outcome_said_twice_is_kept_once(service):
    make_sql(service)
    first = service.say("L1", "won", occurred_at="2026-03-04T08:00:00Z")
    again = service.say("L1", "won", occurred_at="2026-03-04T08:00:00Z")
    assert [(one.status_code, one.json()["recorded"]) for one in (first, again)] == [(201, True), (200, False)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"outcome": "sold"}, "unknown-outcome"),
        ({"outcome": "won", "occurred_at": "2026-03-04T09:06:00Z"}, "in-future"),
        ({"outcome": "won", "stage": "sql"}, "unknown-field"),
    ],
)
def test_a_bad_outcome_is_refused(service, body, code):
    make_sql(service)
    answer = service.client.post("/v1/leads/L1/outcomes", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


def test_a_lead_that_is_not_with_sales_cannot_be_contacted(service):
    service.put("L1", employees=1)
    answer = service.say("L1", "contacted")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:leadscore:problem:not-with-sales")


def test_a_required_field_that_is_missing_blocks_and_is_named(service):
    (service.workspace.root / "sla.yaml").write_text("version: 4\nsql: {requires: [email]}\n", encoding="utf-8")
    service.restart()
    service.put("L1", **SQL)
    service.send(service.event("L1"))
    lead = service.lead("L1")
    assert (lead["stage"], lead["score"]["blocked_by"]) == ("mql", ["email"])
    assert service.put("L1", **SQL, email="a@example.com")["score"]["stage"] == "sql"


def test_who_asked_for_it_is_told_in_the_same_transaction(service):
    with service.rooms.door.store().begin() as tx:
        tx.subscriptions.add("https://crm.example.com", ["lead.scored", "lead.stage_changed"], by="test")
    make_sql(service)
    told = []
    with service.rooms.door.store().begin() as tx:
        while taken := tx.outbox.take(10):
            told += [(one.kind, one.payload) for one in taken]
            for one in taken:
                tx.outbox.delivered(one, 200)
    assert [kind for kind, _ in told] == ["lead.scored", "lead.stage_changed"] * 2
    assert told[3][1]["stage"] == "sql"
    assert told[2][1]["score"]["score"] == 80


def test_a_rejection_for_a_reason_that_nobody_agreed_on_is_refused_with_the_list(service):
    service.put("L1", employees=200, industry="software")
    answer = service.say("L1", "rejected", reason="did not like the name")
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"], fault["code"]) == (422, "/reason", "unknown-reason")
    assert fault["message"].startswith("Expected one of no_need, no_budget, ")
    assert fault["message"].endswith(", other.")
    assert service.client.get("/v1/leads/L1/export").json()["outcomes"] == []


@pytest.mark.parametrize("said", ["no_budget", "No Budget", "kein budget"])
def test_a_reason_is_kept_by_its_name_however_it_was_called(service, said):
    service.put("L1", employees=200, industry="software")
    service.say("L1", "rejected", reason=said)
    assert service.client.get("/v1/leads/L1/export").json()["outcomes"][0]["reason"] == "no_budget"


def test_a_company_agrees_on_reasons_of_its_own(service):
    file = service.workspace.root / "leadscore.yaml"
    own = "acceptance: {reasons: {student: {en: Student, de: Studierende}, press: Press}}\n"
    file.write_text(file.read_text(encoding="utf-8") + own, encoding="utf-8")
    service.restart()
    told = service.client.get("/v1/sla").json()["rejection_reasons"]
    assert told == {
        "student": {"en": "Student", "de": "Studierende"}, "press": {"en": "Press", "de": "Press"},
        "other": {"en": "Another reason", "de": "Anderer Grund"},
    }  # fmt: skip
    service.put("L1", employees=200, industry="software")
    assert service.say("L1", "rejected", reason="no_budget").status_code == 422
    assert service.say("L1", "rejected", reason="studierende").status_code == 201


def test_another_outcome_has_a_reason_in_any_words(service):
    service.put("L1", employees=200, industry="software")
    service.say("L1", "lost", reason="moved to Mars")
    assert service.client.get("/v1/leads/L1/export").json()["outcomes"][0]["reason"] == "moved to Mars"
