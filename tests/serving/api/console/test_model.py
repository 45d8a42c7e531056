"""The model's page: how good it is, what moves it, whether leads are still alike, and which version serves."""

import html
import json
import re
from datetime import timedelta

import pytest

from features.domain import BundleError, RegistryError, Text, WorkspaceError
from models.audit import append_audit, read_audit
from models.registry_client import AliasNotMovedError
from serving.calls import model_versions
from serving.champion import Refusal
from serving.console.charts import some
from serving.store.keys import Role


def charts(page):
    """Return what the browser would draw, by the chart's anchor."""
    found = re.findall(r'<figure class="chart" id="([^"]+)">.*?data-chart="([^"]*)"', page, flags=re.DOTALL)
    return {key: json.loads(html.unescape(told)) for key, told in found}


def test_without_a_model_the_page_says_what_scores_and_what_to_do(signed_in):
    text = signed_in().reads("/model")
    assert "Your rules" in text
    assert "leadscore train" in text
    assert "There is no version yet." in text


def test_a_model_of_before_there_was_evidence_is_told_as_that(signed_in, measured_model):
    measured_model(has_evidence=False)
    text = signed_in().reads("/model")
    assert "Version 7 of the model" in text
    assert "brought no measurements" in text
    assert "leadscore recalibrate" in text


def test_damaged_evidence_is_told_and_hides_nothing_else(signed_in, measured_model, service):
    measured_model()
    (service.workspace.var / "bundles" / "7" / "evidence.json").write_text("{}")
    text = signed_in().reads("/model")
    assert "cannot be read" in text
    assert "Versions" in text


def test_the_figures_are_those_of_the_evidence(signed_in, measured_model):
    evidence = measured_model()
    page = signed_in().get("/model").text
    told = charts(page)
    assert list(told) == ["gain", "lift", "calibration", "sizes", "swarm", "along-0", "along-1", "periods"]
    gain = told["gain"]
    assert gain["places"] == list(evidence.ranking_of().shares)
    assert gain["series"][0]["values"] == list(evidence.ranking_of().hits)
    assert [one["name"] for one in gain["series"]] == ["This model", "Rules (calibrated)", "by chance"]
    curve = {one["name"]: one["values"] for one in told["calibration"]["series"]}
    assert curve["became customers"] == [one.seen for one in evidence.calibration.points]
    assert curve["95 % band"] == [one.high for one in evidence.calibration.points]
    assert told["periods"]["series"][0]["values"] == [one.mean_probability for one in evidence.periods]
    assert sum(len(one["values"]) for one in told["swarm"]["series"]) == 600
    assert all(len(one["at"]) == len(one["values"]) for one in told["swarm"]["series"])
    assert sorted(told["along-0"]["series"][0]["at"]) == sorted(evidence.reasons[0].values)


def test_tables_beside_pictures_are_short_enough_to_read(signed_in, measured_model):
    evidence = measured_model()
    page = signed_in().get("/model").text
    tables = dict(re.findall(r'<figure class="chart" id="([^"]+)">(.*?)</figure>', page, flags=re.DOTALL))
    rows = {key: len(re.findall(r"<tr><td", table)) for key, table in tables.items()}
    assert rows["gain"] == rows["lift"] == 5
    assert max(rows.values()) <= 12
    hits = f"{100 * evidence.ranking_of().hits_at(0.1):.1f}"
    assert re.search(rf"10\s%</span></td><td[^>]*><span>{hits}", html.unescape(tables["gain"]))


def test_points_for_a_table_run_from_the_first_to_the_last():
    assert some(range(100)) == tuple(sorted(some(range(100))))
    assert (some(range(100))[0], some(range(100))[-1], len(some(range(100)))) == (0, 99, 12)
    assert some(range(3)) == (0, 1, 2)
    assert some(()) == ()


def test_it_is_said_in_words_whom_the_model_beats(signed_in, measured_model):
    measured_model()
    assert "It predicts better than the company's rules, beyond chance." in signed_in().reads("/model")
    german = signed_in(name="bert", language="de").reads("/model")
    assert "Es sagt besser vorher als die Regeln des Unternehmens" in german
    assert "Oberstes Zehntel der Leads" in german
    assert not re.search(r"\b(the|which|leads held|customers)\b", german.split("Modell", 1)[1])


def test_names_and_levels_are_text_wherever_they_stand(signed_in, measured_model):
    measured_model()
    page = signed_in().get("/model").text
    assert "<b>to</b>" not in page
    assert "<i>retail" not in page
    assert "&lt;i&gt;retail" in page
    assert charts(page)["sizes"]["places"][0] == "Visits <b>to</b> the site"


def test_dots_of_one_place_stand_apart_within_their_row(signed_in, measured_model):
    measured_model()
    swarm = charts(signed_in().get("/model").text)["swarm"]
    rows = {}
    for series in swarm["series"]:
        for at, height in zip(series["at"], series["values"], strict=True):
            rows.setdefault(round(height), []).append((at, height))
    assert sorted(rows) == [0, 1]
    for row, dots in rows.items():
        assert len(dots) == 300
        assert len(set(dots)) > 295
        assert max(abs(height - row) for _, height in dots) <= 0.43


def test_a_model_that_cannot_be_used_is_told_with_the_reason(signed_in, service):
    champion = service.rooms.scoring.champion
    champion.refusal = Refusal("bundle-invalid: trees-0.txt", service.clock.now())
    text = signed_in().reads("/model")
    assert "so the rules score every lead. Promote another version" in text
    assert "The log says: trees-0.txt" in text
    assert "leadscore train" not in text


def test_the_last_monitoring_run_is_shown_in_both_languages(signed_in, measured_model, service):
    measured_model()
    assert "leadscore monitor" in signed_in().reads("/model")
    folder = service.workspace.reports / "monitor-20260301T090000"
    folder.mkdir(parents=True)
    shifts = [{"name": "employees", "index": 0.31, "by_chance": 0.2}, {"name": "a<b", "index": 0.1, "by_chance": 0.2}]
    finding = {"name": "features", "standing": "alarm", "sentence": "Moved.", "sentence_de": "Bewegt.",
               "figures": {"shifts": shifts}}  # fmt: skip
    result = {"version": "6", "at": "2026-03-01T09:00:00+00:00", "findings": [finding]}
    (folder / "result.json").write_text(json.dumps(result))
    (service.workspace.reports / "monitor-20260302T090000").mkdir()
    page = signed_in().get("/model").text
    assert "Moved." in page
    assert "another version" in page
    page = page.split('id="drift"')[1]
    assert page.index("0.310") < page.index("0.100")
    assert len(re.findall(r'<tr class="mark">\s*<td data-head="Feature">', page)) == 1
    assert "a&lt;b" in page
    assert "Bewegt." in signed_in(name="bert", language="de").reads("/model")


@pytest.mark.parametrize(
    ("days", "version", "english", "german", "is_old"),
    [
        (0, "7", "when it last ran, today; the page does not look by itself", "beim letzten Lauf heute fand", False),
        (1, "7", "a day ago", "vor einem Tag", False),
        (7, "7", "7 days ago", "vor 7 Tagen", False),
        (9, "7", "9 days ago", "vor 9 Tagen", True),
        (0, "6", "today", "heute", True),
    ],
)
def test_the_page_says_how_old_the_look_at_the_leads_is(
    signed_in, measured_model, service, days, version, english, german, is_old
):
    measured_model()
    folder = service.workspace.reports / "monitor-20260301T090000"
    folder.mkdir(parents=True)
    at = service.clock.now() - timedelta(days=days, minutes=5)
    (folder / "result.json").write_text(json.dumps({"version": version, "at": at.isoformat(), "findings": []}))
    drift = signed_in().reads("/model").split("Are leads still alike?")[1].split("Versions")[0]
    assert english in drift
    assert ("look again" in drift, "leadscore monitor acme" in drift.replace(str(service.workspace.root), "acme")) == (
        is_old, is_old,
    )  # fmt: skip
    assert german in signed_in(name="bert", language="de").reads("/model")


def test_what_leadscore_decided_by_itself_is_said_in_german_too(signed_in, measured_model, service):
    measured_model()
    append_audit(service.workspace, {
        "at": "2026-03-01T09:00:00+00:00", "action": "promote", "by": "leadscore", "why": "passed the gate",
        "version": "7", "previous": None,
    })  # fmt: skip
    assert "Freigabeprüfung bestanden" in signed_in(language="de").reads("/model")


@pytest.fixture
def two_versions(service, measured_model):
    """Version 7 serves and came after 6."""
    measured_model("6")
    measured_model("7")
    bundles = service.workspace.var / "bundles"
    service.workspace.champion.symlink_to(bundles / "7", target_is_directory=True)
    for version, previous in (("6", None), ("7", "6")):
        append_audit(service.workspace, {
            "at": "2026-03-01T09:00:00+00:00", "action": "promote", "by": "eve", "why": "it <i>won", "version": version,
            "previous": previous,
        })  # fmt: skip


def test_versions_tell_which_serves_and_who_decided_why(signed_in, two_versions):
    page = signed_in(Role.MARKETING).get("/model").text
    assert re.search(r'<tr class="mark">\s*<td><span>7 ', page)
    assert "it &lt;i&gt;won" in page
    assert 'action="/model/promote"' not in page
    assert "administrators decide" in page
    page = signed_in(Role.SCIENTIST, "sue").get("/model").text
    assert "<option>6</option>" in page
    assert "<option>7</option>" not in page
    assert "Back to version 6" in page


class Recorded:
    """A registry that does what it is told, or does not answer."""

    asked: tuple = ()
    fails = None

    def __init__(self, workspace, tracking_uri=None):
        assert workspace.root.name == "acme"

    def promote(self, version, *, by, why):
        if Recorded.fails:
            raise Recorded.fails
        Recorded.asked = ("promote", version, by, why)
        return version

    def rollback(self, *, by, why):
        if Recorded.fails:
            raise Recorded.fails
        Recorded.asked = ("rollback", by, why)
        return "6"


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr("models.registry.Registry", Recorded)
    Recorded.asked, Recorded.fails = (), None
    return Recorded


def audited(service):
    with service.rooms.door.store().read() as tx:
        return [(one.action, one.by, dict(one.details)) for one in tx.audit.entries()]


def test_a_scientist_lets_a_version_serve_and_brings_the_one_before_back(signed_in, two_versions, registry, service):
    browser = signed_in(Role.SCIENTIST, "sue")
    csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/model").text)[1]
    answer = browser.send("/model/promote", csrf=csrf, version="6", reason="the newer one drifts")
    assert (answer.status_code, answer.headers["location"]) == (303, "/model?done=promoted")
    assert registry.asked == ("promote", "6", "sue", "the newer one drifts")
    assert (model_versions.PROMOTED, "sue", {"version": "6"}) in audited(service)
    assert "The version serves within a few seconds" in browser.reads("/model?done=promoted")
    answer = browser.send("/model/rollback", csrf=csrf, reason="worse after all")
    assert answer.headers["location"] == "/model?done=rolled-back"
    assert registry.asked == ("rollback", "sue", "worse after all")
    assert (model_versions.ROLLED_BACK, "sue", {"version": "6"}) in audited(service)


def test_without_a_reason_or_for_a_version_that_is_not_kept_nothing_changes(signed_in, two_versions, registry, service):
    browser = signed_in(Role.ADMIN)
    csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/model").text)[1]
    for path in ("/model/promote", "/model/rollback"):
        answer = browser.send(path, csrf=csrf, version="6", reason=" ")
        assert (answer.status_code, "Say why" in answer.text) == (422, True)
    assert browser.send("/model/promote", csrf=csrf, version="../6", reason="x").status_code == 422
    assert browser.send("/model/promote", version="6", reason="x").status_code == 403
    assert registry.asked == ()
    assert not [one for one in audited(service) if one[0].startswith("model.")]


AWAY = RegistryError(Text("MLflow is away.", "MLflow antwortet nicht."), "a registry.", Text("Try again.", "Später."))


@pytest.mark.parametrize(
    ("fails", "english", "german"),
    [
        (AWAY, "what serves goes on. MLflow is away. Try again.", "bleibt es. MLflow antwortet nicht. Später."),
        (BundleError("trees-0.txt.", "x", "y"), "files are damaged or not complete (trees-0.txt.)", "sind beschädigt"),
        (WorkspaceError("cutoffs.json.", "x", "y"), "is in the way (cutoffs.json.)", "Im Arbeitsbereich stimmt etwas"),
    ],
)
def test_why_a_version_was_not_promoted_is_said_in_both_languages(
    signed_in, two_versions, registry, service, fails, english, german
):
    browser = signed_in(Role.ADMIN)
    csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/model").text)[1]
    registry.fails = fails
    for browser.language, told in (("en", english), ("de", german)):
        for path in ("/model/promote", "/model/rollback"):
            answer = browser.send(path, csrf=csrf, version="6", reason="x")
            assert answer.status_code == 422
            assert told in html.unescape(answer.text)
    assert not [one for one in audited(service) if one[0].startswith("model.")]


def test_a_version_that_is_back_before_the_registry_knows_is_told_as_that(signed_in, two_versions, registry, service):
    browser = signed_in(Role.ADMIN, language="de")
    csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/model").text)[1]
    registry.fails = AliasNotMovedError("6", AWAY)
    text = html.unescape(browser.send("/model/rollback", csrf=csrf, reason="x").text)
    assert "Version 6 ist wieder im Einsatz, aber ihr Alias ließ sich nicht setzen: MLflow antwortet nicht." in text
    assert "Es wurde nicht ausgeführt" not in text
    assert (model_versions.ROLLED_BACK, "ann", {"version": "6"}) in audited(service)


def test_whoever_may_not_decide_cannot_send_the_form(signed_in, two_versions, registry):
    for role in (Role.MARKETING, Role.SALES):
        browser = signed_in(role, role.value)
        csrf = browser.csrf()
        assert browser.send("/model/promote", csrf=csrf, version="6", reason="x").status_code == 403
        assert browser.send("/model/rollback", csrf=csrf, reason="x").status_code == 403
    assert registry.asked == ()


def test_a_version_links_to_its_run_where_mlflow_has_a_server(service, two_versions, signed_in):
    assert "mlflow ui" in signed_in(Role.SCIENTIST, "sue").reads("/model")
    service.restart(tracking_uri="http://mlflow.example:5000/")
    page = signed_in(Role.SCIENTIST, "sam").get("/model").text
    assert 'href="http://mlflow.example:5000/#/models/acme/versions/6"' in page
    service.restart(tracking_uri="http://user:secret@mlflow.example:5000/")
    assert "secret" not in signed_in(Role.SCIENTIST, "sim").get("/model").text


def test_the_log_of_decisions_is_only_read(service, two_versions, signed_in):
    before = read_audit(service.workspace)
    signed_in().get("/model")
    assert read_audit(service.workspace) == before
