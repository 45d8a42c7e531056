"""rules.yaml is changed as a person would: nothing else in it moves."""

import pytest

from features.domain import ConfigError
from models.rules.editing import RuleChange, changed, plain_rules, renumbered

TEXT = """\
# Agreed in spring.
version: 4   # counted up by hand
base_points: 10
rules:
  # The important ones first.
  - id: demo
    text: {en: Asked for a demo, de: "Hat um eine Vorführung gebeten"}
    when: {event: demo_request, within_days: 30}
    points: 20   # 57 leads, 7% converted
  - id: norway
    when: {attribute: country, one_of: [NO, 'SE']}
    points: 5
"""


def test_a_new_number_changes_nothing_else():
    assert renumbered(TEXT, 5) == TEXT.replace("version: 4 ", "version: 5 ")


def test_other_points_leave_comments_and_spelling():
    entry = {**plain_rules(TEXT)["rules"][0], "points": 25}
    del entry["id"]
    after = changed(TEXT, RuleChange("demo", entry), 5)
    assert after == TEXT.replace("version: 4 ", "version: 5 ").replace("points: 20 ", "points: 25 ")


def test_an_entry_that_is_not_named_any_more_goes():
    after = changed(TEXT, RuleChange("demo", {"when": {"event": "demo_request"}, "points": 20}), 5)
    assert plain_rules(after)["rules"][0] == {"id": "demo", "when": {"event": "demo_request"}, "points": 20}


def test_a_new_rule_stands_at_the_end_in_the_files_own_form():
    entry = {
        "text": {"en": "In: Norway", "de": "Ö"},
        "when": {"attribute": "country", "one_of": ["NO", "1"]},
        "points": 2.5,
    }
    after = changed(TEXT, RuleChange("other", entry), 5)
    assert after.startswith(TEXT.replace("version: 4 ", "version: 5 "))
    assert "    when: {attribute: country, one_of: [NO, '1']}\n" in after
    # Read again it says the same: NO is no boolean, and '1' no number.
    assert plain_rules(after)["rules"][2] == {"id": "other", **entry}


def test_a_rule_is_removed_with_its_comments_and_no_others():
    after = changed(TEXT, RuleChange("norway", None), 5)
    assert [rule["id"] for rule in plain_rules(after)["rules"]] == ["demo"]
    assert "# The important ones first." in after
    assert "# 57 leads, 7% converted" in after


def test_a_file_without_rules_gets_its_first():
    after = changed("base_points: 50\n", RuleChange("demo", {"when": {"event": "demo_request"}, "points": 1}), 1)
    assert [rule["id"] for rule in plain_rules(after)["rules"]] == ["demo"]


def test_a_rule_that_is_not_there_is_not_removed():
    with pytest.raises(ConfigError, match="other"):
        changed(TEXT, RuleChange("other", None), 5)


@pytest.mark.parametrize("text", ["rules: [", "- a list", ""])
def test_what_is_no_file_of_rules_is_refused(text):
    with pytest.raises(ConfigError):
        renumbered(text, 2)
