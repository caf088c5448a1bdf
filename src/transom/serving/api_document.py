"""The OpenAPI document of a server: every route, with the schemas of the version that answers now."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from transom.schema.jsonschema_parts import DRAFT, NAME
from transom.serving.answering import Answering
from transom.serving.api_schemas import api_schemas
from transom.serving.http import JSON
from transom.serving.operations import BINARY, MODEL, OPERATIONS, Operation
from transom.serving.tokens import Tokens

REASONS = {
    400: "The body is not JSON, or no request.",
    401: "The token is missing or wrong.",
    403: "A page of another site asks; or the server was started without a token for administrators.",
    404: "It is not there.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The content type is not JSON, or the body is compressed.",
    421: "The host is not this machine, and the server was started without a token.",
    422: "A record does not fit the schema.",
    503: "The server is too busy, stopping, or cannot load the version; `Retry-After` says when to ask again.",
}
HEADERS = {
    "RequestId": {"schema": {"type": "string"}, "required": True, "description": "The request's, or a new one."},
    "Version": {"schema": {"type": "integer"}, "description": "The version that answered."},
}


def api_document(answering: Answering, tokens: Tokens) -> dict[str, Any]:
    """The document, for whoever may ask for predictions: it names the project's payloads and classes."""
    versions = answering.versions
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DRAFT,
        "info": {
            "title": answering.model,
            "version": str(versions.current.number),
            "summary": f"Predictions of version {versions.current.number}, served by transom {version('transom')}.",
        },
        "paths": {path: _path_item(path, operation, answering, tokens) for path, operation in _paths()},
        "components": {
            "schemas": api_schemas(versions.current, versions.bounds.max_queue),
            "headers": HEADERS,
            "securitySchemes": {
                "serving": {"type": "http", "scheme": "bearer", "description": "The token of `--token-file`."},
                "admin": {"type": "http", "scheme": "bearer", "description": "The token of `--admin-token-file`."},
            },
        },
    }


def _paths() -> Iterator[tuple[str, Operation]]:
    """Every path; a model's also by version."""
    for path, operation in OPERATIONS.items():
        yield path, operation
        if path.startswith(MODEL):
            yield path.replace(MODEL, f"{MODEL}/versions/{{version}}"), operation


def _path_item(path: str, operation: Operation, answering: Answering, tokens: Tokens) -> dict[str, Any]:
    described: dict[str, Any] = {"summary": operation.summary, "responses": _responses(path, operation, tokens)}
    if operation.body:
        content = {"schema": {"$ref": f"#/components/schemas/{operation.body}"}}
        described["requestBody"] = {"required": True, "content": {JSON: content}}
    if operation.access == "admin":
        described["security"] = [{"admin": []}]
    elif operation.access == "serving" and tokens.serving is not None:
        described["security"] = [{"serving": []}, {"admin": []}] if tokens.admin else [{"serving": []}]
    parameters = {
        "name": {"enum": [answering.model]},
        "version": {"type": "string", "pattern": "^[A-Za-z0-9_.-]+$", "description": "A number or an alias."},
        "key": NAME,
    }
    asked = [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in parameters.items()
        if f"{{{name}}}" in path
    ]
    return {"parameters": asked, operation.method.lower(): described}


def _responses(path: str, operation: Operation, tokens: Tokens) -> dict[str, Any]:
    error = "InferenceError" if path.startswith("/v2") else "Error"
    refusals = {*operation.refusals, *_access_refusals(operation, tokens), *(() if tokens.serving else (421,))}
    content: dict[str, Any] = {
        media: {"schema": {"type": "string", "format": "binary"} if media == BINARY else _reference(operation.answer)}
        for media in operation.media
    }
    return {
        "200": {"description": operation.summary, "content": content, "headers": _headers(*HEADERS)},
        **{
            str(status): {
                "description": REASONS[status],
                "content": {JSON: {"schema": _reference(error)}},
                "headers": _headers("RequestId"),
            }
            for status in sorted(refusals)
        },
    }


def _access_refusals(operation: Operation, tokens: Tokens) -> tuple[int, ...]:
    if operation.access == "admin":
        return (401,) if tokens.admin else (403,)
    return (401,) if operation.access == "serving" and tokens.serving else ()


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _headers(*names: str) -> dict[str, Any]:
    called = {"RequestId": "x-request-id", "Version": "x-transom-version"}
    return {called[name]: {"$ref": f"#/components/headers/{name}"} for name in names}
