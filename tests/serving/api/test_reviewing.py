"""After the rules, the ground of profiling or an unsigned agreement changed, the leads concerned are scored again."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from features.config import ConsentsTable
from features.domain import Engine, ModelReference
from serving import champion as champion_module
from serving.calls import reviewing as module
from serving.calls.reviewing import Reviewing
from serving.champion import Loaded
from serving.store.importing import import_files
from training.progress import SilentProgress

SOFTER = """\
version: 3
base_points: 10
rules:
  - id: mid_size
    text: {en: "Company of 50 to 1,000 people", de: "Firma mit 50 bis 1.000 Leuten"}
    group: fit
    when: {attribute: employees, from: 50, below: 1000}
    points: 20
"""


@pytest.fixture
def company(service, monkeypatch):
    """A service whose rounds and worker work when the test says so, with 25 leads scored by the rules."""
    monkeypatch.setattr(module, "AT_ONCE", 7)
    monkeypatch.setattr(champion_module, "_LOOK_EVERY_SECONDS", 0.0)
    stand_still(service)
    for number in range(25):
        service.put(f"L{number:02}", employees=200, industry="software")
    review(service)
    return service


def stand_still(service):
    service.rooms.worker.stop()
    service.rooms.rounds.stop()
    service.rooms.worker._stop.clear()


def restart(service):
    service.restart()
    stand_still(service)


def reviewing(service):
    (found,) = [one for one in service.rooms.rounds.works if isinstance(one, Reviewing)]
    return found


def review(service, rounds=30):
    """Let rounds pass, and the leads that wait be scored."""
    for _ in range(rounds):
        service.rooms.desk.in_line(reviewing(service))
        while service.rooms.worker.work_once():
            pass
        service.clock.move(seconds=5)


def write(service, name, text):
    """Write a file, and let the engines follow it."""
    file = service.workspace.root / name
    before = file.stat().st_ctime_ns
    while file.stat().st_ctime_ns == before:
        file.write_text(text, encoding="utf-8")
    champion = service.rooms.scoring.champion
    rules = champion.rules
    deadline = time.monotonic() + 10
    while name == "rules.yaml" and champion.rules is rules:
        assert time.monotonic() < deadline
        champion.look()


def causes(service, lead_id):
    return [one["cause"] for one in reversed(service.scores(lead_id))]


def configured(service, profiling):
    lines = (service.workspace.root / "leadscore.yaml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("profiling:")]
    return "\n".join([*kept, f"profiling: {{{profiling}}}", ""])


def test_nothing_is_scored_again_where_nothing_changed(company):
    review(company)
    restart(company)
    review(company)
    assert {tuple(causes(company, f"L{number:02}")) for number in range(25)} == {("lead",)}


def test_changed_rules_score_the_leads_again_that_rules_had_scored_and_move_them(company):
    assert company.lead("L07")["stage"] == "mql"
    write(company, "rules.yaml", SOFTER)
    review(company)
    assert {tuple(causes(company, f"L{number:02}")) for number in range(25)} == {("lead", "rules")}
    assert (company.lead("L07")["score"]["score"], company.lead("L07")["stage"]) == (30, "lead")
    # A lead's id would outlive its erasure there.
    with company.rooms.door.store().begin() as tx:
        assert tx.reviews.of("rules").last_lead_id is None


def test_what_a_model_scored_follows_no_rules(company):
    champion = company.rooms.scoring.champion
    champion.loaded = Loaded(Model(champion.rules), {})
    company.put("L07", employees=300, industry="software")
    champion.loaded = None
    write(company, "rules.yaml", SOFTER)
    review(company)
    assert causes(company, "L07") == ["lead", "lead"]
    assert causes(company, "L08") == ["lead", "rules"]


class Model:
    """The rules under a model's name."""

    def __init__(self, rules):
        self._rules = rules
        self.reference = ModelReference("acme", "1", None)

    def score(self, lead, events, as_of, *, scored_at):
        score = self._rules.score(lead, events, as_of, scored_at=scored_at)
        return replace(score, engine=Engine.MODEL, model=self.reference, probability=0.5)

    def score_each(self, leads, *, scored_at):
        return [self.score(*lead, scored_at=scored_at) for lead in leads]


def test_a_look_goes_on_where_it_was_after_a_restart(company):
    write(company, "rules.yaml", SOFTER)
    review(company, rounds=5)
    begun = {number for number in range(25) if len(causes(company, f"L{number:02}")) == 2}
    assert 0 < len(begun) < 25
    restart(company)
    review(company)
    assert {tuple(causes(company, f"L{number:02}")) for number in range(25)} == {("lead", "rules")}


def test_nobody_is_scored_again_before_every_process_has_the_new_rules(company):
    write(company, "rules.yaml", SOFTER)
    review(company, rounds=2)
    assert causes(company, "L00") == ["lead"]


def test_rules_that_cannot_be_used_change_nothing(company):
    file = company.workspace.root / "rules.yaml"
    file.write_text("version: 3\nrules: none\n", encoding="utf-8")
    review(company)
    assert causes(company, "L00") == ["lead"]


def test_another_machine_with_older_files_does_not_begin_anew(company, monkeypatch):
    older = reviewing(company)._subjects
    write(company, "rules.yaml", SOFTER)
    review(company)
    since = older[0].in_force_since() - timedelta(days=1)
    other = Reviewing([replace(older[0], says=lambda: "other rules", in_force_since=lambda: since)])
    for _ in range(10):
        company.rooms.desk.in_line(other)
        company.clock.move(seconds=5)
    review(company)
    assert causes(company, "L00") == ["lead", "rules"]


def test_where_profiling_comes_to_rest_on_consent_scores_without_one_are_removed_and_come_back(company):
    said = {"purpose": "profiling", "word": "given", "proof": {"wording": "v1"}}
    assert company.client.post("/v1/leads/L03/consents", json=said).status_code == 201
    write(company, "leadscore.yaml", configured(company, "basis: consent"))
    restart(company)
    review(company)
    assert causes(company, "L03") == ["lead"]
    assert causes(company, "L04") == []
    assert (company.lead("L04")["stage"], company.lead("L04")["no_basis"]) == (None, "no-consent")
    write(company, "leadscore.yaml", configured(company, "basis: consent, without_basis: fit_rules"))
    restart(company)
    review(company)
    assert causes(company, "L03") == ["lead"]
    assert company.lead("L04")["score"]["degraded_reason"] == "no-consent"
    write(company, "leadscore.yaml", configured(company, "basis: legitimate_interest"))
    restart(company)
    review(company)
    assert company.lead("L04")["score"]["degraded_reason"] == "no-model"
    assert causes(company, "L04") == ["profiling", "profiling"]


def test_who_objected_stays_unscored_whatever_profiling_rests_on(company):
    said = {"purpose": "profiling", "word": "objected"}
    assert company.client.post("/v1/leads/L03/consents", json=said).status_code == 201
    for chosen in ("basis: consent, without_basis: fit_rules", "basis: legitimate_interest"):
        write(company, "leadscore.yaml", configured(company, chosen))
        restart(company)
        review(company)
        assert causes(company, "L03") == []


def test_an_agreement_that_nobody_signed_is_followed_too(company):
    write(company, "sla.yaml", "version: 4\nsql: {requires: [country]}\n")
    restart(company)
    review(company)
    assert causes(company, "L07") == ["lead", "agreement"]
    assert company.lead("L07")["score"]["sla"]["version"] == 4


def test_words_that_were_loaded_from_a_file_are_followed(company, tmp_path):
    file = tmp_path / "consents.csv"
    file.write_text("lead_id,said_at,word\nL03,2026-02-01T09:00:00Z,objected\n", encoding="utf-8")
    config = replace(company.workspace.config(), consents=ConsentsTable(file))
    import_files(company.rooms.door.store(), config, SilentProgress())
    review(company)
    assert causes(company, "L03") == []
    assert causes(company, "L04") == ["lead"]
