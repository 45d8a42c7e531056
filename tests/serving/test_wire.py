import pytest
from pydantic import ValidationError

from serving.errors import from_validation
from serving.wire import MAX_EVENTS, ScoreRequest

LEAD = {"lead_id": "L1", "created_at": "2026-03-01T00:00:00Z"}
EVENT = {"event": "page_view", "occurred_at": "2026-03-02T00:00:00+01:00", "page": "/pricing"}


def refusal(document):
    with pytest.raises(ValidationError) as refused:
        ScoreRequest.model_validate(document)
    return from_validation(refused.value, ScoreRequest)


def test_a_record_keeps_the_companys_own_fields():
    request = ScoreRequest.model_validate({"lead": {**LEAD, "employees": 12, "city": None}, "events": [EVENT]})
    assert request.lead.own_fields == {"employees": 12, "city": None}
    assert request.events[0].own_fields == {"page": "/pricing"}


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        ({}, "/lead", "missing-field"),
        ({"lead": []}, "/lead", "wrong-type"),
        ({"lead": {}}, "/lead/lead_id", "missing-field"),
        ({"lead": {"lead_id": 12}}, "/lead/lead_id", "wrong-type"),
        ({"lead": {"lead_id": " "}}, "/lead/lead_id", "empty"),
        ({"lead": {"lead_id": "a\u0000"}}, "/lead/lead_id", "control-character"),
        ({"lead": {"lead_id": "a" * 201}}, "/lead/lead_id", "too-long"),
        ({"lead": {**LEAD, "x": "a\u0000"}}, "/lead/x", "control-character"),
        ({"lead": {**LEAD, "x": "a" * 20_001}}, "/lead/x", "too-long"),
        ({"lead": {**LEAD, "x": {"deep": 1}}}, "/lead/x", "wrong-type"),
        ({"lead": {**LEAD, "x": [1]}}, "/lead/x", "wrong-type"),
        ({"lead": {**LEAD, "x": float("inf")}}, "/lead/x", "out-of-range"),
        ({"lead": {**LEAD, "x": 2**53 + 1}}, "/lead/x", "out-of-range"),
        ({"lead": {**LEAD, "a/b~": [1]}}, "/lead/a~1b~0", "wrong-type"),
        ({"lead": {**LEAD, "created_at": "2026-03-01T00:00:00"}}, "/lead/created_at", "timezone-required"),
        ({"lead": {**LEAD, "created_at": "2026-03-01"}}, "/lead/created_at", "timezone-required"),
        ({"lead": {**LEAD, "created_at": "yesterday"}}, "/lead/created_at", "invalid-moment"),
        ({"lead": {**LEAD, "created_at": 1767225600}}, "/lead/created_at", "wrong-type"),
        ({"lead": {**LEAD, "created_at": "0001-01-01T00:00:00+14:00"}}, "/lead/created_at", "out-of-range"),
        ({"lead": LEAD, "as_of": "2026-03-25T02:30:00"}, "/as_of", "timezone-required"),
        ({"lead": LEAD, "as_of": "2026-02-01T00:00:00Z"}, "/as_of", "as-of-before-creation"),
        ({"lead": LEAD, "events": {}}, "/events", "wrong-type"),
        ({"lead": LEAD, "events": [{"event": "x"}]}, "/events/0/occurred_at", "missing-field"),
        ({"lead": LEAD, "events": [EVENT, {**EVENT, "event": "a\nb"}]}, "/events/1/event", "control-character"),
        ({"lead": LEAD, "events": [EVENT] * (MAX_EVENTS + 1)}, "/events", "too-long"),
        ({"lead": LEAD, "store": True, "as_of": "2026-03-05T00:00:00Z"}, "/as_of", "as-of-with-store"),
        ({"lead": LEAD, "store": 0}, "/store", "wrong-type"),
        ({"lead": LEAD, "score": 99}, "/score", "unknown-field"),
        ({"lead": {**LEAD, "\u0007": 1}}, "/lead", "invalid-name"),
    ],
)
def test_rows_1_2_3_and_7_every_fault_is_named_with_its_place(document, pointer, code):
    problem = refusal(document)
    assert (problem.errors[0].pointer, problem.errors[0].code) == (pointer, code)
    assert problem.status == 422


def test_row_8_an_unknown_field_is_answered_with_the_nearest_known_one():
    assert "Did you mean events?" in refusal({"lead": LEAD, "event": []}).errors[0].message


def test_a_problem_never_repeats_a_value():
    canary = "Zyx-Canary"
    documents = [
        {"lead": {**LEAD, "lead_id": canary * 40, "email": {canary: canary}, "created_at": canary}},
        {"lead": canary, "events": canary, "as_of": canary, "store": canary},
    ]
    for document in documents:
        assert canary not in str(refusal(document).to_mapping())
