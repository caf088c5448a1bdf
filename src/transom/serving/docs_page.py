"""`GET /docs`: the OpenAPI document as a page of its own, without scripts and without anything from elsewhere."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import orjson

HEADERS = (
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
)
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
body { color: #222; background: #fff }
code, pre { font: 13px/1.45 ui-monospace, monospace }
pre { background: #f4f4f4; padding: .75rem; overflow-x: auto }
h2 { font-size: 1rem; margin: 1.5rem 0 0 }
summary { cursor: pointer }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } pre { background: #262626 } }
"""


def docs_page(document: Mapping[str, Any]) -> bytes:
    """The page; what the document says is text in it, never markup."""
    info = document["info"]
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>',
        f"<style>{_STYLE}</style></head><body><h1>{escape(info['title'])}</h1><p>{escape(info['summary'])} ",
        'For programs: <a href="/openapi.json">openapi.json</a>.</p>',
        *(part for path, item in document["paths"].items() for part in _routes(path, item)),
        "<h1>Schemas</h1>",
        *(_schema(name, schema) for name, schema in document["components"]["schemas"].items()),
        "</body></html>\n",
    ]
    return "".join(parts).encode()


def _routes(path: str, item: Mapping[str, Any]) -> Iterator[str]:
    for method, operation in item.items():
        if method == "parameters":
            continue
        yield f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}."
        schemes = [name for needed in operation.get("security", ()) for name in needed]
        if schemes:
            yield f" Token: {' or '.join(schemes)}."
        if "requestBody" in operation:
            yield f" Takes {_contents(operation['requestBody'])}."
        yield "</p><ul>"
        for status, response in operation["responses"].items():
            yield f"<li>{status}: {_contents(response)}. {escape(response['description'])}</li>"
        yield "</ul>"


def _contents(described: Mapping[str, Any]) -> str:
    """The media types of a body, with links to their schemas."""
    return ", ".join(
        f"<code>{escape(media)}</code>{_link(content['schema'])}" for media, content in described["content"].items()
    )


def _link(schema: Mapping[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    return f' <a href="#{name}">{name}</a>' if name else ""


def _schema(name: str, schema: Any) -> str:
    text = escape(orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode())
    return f'<details id="{name}"><summary>{name}</summary><pre>{text}</pre></details>'
