import json
from pathlib import Path

from serving import answers, openapi
from serving.errors import TITLES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_copy_in_docs_is_current():
    assert (DOCS / "openapi.json").read_text() == openapi.text(), "run: python -m serving.openapi docs/openapi.json"


def test_every_reference_leads_somewhere():
    document = openapi.document()
    names = set(document["components"]["schemas"])
    text = json.dumps(document)
    for part in text.split('"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in names


def test_the_api_page_names_every_field_of_a_score_and_every_problem():
    page = (DOCS / "api.md").read_text()
    missing = [name for name in answers.ScoreAnswer.model_fields if f"`{name}`" not in page]
    missing += [code for code in TITLES if f"`{code}`" not in page]
    assert missing == []
