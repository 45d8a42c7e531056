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
from serving.api.bodies import LeadEventRecord
from serving.api.operations import OPERATIONS, Operation, Parameter
from serving.errors import MEDIA_TYPE, TITLES

_REFERENCE = "#/components/schemas/{model}"
_BODY_PROBLEMS = (400, 408, 413, 415, 422)
_ID = {"schema": {"type": "string"}, "description": "The request's id."}
_ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request is done once, and answered alike for 48 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 description as plain data."""
    requests = {one.body for one in OPERATIONS if one.body is not None} | {LeadEventRecord}
    told = {one.answer for one in OPERATIONS if one.answer is not None} | {answers.ProblemAnswer}
    _, schemas = models_json_schema(
        [
            *((model, "validation") for model in sorted(requests, key=_name)),
            *((model, "serialization") for model in sorted(told, key=_name)),
        ],
        ref_template=_REFERENCE,
    )
    definitions = schemas["$defs"]
    # Entries are checked one by one, so that a bad one fails alone; their shape is that of one.
    definitions["BatchRequest"]["properties"]["requests"]["items"] = _reference("ScoreRequest")
    definitions["EventsRequest"]["properties"]["events"]["items"] = _reference("LeadEventRecord")
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "leadscore",
            "version": version("leadscore"),
            "description": "Calibrated lead scores on the agreement's scale, with reasons that add up to them.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key of leadscore keys. On this machine none is needed until one has been made.",
                }
            },
        },
    }


def text() -> str:
    """Return the description as it is published."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _operation(one: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {"operationId": one.name, "summary": one.summary}
    if one.roles is not None:
        told |= {"security": [{"key": []}], "x-roles": sorted(role.value for role in one.roles)}
    parameters = [*map(_parameter, one.parameters), *([_ONCE] if one.writes else [])]
    if parameters:
        told["parameters"] = parameters
    if one.body is not None:
        content = {"schema": _reference(_name(one.body)), "example": one.example}
        told["requestBody"] = {"required": True, "content": {"application/json": content}}
    told["responses"] = {
        **{str(status): _answer(one) for status in sorted({one.status, *one.also})},
        **_problems(_problem_statuses(one) - {one.status, *one.also}),
    }
    return told


def _problem_statuses(one: Operation) -> set[int]:
    statuses = {500, *one.problems}
    if one.roles is not None:
        statuses |= {401, 429}
    if one.writes:
        statuses |= {422}
    return statuses | set(_BODY_PROBLEMS) if one.body is not None else statuses


def _parameter(one: Parameter) -> dict[str, Any]:
    schema = {"type": "array", "items": dict(one.schema)} if one.repeats else dict(one.schema)
    told = {"name": one.name, "in": one.where, "required": one.where == "path", "description": one.description}
    return {**told, "schema": schema}


def _answer(one: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {"text/plain": {"schema": {"type": "string"}}}
    if one.answer is not None:
        content = {"application/json": {"schema": _reference(_name(one.answer))}}
    return {"description": "The answer", "headers": {"X-Request-ID": _ID}, "content": content}


def _problems(statuses: set[int]) -> dict[str, Any]:
    return {
        str(status): {
            "description": "; or: ".join(title for given, title in TITLES.values() if given == status),
            "content": {MEDIA_TYPE: {"schema": _reference("ProblemAnswer")}},
        }
        for status in sorted(statuses)
    }


def _reference(model: str) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=model)}


def _name(model: type[BaseModel]) -> str:
    return model.__name__


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
