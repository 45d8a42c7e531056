"""The OpenAPI description of our surface, made from the models that check and document it.

``python -m serving.openapi docs/openapi.json`` writes the copy in docs/; a test holds it equal.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving import answers
from serving.errors import MEDIA_TYPE, TITLES
from serving.examples import BATCH_REQUEST, SCORE_REQUEST
from serving.wire import MAX_BATCH, BatchRequest, ScoreRequest

_REFERENCE = "#/components/schemas/{model}"
_SCORING_PROBLEMS = (400, 408, 413, 415, 422, 429, 500)
_REQUESTS: tuple[type[BaseModel], ...] = (ScoreRequest, BatchRequest)
_ANSWERS: tuple[type[BaseModel], ...] = (
    answers.ScoreAnswer,
    answers.BatchAnswer,
    answers.ModelAnswer,
    answers.SlaAnswer,
    answers.HealthAnswer,
    answers.ProblemAnswer,
)


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 description as plain data."""
    _, schemas = models_json_schema(
        [*((model, "validation") for model in _REQUESTS), *((model, "serialization") for model in _ANSWERS)],
        ref_template=_REFERENCE,
    )
    definitions = schemas["$defs"]
    # Entries of a batch are checked one by one, so that a bad one fails alone; their shape is the single call's.
    definitions["BatchRequest"]["properties"]["requests"]["items"] = {"$ref": _REFERENCE.format(model="ScoreRequest")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "leadscore",
            "version": version("leadscore"),
            "description": "Calibrated lead scores on the agreement's scale, with reasons that add up to them.",
        },
        "paths": {
            "/v1/score": {
                "post": _scoring("score", "Score one lead", "ScoreRequest", "ScoreAnswer", SCORE_REQUEST),
            },
            "/v1/score/batch": {
                "post": _scoring(
                    "scoreBatch",
                    f"Score up to {MAX_BATCH} leads, answered in order; a bad one is reported in its place",
                    "BatchRequest",
                    "BatchAnswer",
                    BATCH_REQUEST,
                ),
            },
            "/v1/model": {"get": _reading("model", "What serves", "ModelAnswer")},
            "/v1/sla": {"get": _reading("sla", "The agreement and the cutoffs in force", "SlaAnswer")},
            "/livez": {"get": _reading("livez", "Whether the process is up", "HealthAnswer")},
            "/readyz": {"get": _reading("readyz", "Whether the service can answer", "HealthAnswer")},
        },
        "components": {"schemas": definitions},
    }


def text() -> str:
    """Return the description as it is published."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _scoring(name: str, summary: str, request: str, answer: str, example: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": _REFERENCE.format(model=request)}, "example": example}},
        },
        "responses": {"200": _answer(answer), **_problems(_SCORING_PROBLEMS)},
    }


def _reading(name: str, summary: str, answer: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": _answer(answer), **_problems((500, 503))},
    }


def _answer(model: str) -> dict[str, Any]:
    return {
        "description": "The answer",
        "content": {"application/json": {"schema": {"$ref": _REFERENCE.format(model=model)}}},
    }


def _problems(statuses: tuple[int, ...]) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model="ProblemAnswer")}
    return {
        str(status): {
            "description": "; or: ".join(title for given, title in TITLES.values() if given == status),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
