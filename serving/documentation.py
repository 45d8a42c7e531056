"""A plain page without scripts: every call with its fields."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from serving import openapi
from serving.errors import TITLES

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1.5rem; }
.wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem; border-bottom: 1px solid #8886; }
pre { overflow-x: auto; padding: 0.8rem; border: 1px solid #8886; border-radius: 4px; }
"""


def reference_page() -> str:
    """Return the page at ``/docs``."""
    body = ['<h1>The API</h1><p>JSON in and out. <a href="/openapi.json">OpenAPI description</a></p>']
    for path, method, operation in _operations():
        body.append(f"<h2><code>{method} {escape(path)}</code></h2><p>{escape(operation['summary'])}.</p>")
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            body.append(f"<p>Body: {_shape(content['schema'])}. Example:</p>")
            body.append(f"<pre>{escape(json.dumps(content['example'], indent=2, ensure_ascii=False))}</pre>")
        body.append(_table(("Status", "Answer"), (_response(*item) for item in operation["responses"].items())))
    body.append("<h2>Shapes</h2>")
    for name, schema in openapi.document()["components"]["schemas"].items():
        body.append(_definition(name, schema))
    body.append('<h2 id="problems">Problems</h2>')
    rows = ((f"<code>{code}</code>", str(status), escape(title)) for code, (status, title) in TITLES.items())
    body.append(_table(("Word in <code>type</code>", "Status", "Title"), rows))
    return _page("leadscore: the API", "".join(body))


def _operations() -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in openapi.document()["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _response(status: str, response: Mapping[str, Any]) -> tuple[str, str]:
    shapes = ", ".join(_shape(content["schema"]) for content in response["content"].values())
    return status, f"{escape(response['description'])} ({shapes})"


def _definition(name: str, schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = (
        (
            f"<code>{escape(field)}</code>",
            _shape(entry),
            "yes" if field in required else "no",
            escape(entry.get("description", "")),
        )
        for field, entry in schema.get("properties", {}).items()
    )
    table = _table(("Field", "Type", "Always there", "Meaning"), rows)
    return f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{escape(schema.get("description", ""))}</p>{table}'


def _shape(schema: Mapping[str, Any]) -> str:
    """Return a schema in a few words, with links to the shapes it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_shape(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(word))}</code>" for word in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_shape(schema.get('items', {}))}"
    return escape(schema.get("format") or schema.get("type", "anything"))


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _page(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/leadscore.css"></head><body><main>{body}</main></body></html>'
    )
