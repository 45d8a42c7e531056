"""After a new model began to serve, all leads are scored again, behind whatever else happens."""

from dataclasses import replace
from datetime import timedelta

import pytest

from features.domain import Engine, ModelReference, Stage
from serving.calls import desk as desk_module
from serving.calls import renewing as module
from serving.calls import rescoring as rescoring_module
from serving.calls import scored
from serving.champion import Loaded
from serving.store import StoreBusyError
from serving.store.rescoring import MOST_ATTEMPTS


class Model:
    """The rules under another name, with points of its own."""

    def __init__(self, rules, version, more):
        self._rules = rules
        self._more = more
        self.reference = ModelReference("acme", version, None)

    def score(self, lead, events, as_of, *, scored_at):
        score = self._rules.score(lead, events, as_of, scored_at=scored_at)
        points = score.points + self._more
        return replace(
            score, engine=Engine.MODEL, model=self.reference, probability=0.5, points=points, score=int(points),
            base_points=score.base_points + self._more,
        )  # fmt: skip

    def score_each(self, leads, *, scored_at):
        return [self.score(*lead, scored_at=scored_at) for lead in leads]


@pytest.fixture
def company(service, monkeypatch):
    """A service whose worker works when the test says so, with 25 leads scored by version 1."""
    monkeypatch.setattr(module, "_AT_ONCE", 7)
    monkeypatch.setattr(module, "_FEW", 3)
    monkeypatch.setattr(rescoring_module, "_TOGETHER", 4)
    service.rooms.worker.stop()
    serve(service, "1")
    for number in range(25):
        service.put(f"L{number:02}", employees=200, industry="software")
    assert work(service) == 0
    return service


def serve(service, version, more=0.0):
    champion = service.rooms.scoring.champion
    champion.stop()
    service.clock.move(seconds=10)
    champion.loaded = Loaded(Model(champion.rules, version, more), {}, service.clock.now())


def restart(service):
    loaded = service.rooms.scoring.champion.loaded
    service.restart()
    service.rooms.worker.stop()
    service.rooms.scoring.champion.stop()
    service.rooms.scoring.champion.loaded = loaded


def work(service, rounds=200):
    """Work until nothing is to do; return how many leads were scored."""
    worker = service.rooms.worker
    worker._stop.clear()
    done = 0
    for _ in range(rounds):
        found = worker.work_once()
        done += found
        if not found and not service.rooms.desk.look(worker._renewing.is_to_do):
            break
    return done


def remaining(service):
    return service.rooms.desk.look(lambda tx: tx.renewals.remaining(tx.renewals.current()))


def versions(service, lead_id):
    """The causes and versions of a lead's scores, the oldest first."""
    return [(one["cause"], one["score"]["model"]["version"]) for one in reversed(service.scores(lead_id))]


def test_all_leads_are_scored_again_once_by_a_new_model(company):
    serve(company, "2")
    work(company, rounds=1)
    assert remaining(company) == 25 - 7
    work(company)
    assert remaining(company) == 0
    for number in range(25):
        assert versions(company, f"L{number:02}") == [("lead", "1"), ("model", "2")]
    assert work(company) == 0
    # A lead's id would outlive its erasure there.
    assert company.rooms.desk.look(lambda tx: tx.renewals.current()).last_lead_id is None
    serve(company, "1")
    work(company)
    assert versions(company, "L07") == [("lead", "1"), ("model", "2"), ("model", "1")]


def test_what_happens_meanwhile_comes_first(company):
    serve(company, "2")
    company.rooms.desk.in_line(company.rooms.worker._renewing.step)
    company.rooms.desk.in_line(lambda tx: tx.rescoring.ask(["L24"], "events"))
    company.rooms.desk.in_line(lambda tx: tx.rescoring.ask(["L05"], "events"))
    taken = []
    company.rooms.desk.in_line(lambda tx: taken.extend(tx.rescoring.take(4, model_version="2")))
    assert [(one.lead_id, one.cause) for one in taken] == [
        ("L05", "events"), ("L24", "events"), ("L00", "model"), ("L01", "model"),
    ]  # fmt: skip


def test_a_round_goes_on_where_it_was_after_a_restart(company):
    serve(company, "2")
    work(company, rounds=2)
    assert 0 < remaining(company) < 25
    restart(company)
    work(company)
    assert remaining(company) == 0
    assert {len(company.scores(f"L{number:02}")) for number in range(25)} == {2}


def test_a_process_with_an_older_model_neither_takes_part_nor_begins_anew(company):
    older, begun = company.rooms.scoring.champion.loaded, []
    serve(company, "2")
    newer = company.rooms.scoring.champion.loaded
    work(company, rounds=1)
    company.rooms.desk.in_line(company.rooms.worker._renewing.step)
    left = remaining(company)
    company.rooms.scoring.champion.loaded = older
    assert not company.rooms.desk.look(company.rooms.worker._renewing.is_to_do)
    assert company.rooms.worker.work_once() == 0
    company.rooms.desk.in_line(lambda tx: begun.append(tx.renewals.begin("1", older.since)))
    assert begun == [False]
    assert remaining(company) == left > 0
    company.rooms.scoring.champion.loaded = newer
    work(company)
    assert remaining(company) == 0


def test_what_an_older_model_scored_meanwhile_is_scored_again(company):
    older = company.rooms.scoring.champion.loaded
    serve(company, "2")
    newer = company.rooms.scoring.champion.loaded
    work(company, rounds=2)
    company.rooms.scoring.champion.loaded = older
    company.put("L00", employees=300)
    company.rooms.scoring.champion.loaded = newer
    work(company)
    assert versions(company, "L00") == [("lead", "1"), ("model", "2"), ("lead", "1"), ("model", "2")]


def test_stages_move_with_hysteresis(company):
    assert company.lead("L00")["stage"] == "mql"
    serve(company, "2", more=-12.0)
    work(company)
    held = company.scores("L00")[0]["score"]
    assert (held["score"], held["stage"]) == (48, "mql")
    serve(company, "3", more=-25.0)
    work(company)
    left = company.scores("L00")[0]["score"]
    assert (left["score"], left["stage"]) == (35, "lead")


def test_leads_scored_by_the_model_already_begin_no_round(company):
    champion = company.rooms.scoring.champion
    champion.loaded = replace(champion.loaded, since=champion.loaded.since + timedelta(days=1))
    assert work(company) == 0
    assert company.rooms.desk.look(lambda tx: tx.renewals.current()) is None


def test_a_lead_that_cannot_be_scored_stops_no_other_and_stays_in_the_queue(company, monkeypatch):
    serve(company, "2")
    stored = company.rooms.worker._scoring
    tell = type(stored)._tell

    def failing(self, tx, scored, kept, said, **given):
        if kept.lead_id == "L02":
            raise ValueError("after its score was written")
        tell(self, tx, scored, kept, said, **given)

    monkeypatch.setattr(type(stored), "_tell", failing)
    for _ in range(8):
        work(company)
        company.clock.move(minutes=2)
    monkeypatch.undo()
    assert [version for _, version in versions(company, "L02")] == ["1"]
    assert {versions(company, f"L{number:02}")[-1] for number in (0, 1, 3, 24)} == {("model", "2")}
    backlog = company.rooms.desk.look(lambda tx: tx.rescoring.backlog())
    assert (backlog.waiting, backlog.given_up) == ({}, 1)


def test_leads_that_the_store_kept_from_being_scored_are_taken_again_once_it_is_back(company, monkeypatch):
    worker, told = company.rooms.worker, StoreBusyError("The store is busy.", "a free store.", "Try again.")
    serve(company, "2")
    stored = worker._scoring

    def away(*_, **__):
        raise told

    with monkeypatch.context() as context:
        context.setattr(type(stored), "keep_all", away)
        for _ in range(MOST_ATTEMPTS + 1):
            with pytest.raises(StoreBusyError):
                work(company)
    # Not a moment later: nobody waits for a lease to be over, and the leads have not failed.
    work(company)
    assert {versions(company, f"L{number:02}")[-1] for number in range(25)} == {("model", "2")}


def test_a_worker_that_is_stopped_leaves_its_leads_to_the_next(company, monkeypatch):
    serve(company, "2")
    worker = company.rooms.worker
    monkeypatch.setattr(worker, "_score", lambda *_: worker._stop.set())
    worker._stop.clear()
    assert worker.work_once() > 4
    monkeypatch.undo()
    taken = []
    company.rooms.desk.in_line(lambda tx: taken.extend(tx.rescoring.take(25, model_version="2")))
    assert len(taken) == 7 - 4


def test_a_stage_change_that_was_not_kept_is_not_counted(company, monkeypatch):
    counted = []
    monkeypatch.setattr(scored, "count_stage_change", lambda before, after: counted.append((before, after)))
    with monkeypatch.context() as context:
        context.setattr(desk_module, "_held", lambda *_: 1 / 0)
        answer = company.client.put("/v1/leads/new", json={"employees": 200}, headers={"idempotency-key": "k"})
        assert answer.status_code == 500
    assert counted == []
    company.put("new", employees=200)
    assert counted == [(None, Stage.LEAD)]
