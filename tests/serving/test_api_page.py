import json
import re
from pathlib import Path

import pytest

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
