"""What a training run proposes is there to be signed once its model serves."""

import numpy as np
import pytest

from features.domain import Sla
from models.additive import json_text
from models.agreement import Agreement
from models.bundle.contents import MANIFEST, REQUIRED, Manifest
from models.champion import bundle_folder, point_champion
from models.cutoffs import certify
from serving.calls import proposals
from serving.calls.model_proposals import ModelProposals
from serving.store.keys import Role

SLA = "version: 4\nmql: {min_conversion_rate: 0.2}\n"


@pytest.fixture
def promote(service):
    """Return what lets a bundle of these cutoffs serve; only its cutoffs are read here."""

    def serve(version, rate, sla=SLA):
        (service.workspace.root / "sla.yaml").write_text(sla, encoding="utf-8")
        rng = np.random.default_rng(int(version))
        probability = rng.beta(2, 8, 4000) * rate
        found = certify(probability, rng.random(4000) < probability, service.workspace.sla())
        folder = bundle_folder(service.workspace, version)
        folder.mkdir(parents=True)
        contents = dict.fromkeys(REQUIRED, b"{}") | {"cutoffs.json": json_text(found.to_mapping()).encode()}
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        (folder / MANIFEST).write_text(Manifest.of(contents, "0").to_text())
        point_champion(service.workspace, version)
        return found

    return serve


def look(service, work=None):
    own = next(one for one in service.rooms.rounds.works if one.__qualname__ == "ModelProposals.propose")
    service.rooms.desk.in_line(work or own)
    return service.client.get("/v1/sla/proposals").json()["proposals"]


def sign(service, proposal):
    with service.rooms.door.store().begin() as tx:
        for role in (Role.MARKETING, Role.SALES):
            proposals.sign(tx, proposal["proposal_id"], role, by=role.value)
    service.rooms.desk.in_line(service.rooms.agreement.take_over)


def test_a_models_cutoffs_are_proposed_once_with_their_certificate(service, promote):
    found = promote("1", 1.0)
    (proposal,) = look(service)
    assert (proposal["mql"], proposal["sql"]) == (found.mql.probability, found.sql.probability)
    assert (proposal["state"], proposal["model_version"]) == (found.state.value, "1")
    assert proposal["certificate"]["mql"]["clauses"][0]["name"] == "mql.min_conversion_rate"
    assert (proposal["sla"]["version"], proposal["proposed_by"]) == (4, "leadscore")
    service.clock.move(minutes=2)
    another_process = ModelProposals(service.workspace, service.rooms.scoring.schema)
    assert look(service, another_process.propose) == look(service) == [proposal]


def test_the_next_models_cutoffs_are_proposed_beside_those_in_force(service, promote):
    promote("1", 1.0)
    (first,) = look(service)
    sign(service, first)
    held = Agreement.read(service.workspace)
    assert (held.mql, held.signed, held.model_version) == (first["mql"], True, "1")
    promote("2", 0.8)
    second, before = look(service)
    assert (second["model_version"], second["is_in_force"], before["is_in_force"]) == ("2", False, True)
    assert Agreement.read(service.workspace) == held


def test_a_certificate_of_other_promises_is_not_proposed_for_these(service, promote):
    promote("1", 1.0)
    service.workspace.sla_file.write_text("version: 5\nmql: {min_conversion_rate: 0.3}\n", encoding="utf-8")
    assert look(service) == []
    proposed = service.client.post("/v1/sla/proposals", json={"mql": 0.2, "sql": 0.4})
    assert proposed.json()["state"] == "uncertified"


def test_a_certificate_that_holds_is_not_prolonged_by_signing_its_cutoffs_again(service, promote):
    promote("1", 1.0)
    (first,) = look(service)
    sign(service, first)
    since = Agreement.read(service.workspace).since
    service.clock.move(days=60)
    again = service.client.post("/v1/sla/proposals", json={}).json()
    assert (again["state"], again["model_version"]) == (first["state"], "1")
    sign(service, again)
    held = Agreement.read(service.workspace)
    assert held.signing.proposal == again["proposal_id"]
    assert held.since == since


def test_a_damaged_bundle_proposes_nothing(service, promote):
    promote("1", 1.0)
    (bundle_folder(service.workspace, "1") / "card.json").write_text("[]")
    assert look(service) == []


def test_cutoffs_that_the_first_model_brought_stay_where_an_agreement_without_any_was_signed(service, promote):
    proposal = service.client.post("/v1/sla/proposals", json={"sla": {"version": 4, "hysteresis": 2}}).json()
    sign(service, proposal)
    in_force = Agreement.read(service.workspace)
    found = certify(np.linspace(0.01, 0.6, 400), np.arange(400) % 3 == 0, Sla())
    in_force.adopt(found, "1", service.clock.now()).write(service.workspace)
    service.restart()
    held = Agreement.read(service.workspace)
    assert (held.sla.hysteresis, held.mql, held.signed) == (2, found.mql.probability, False)
    second = service.client.post("/v1/sla/proposals", json={"sla": {"version": 5}}).json()
    sign(service, second)
    held = Agreement.read(service.workspace)
    assert (held.sla.version, held.mql, held.signed) == (5, found.mql.probability, True)
