"""The rules as people read, try out, change and restore them."""

import html
import re
import time

import pytest

from serving import champion
from serving.console.rule_form import RuleForm
from serving.store.keys import Role

CANARY = "\"><img src=x onerror=alert('x')><script>alert(1)</script>'"
GERMANY = {
    "about": "attribute:country",
    "question": "one_of",
    "values": "DE, AT",
    "points": "12,5",
    "text_en": "From here",
}


def rules(service):
    return service.workspace.rules_file.read_text(encoding="utf-8")


class Editor:
    """Somebody who changes rules: reads the form's hidden fields as a browser does."""

    def __init__(self, browser):
        self.browser = browser
        self.token = browser.csrf()

    def seen(self):
        found = re.search(r'name="seen" value="([0-9a-f]{64})"', self.browser.get("/rules/edit").text)
        return found[1]

    def send(self, path, **fields):
        return self.browser.send(path, **{"csrf": self.token, "seen": self.seen(), "do": "keep", **fields})


@pytest.fixture
def editor(signed_in):
    return Editor(signed_in())


def test_rules_stand_in_words_with_points(service, signed_in):
    text = signed_in().reads("/rules")
    assert re.search(r"Company of 50 to 1,000 people Employees: from 50 to below 1,000 .*\+30", text)
    assert "has 10 points" in text
    text = signed_in(name="kai", language="de").reads("/rules")
    assert "Mitarbeiterzahl: von 50 bis unter 1.000" in text
    assert "Hier wurde noch nichts geändert" in text


def test_a_change_is_tried_out_before_it_is_saved(service, editor):
    service.put("L1", employees=200, country="DE")
    before = rules(service)
    page = editor.send("/rules/try", **GERMANY)
    assert page.status_code == 200
    assert "scored last (1). By the rules, in another stage: 1; with another score: 1." in page.text
    assert "Lead to MQL" in page.text
    assert rules(service) == before
    saved = editor.send("/rules/save", **GERMANY)
    assert (saved.status_code, saved.headers["location"]) == (303, "/rules?done=saved")
    assert rules(service).startswith(before.replace("version: 2", "version: 3"))
    assert "when: {attribute: country, one_of: [DE, AT]}\n    points: 12.5" in rules(service)
    assert "Saved." in editor.browser.reads("/rules?done=saved")


def test_saved_rules_answer_without_a_restart(service, editor, monkeypatch):
    monkeypatch.setattr(champion, "_LOOK_EVERY_SECONDS", 0.0)
    service.put("L1", employees=200, country="DE")
    editor.send("/rules/save", **GERMANY)
    deadline = time.monotonic() + 10
    while service.rooms.scoring.champion.rules.reference.version != "3" and time.monotonic() < deadline:
        service.rooms.scoring.champion.look()
        time.sleep(0.01)
    assert service.put("L1", employees=200, country="DE", industry="retail")["score"]["points"] == 52.5


def test_what_the_form_shows_is_what_the_file_says(service, editor):
    page = editor.browser.get("/rules/edit?rule=mid_size").text
    assert 'value="attribute:employees" selected' in page
    assert re.search(r'name="low" value="50"', page)
    texts = {"text_en": "Company of 50 to 1,000 people", "text_de": "Firma mit 50 bis 1.000 Leuten"}
    asked = {"about": "attribute:employees", "question": "range", "low": "50", "high": "1000"}
    fields = {"rule_id": "mid_size", "points": "30", "group": "fit", **texts, **asked}
    before = rules(service)
    editor.send("/rules/save", **fields)
    assert rules(service) == before.replace("version: 2", "version: 3")


def test_a_rule_about_what_leads_do_is_added(service, editor):
    editor.send("/rules/save", about="event:page_view", within_days="14", at_least="3", points="2", max_points="8",
                text_en="Looked around")  # fmt: skip
    assert "when: {event: page_view, within_days: 14, at_least: 3}" in rules(service)
    assert "- id: looked_around" in rules(service)


def test_conditions_that_the_form_cannot_hold_stay(service, editor):
    path = service.workspace.rules_file
    path.write_text(
        rules(service) + "  - id: both\n    when:\n      - {attribute: country, is: DE}\n      - {event: page_view}\n"
        "    points: 5\n",
        encoding="utf-8",
    )
    page = editor.browser.get("/rules/edit?rule=both").text
    assert "Its conditions stay as they are" in page
    assert 'name="about"' not in page
    editor.send("/rules/save", rule_id="both", points="7")
    assert "      - {attribute: country, is: DE}\n      - {event: page_view}\n    points: 7" in rules(service)


@pytest.mark.parametrize(
    ("fields", "english", "german"),
    [
        ({"points": "many"}, ("Points", "many", "a number."), ("Punkte", "many", "eine Zahl.")),
        ({"points": ""}, ("Points", "nothing", "a number."), ("Punkte", "nichts", "eine Zahl.")),
        ({"about": ""}, ("Attribute or activity", "an attribute, or"), ("Merkmal oder Aktivität", "ein Merkmal, oder")),
        ({"about": "attribute:county"}, ("Did you mean 'country'?",), ("Meinten Sie 'country'?",)),
        (
            {"question": "range", "low": "5", "high": "3", "about": "attribute:employees"},
            ("Below", "3", "a number above from (5)."), ("Unter", "3", "eine Zahl über der unteren Grenze (5)."),
        ),
        (
            {"question": "range", "about": "attribute:employees"},
            ("From", "nothing", "a lower end"), ("Ab", "nichts", "eine untere Grenze"),
        ),
        (
            {"question": "range", "low": "5"},
            ("From", "5", "holds no number"), ("Ab", "5", "enthält keine Zahl"),
        ),
        ({"values": ""}, ("Values or texts", "nothing", "a text or"), ("Werte oder Texte", "ein Text oder mehrere")),
        ({"max_points": "20"}, ("At most", "no max_points"), ("Höchstens", "kein Höchstwert")),
        ({"group": "other"}, ("one of fit, engagement.",), ("eine von fit, engagement.",)),
        (
            {"about": "event:page_view", "within_days": "-3"},
            ("Within so many days", "−3", "a number above 0."), ("Innerhalb von so vielen Tagen", "eine Zahl über 0."),
        ),
        (
            {"about": "event:page_view", "at_least": "1,5"},
            ("At least so many times", "1.5", "a whole number"), ("Mindestens so oft", "1,5", "eine ganze Zahl"),
        ),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_used_is_told_beside_the_form_in_either_language(
    service, editor, fields, english, german
):
    before = rules(service)
    for path in ("/rules/try", "/rules/save"):
        for language, title, told in (("en", "This cannot be saved", english), ("de", "lässt sich nicht", german)):
            editor.browser.language = language
            answer = editor.send(path, **{**GERMANY, **fields})
            assert answer.status_code == 422
            mistake = re.search(r'<div[^>]*id="mistake">(.*?)</div>', answer.text, flags=re.DOTALL)[1]
            said = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", mistake)).split())
            for part in (title, *told):
                assert part in said
            assert 'value="From here"' in answer.text
    assert rules(service) == before


def test_the_field_to_correct_is_marked_and_linked(editor):
    page = editor.send("/rules/try", **{**GERMANY, "points": "many"}).text
    assert '<a href="#points">' in page
    assert page.count('aria-invalid="true"') == 1
    assert re.search(r'<input id="points"[^>]* aria-invalid="true" aria-describedby="mistake">', page)


@pytest.mark.parametrize(
    ("language", "written", "kept"),
    [("de", "1.000", 1000), ("de", "1.000,5", 1000.5), ("de", "2,5", 2.5), ("de", "2.5", 2.5), ("de", "1,125", 1.125),
     ("en", "1,000", 1000), ("en", "1,000.5", 1000.5), ("en", "2.5", 2.5), ("en", "2,5", 2.5), ("en", "1.000", 1),
     ("en", "−1,000", -1000)],
)  # fmt: skip
def test_numbers_are_read_as_the_readers_language_writes_them(language, written, kept):
    form = RuleForm(rule_id="r", about="attribute:employees", question="range", low=written, points="1")
    change = form.change(None, language)
    assert change.entry["when"]["from"] == kept
    shown = RuleForm.of("r", change.entry, language)
    assert shown.change(None, language).entry == change.entry


def test_a_rule_is_removed_after_a_look_and_comes_back(service, editor):
    service.put("L1", employees=200, industry="software")
    before = rules(service)
    page = editor.send("/rules/try", rule_id="software", do="remove").text
    assert "What would change without this rule" in page
    assert "MQL to Lead" in page
    assert editor.send("/rules/save", rule_id="software", do="remove").headers["location"] == "/rules?done=removed"
    assert "id: software" not in rules(service)
    page = editor.browser.get("/rules").text
    assert "removed: software" in page
    number = re.findall(r'name="number" value="(\d+)"', page)[-1]
    assert editor.send("/rules/restore", number=number).headers["location"] == "/rules?done=restored"
    assert rules(service) == before.replace("version: 2", "version: 4")
    assert "version 2 restored" in editor.browser.reads("/rules")


def test_what_somebody_changed_meanwhile_is_not_overwritten(service, editor):
    seen = editor.seen()
    editor.send("/rules/save", **GERMANY)
    after = rules(service)
    answer = editor.browser.send("/rules/save", csrf=editor.token, seen=seen, do="remove", rule_id="mid_size")
    assert answer.status_code == 422
    assert "Somebody changed the rules" in answer.text
    assert rules(service) == after


def test_what_was_changed_in_an_editor_is_said(service, editor):
    editor.send("/rules/save", **GERMANY)
    path = service.workspace.rules_file
    path.write_text(rules(service).replace("base_points: 10", "base_points: 11"), encoding="utf-8")
    assert "changed in an editor" in editor.browser.reads("/rules")


@pytest.mark.parametrize("role", [Role.SALES, Role.SCIENTIST])
def test_others_read_the_rules_and_change_nothing(service, signed_in, role):
    browser = signed_in(role)
    page = browser.get("/rules")
    assert page.status_code == 200
    assert "/rules/edit" not in page.text
    assert browser.get("/rules/edit").status_code == 403
    before = rules(service)
    for path in ("/rules/try", "/rules/save", "/rules/restore"):
        fields = {"csrf": "", "rule_id": "mid_size", "do": "remove", "number": "1", "seen": ""}
        assert browser.send(path, **fields).status_code == 403
    assert rules(service) == before


@pytest.mark.parametrize("path", ["/rules/try", "/rules/save", "/rules/restore"])
def test_a_form_of_another_session_changes_nothing(service, editor, path):
    before = rules(service)
    for token in ("", "x" * 43):
        answer = editor.browser.send(path, csrf=token, seen=editor.seen(), rule_id="mid_size", do="remove", number="1")
        assert answer.status_code == 403
    assert rules(service) == before


@pytest.mark.parametrize("number", ["", "x", "99", "9" * 30, "1.5"])
def test_a_version_that_is_none_is_not_restored(service, editor, number):
    assert editor.send("/rules/restore", number=number).status_code == 422


def test_why_a_version_is_not_restored_is_said_in_the_readers_language(editor):
    editor.browser.language = "de"
    page = editor.send("/rules/restore", number="99").text
    assert "Diese Fassung der Regeln gibt es nicht. Laden Sie die Seite neu." in page


def test_a_rule_that_is_not_there_has_no_form(service, editor):
    assert editor.browser.get("/rules/edit?rule=other").status_code == 404


def test_two_new_rules_of_one_name_are_told_apart(service, editor):
    editor.send("/rules/save", **GERMANY)
    answer = editor.send("/rules/save", **{**GERMANY, "values": "FR"})
    assert answer.status_code == 422
    assert "There is a rule" in answer.text


def test_what_people_wrote_comes_out_as_text(service, editor):
    service.put(CANARY.replace("/", ""), employees=200, country="DE")
    fields = {**GERMANY, "text_en": CANARY, "text_de": CANARY}
    tried = editor.send("/rules/try", **fields).text
    assert editor.send("/rules/save", **fields).status_code == 303
    for page in (tried, editor.browser.get("/rules").text):
        assert "<img" not in page
        assert "<script>alert" not in page
    assert CANARY in editor.browser.reads("/rules")


def test_without_scores_of_a_model_there_is_nothing_to_compare(service, signed_in):
    service.put("L1", employees=200)
    assert "There is nothing to compare with" in signed_in().reads("/rules?compare=model")


def test_a_file_that_cannot_be_read_is_a_page_and_no_crash(service, signed_in):
    browser = signed_in()
    service.workspace.rules_file.write_text("rules: [", encoding="utf-8")
    assert browser.get("/rules").status_code == 503
