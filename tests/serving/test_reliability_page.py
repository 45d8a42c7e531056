"""docs/reliability.md names tests that are there, and every row that a test is named after."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "reliability.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (\d+)(?: to \d+)? \|(.+)\|$", PAGE, re.MULTILINE))
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))


def functions(file):
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_page_names_is_there(file, name):
    assert name in functions(file), "a test was renamed or removed: correct docs/reliability.md"


def test_each_row_that_is_kept_names_a_test():
    assert len(ROWS) > 40
    assert [number for number, text in ROWS.items() if "::" not in text] == ["41"]


def test_each_row_that_a_test_is_named_after_is_on_the_page():
    named = {
        number for file in TESTS.rglob("test_*.py") for number in re.findall(r"def test_row_(\d+)_", file.read_text())
    }
    assert named <= set(ROWS)
