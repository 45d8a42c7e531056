import ast
import json
import re
from pathlib import Path

import pytest

from serving import errors

DOCS = Path(__file__).parents[2] / "docs"
PAGE = "\n".join((DOCS / name).read_text(encoding="utf-8") for name in ("api.md", "privacy.md"))
EXAMPLES = re.findall(r"<!-- example: (\w+) (\S+) -->\n```json\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def nothing_left(client):
    """The service is everybody's: what the examples leave of their lead must not be met by other tests."""
    yield
    assert client.request("DELETE", "/v1/leads/L42").is_success


def test_the_page_has_examples():
    assert [(method, path) for method, path, _ in EXAMPLES] == [
        ("POST", "/v1/score"),
        ("POST", "/v1/score/batch"),
        ("PUT", "/v1/leads/L42"),
        ("POST", "/v1/events"),
        ("POST", "/v1/leads/L42/outcomes"),
        ("POST", "/v1/leads/L42/consents"),
    ]


@pytest.mark.parametrize(("method", "path", "body"), EXAMPLES)
def test_every_example_is_answered(client, method, path, body):
    answer = client.request(method, path, json=json.loads(body))
    assert answer.is_success
    assert answer.json()


def test_every_call_of_the_description_stands_on_the_page(client):
    for path in client.get("/openapi.json").json()["paths"]:
        assert path in PAGE


def _codes_of(file: Path) -> set[str]:
    """Return the codes that a file gives the faults of a body, which are literals or a name that holds some."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    held: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for name in node.targets:
                if isinstance(name, ast.Name):
                    held.setdefault(name.id, set()).update(_texts_in(node.value))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _PLACE_OF_CODE:
            code = node.args[_PLACE_OF_CODE[node.func.id]]
            found |= held.get(code.id, set()) if isinstance(code, ast.Name) else _texts_in(code)
    return found


def _texts_in(node: ast.AST) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


_PLACE_OF_CODE = {"FieldError": 1, "PydanticCustomError": 0}


def test_every_code_of_a_fault_and_every_problem_stands_on_the_page():
    serving = Path(__file__).parents[2] / "serving"
    codes = {code for file in serving.rglob("*.py") for code in _codes_of(file)}
    assert {"unknown-reason", "url-refused", "invalid-moment", "other-lead"} <= codes
    codes |= {code for code, _ in errors._CODES.values()} | set(errors.TITLES)
    assert [code for code in sorted(codes) if f"`{code}`" not in PAGE] == []
