"""Row 19: one person is one lead, however the address is written and whichever id a record has elsewhere."""

import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from features.domain.email_identity import PlusTags, mailbox
from serving.store.importing import import_files
from serving.store.leads import leads
from training.progress import SilentProgress

ADDRESS = "zoë.müller@bücher.example"


def ids(service):
    with service.rooms.door.store().read() as tx:
        return set(tx.connection.execute(select(leads.c.lead_id)).scalars())


def writings(address):
    """All the ways in which a form, a CRM and a person may write one address."""
    local, _, domain = address.partition("@")
    return st.builds(
        lambda form, tag, ascii_domain, case, space: (
            space + case(unicodedata.normalize(form, local) + tag + "@"
                         + (domain.encode("idna").decode() if ascii_domain else unicodedata.normalize(form, domain)))
            + space
        ),
        st.sampled_from(["NFC", "NFD"]),
        st.sampled_from(["", "+fair", "+x+y"]),
        st.booleans(),
        st.sampled_from([str.lower, str.upper, str.title, str.swapcase]),
        st.sampled_from(["", " "]),
    )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=writings(ADDRESS), second=writings(ADDRESS))
def test_row_19_however_an_address_is_written_it_is_one_lead(service, first, second):
    before = ids(service)
    made = service.client.put("/v1/leads/first", json={"employees": 200, "email": first})
    again = service.client.put("/v1/leads/second", json={"employees": 300, "email": second})
    assert made.status_code in (200, 201)
    assert (again.status_code, again.json()["lead_id"], again.json()["merged"]) == (200, "first", True)
    assert ids(service) - before <= {"first"}
    service.client.delete("/v1/leads/first")


@given(first=writings(ADDRESS), other=st.sampled_from(["zoe.müller@bücher.example", "zoë.müller@bücher.org"]))
def test_row_19_another_address_is_another_mailbox(first, other):
    assert mailbox(first) == mailbox(ADDRESS) != mailbox(other)


@pytest.mark.parametrize(
    "text", ["", "ann", "@x.de", "ann@", "ann@localhost", "info@x.de", "INFO+fair@x.de", "a b@x.de"]
)
def test_what_names_no_single_person_is_no_mailbox(text):
    assert mailbox(text) is None


def test_tags_after_a_plus_are_apart_where_the_company_says_so():
    assert mailbox("ann+fair@x.de", PlusTags.APART) == "ann+fair@x.de"


@pytest.fixture
def merged(service):
    service.client.post("/v1/webhooks", json={"url": "https://93.184.216.34/hook", "kinds": ["lead.erased"]})
    service.put("L1", employees=200, industry="software", email="ann@x.example")
    service.send(service.event("form-7", event_id="before"))
    service.client.post("/v1/leads/form-7/consents", json={"word": "objected", "purpose": "phone"})
    answer = service.put("form-7", email="Ann@X.example", country="DE")
    assert (answer["lead_id"], answer["merged"], answer["created"]) == ("L1", True, False)
    return service


def test_row_19_what_both_records_say_is_known_of_the_one_lead(merged):
    lead = merged.lead("form-7")
    assert (lead["lead_id"], ids(merged)) == ("L1", {"L1"})
    assert lead["attributes"] == {
        "employees": 200.0, "industry": "software", "country": "DE", "email": "ann@x.example",
    }  # fmt: skip
    held = merged.client.get("/v1/leads/L1/export").json()
    assert [one["event_id"] for one in held["events"]] == ["before"]
    assert [one["purpose"] for one in held["consents"]] == ["phone"]
    assert lead["stage"] == "sql"


def test_row_19_both_sources_stand_in_the_audit_log_and_neither_id(merged):
    with merged.rooms.door.store().read() as tx:
        (entry,) = [one for one in tx.audit.about("L1") if one.action == "lead.merged"]
    assert entry.details == {"sources": ["api", "api"]}
    assert "form-7" not in str(entry.to_mapping())


def test_row_19_the_other_id_goes_on_standing_for_the_lead(merged):
    sent = merged.send(merged.event("form-7", event_id="after"))
    assert [one["lead_id"] for one in sent["scored"]] == [sent["results"][0]["lead_id"]] == ["L1"]
    assert merged.say("form-7", "won").json()["lead_id"] == "L1"
    assert merged.lead("L1")["stage"] == "customer"
    assert merged.put("form-7", industry="retail")["merged"] is True
    assert merged.lead("L1")["attributes"]["employees"] == 200.0
    assert merged.client.get("/v1/leads/form-7/scores").json()["lead_id"] == "L1"
    merged.client.post("/v1/leads/form-7/consents", json={"word": "objected"})
    assert merged.lead("L1")["no_basis"] == "objection"


def test_erasing_by_either_id_erases_both_and_neither_comes_back_by_an_import(merged):
    assert merged.client.delete("/v1/leads/form-7").json()["was_there"] is True
    assert ids(merged) == set()
    with merged.rooms.door.store().read() as tx:
        assert tx.erasure.was_erased("L1")
        assert tx.erasure.was_erased("form-7")
        for table in ("aliases", "mailboxes"):
            assert tx.connection.exec_driver_sql(f"SELECT * FROM {table}").all() == []  # noqa: S608 - our names


def test_a_file_that_names_the_other_id_adds_to_the_lead(merged):
    root = merged.workspace.root
    header = "lead_id,created_at,job_title,employees,country,industry,email\n"
    (root / "leads.csv").write_text(header + "form-7,2026-03-01T09:00:00Z,CEO,9,FR,retail,ann@x.example\n")
    (root / "events.csv").write_text("lead_id,occurred_at,event,page\nform-7,2026-03-02T10:00:00Z,page_view,\n")
    store, config = merged.rooms.door.store(), merged.workspace.config()
    done = import_files(store, config, SilentProgress())
    assert (done.stored["leads"], done.present["leads"], done.stored["events"]) == (0, 1, 1)
    assert ids(merged) == {"L1"}
    assert merged.lead("L1")["attributes"]["employees"] == 200.0


def test_a_lead_of_a_file_is_found_by_its_address(service):
    store, config = service.rooms.door.store(), service.workspace.config()
    import_files(store, config, SilentProgress())
    assert service.put("form-1", email="A@EXAMPLE.com")["lead_id"] == "L1"


def test_leads_that_are_known_under_two_ids_stay_two(service):
    service.put("L1", employees=1, email="ann@x.example")
    service.put("L2", employees=2, email="bob@x.example")
    answer = service.put("L2", employees=2, email="ann@x.example")
    assert (answer["lead_id"], answer["merged"]) == ("L2", False)


def test_an_address_that_a_lead_has_no_more_is_free_for_another(service):
    service.put("L1", email="ann@x.example")
    service.put("L1", email="ann@new.example")
    assert service.put("L2", email="ann@x.example")["merged"] is False


def test_nothing_is_merged_where_the_company_says_so(service):
    file = service.workspace.root / "leadscore.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "duplicates: {merge: false}\n", encoding="utf-8")
    service.restart()
    service.put("L1", email="ann@x.example")
    assert service.put("L2", email="ann@x.example")["lead_id"] == "L2"


def test_records_of_one_person_that_come_at_once_are_one_lead(service):
    barrier = threading.Barrier(8)

    def put(number):
        barrier.wait()
        return service.put(f"L{number}", employees=number, email="ann@x.example")["lead_id"]

    with ThreadPoolExecutor(8) as pool:
        answered = set(pool.map(put, range(8)))
    assert answered == ids(service)
    assert len(answered) == 1


def test_a_score_that_is_kept_finds_the_person_too(client):
    client.put("/v1/leads/person", json={"employees": 200, "email": "dora@x.example"})
    body = {"lead": {"lead_id": "form-9", "email": "DORA@x.example"}, "store": True}
    assert client.post("/v1/score", json=body).json()["lead_id"] == "person"
    client.post("/v1/leads/person/consents", json={"word": "objected"})
    assert client.post("/v1/score", json={**body, "store": False}).status_code == 409
