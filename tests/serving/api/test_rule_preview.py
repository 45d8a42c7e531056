"""What a change of the rules would do to the leads that the service holds."""

from sqlalchemy import update

from models.agreement import Agreement
from models.rules.editing import RuleChange
from serving.calls.rules import model_weights, preview, read_book
from serving.store.scores import scores

SOFTWARE = {"when": {"attribute": "industry", "is": "software"}, "group": "fit"}


def tried(service, rule_id, entry):
    book = read_book(service.workspace, service.workspace.config().schema)
    after = book.after(RuleChange(rule_id, entry), book.rule_set.version + 1)
    with service.rooms.door.store().read() as tx:
        return preview(tx, Agreement.read(service.workspace), book, after)


def test_leads_that_would_change_stage_are_counted_and_named(service):
    service.put("big", employees=200, industry="software")
    service.put("small", employees=5, industry="software")
    service.put("other", employees=200)
    told = tried(service, "software", {**SOFTWARE, "points": 5})
    assert (told.tried, told.other_stage, told.other_score) == (3, 1, 2)
    assert {(before.value, after.value): count for (before, after), count in told.moves.items()} == {("mql", "lead"): 1}
    (move,) = told.leads
    assert (move.lead_id, move.score_before, move.score_after) == ("big", 60, 45)
    assert told.example.move == move
    assert [reason.points for reason in told.example.reasons_before] == [30.0, 20.0, 0.0]
    assert [reason.points for reason in told.example.reasons_after] == [30.0, 5.0, 0.0]


def test_events_count_in_what_is_tried(service):
    service.put("L1", employees=200)
    service.send(service.event("L1"))
    told = tried(service, "demo_request", {"when": {"event": "demo_request", "within_days": 30}, "points": 45})
    assert [(move.before.value, move.after.value) for move in told.leads] == [("mql", "sql")]


def test_an_example_is_a_lead_whose_stage_would_change_where_there_is_one(service):
    service.put("stays", employees=5, industry="software")
    service.put("moves", employees=200, industry="software")
    service.clock.move(minutes=1)
    service.put("stays too", employees=6, industry="software")
    assert tried(service, "software", {**SOFTWARE, "points": 5}).example.move.lead_id == "moves"


def test_nothing_is_kept_by_trying(service):
    service.put("L1", employees=200, industry="software")
    before = service.workspace.rules_file.read_text(encoding="utf-8")
    tried(service, "software", None)
    assert service.workspace.rules_file.read_text(encoding="utf-8") == before
    assert service.lead("L1")["score"]["score"] == 60


def test_a_change_of_nothing_has_no_example(service):
    service.put("L1", employees=200)
    told = tried(service, "software", {**SOFTWARE, "points": 5})
    assert (told.tried, told.other_score, told.other_stage, told.example) == (1, 0, 0, None)


def test_scores_of_rules_are_no_weights_of_a_model(service):
    for number in range(60):
        service.put(f"L{number}", employees=200 if number % 2 else 5)
    book = read_book(service.workspace, service.workspace.config().schema)
    with service.rooms.door.store().read() as tx:
        assert model_weights(tx, book) == {}


def test_a_models_weight_is_the_difference_where_the_rule_holds(service):
    for number in range(60):
        service.put(f"L{number}", employees=200 if number % 2 else 5)
    reason = {"feature": "employees", "group": "fit", "value": "200", "text": {"en": "x", "de": "x"}}
    with service.rooms.door.store().begin() as tx:
        tx.connection.execute(update(scores).values(engine="model", reasons=[{**reason, "points": -2.0}]))
        of_rule = scores.c.lead_id.in_([f"L{number}" for number in range(1, 60, 2)])
        tx.connection.execute(update(scores).where(of_rule).values(reasons=[{**reason, "points": 6.0}]))
    book = read_book(service.workspace, service.workspace.config().schema)
    with service.rooms.door.store().read() as tx:
        weights = model_weights(tx, book)
    assert {name: (weight.points, weight.holds, weight.of) for name, weight in weights.items()} == {
        "mid_size": (8.0, 30, 60)
    }
