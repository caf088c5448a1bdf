"""The section `serve` of deploy.yaml: the server, how a candidate is tried, and what is logged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from transom.errors import Location, Problem, did_you_mean, listed
from transom.schema.document import Node
from transom.schema.jsonschema import settings_schema
from transom.schema.jsonschema_parts import JsonSchema, object_schema
from transom.schema.names import unknown_keys
from transom.schema.schema import Schema
from transom.schema.settings import parse_settings, parse_value
from transom.serving.log_settings import Logging
from transom.serving.policy import SINGLE, Canary, Policy, Shadow
from transom.serving.record_names import names_in

_POLICIES: dict[str, type[Any]] = {Shadow.name: Shadow, Canary.name: Canary}
_READ_APART = ("log", "policy")


@dataclass(frozen=True)
class Serving:
    """The server: `max_batch` requests at once, `max_queue` waiting, predictions logged unless `log` is off.

    `variant` answers instead of the default model. `policy` is how a candidate is tried on live traffic; without one
    nobody meets it. gRPC is spoken where `grpc_port` is given, and TLS where `tls_cert` and `tls_key` are: files, by
    their paths from the project's folder. `access_log` writes a line of JSON a request to stderr, and `telemetry` sends
    spans where the environment of OpenTelemetry says.
    """

    port: int = field(default=8080, metadata={"minimum": 0, "maximum": 65535})
    grpc_port: int | None = field(default=None, metadata={"minimum": 0, "maximum": 65535})
    tls_cert: str | None = field(default=None, metadata={"minLength": 1})
    tls_key: str | None = field(default=None, metadata={"minLength": 1})
    max_batch: int = field(default=32, metadata={"minimum": 1})
    max_queue: int = field(default=256, metadata={"minimum": 1})
    log: Logging | None = field(default_factory=Logging)
    access_log: bool = False
    telemetry: bool = False
    variant: str | None = field(default=None, metadata={"minLength": 1})
    policy: Policy | None = None


def read_serve(node: Node | None, schema: Schema | None = None) -> tuple[Serving, list[Problem]]:
    """What the section says, with defaults for what cannot be read, and everything that is wrong with it.

    Without a schema the values of records that it names are taken as they are.
    """
    if node is None:
        return Serving(), []
    log, in_log = _log(node.entries.get("log"))
    policy, in_policy = _policy(node.entries.get("policy"))
    serving, problems = parse_settings(Serving, node, "serve", given={"log": log, "policy": policy}, also=_READ_APART)
    problems += [*in_log, *in_policy, *_half_of_tls(node), *(_unknown_values(node, schema) if schema else ())]
    return serving or Serving(), problems


def serve_schema() -> JsonSchema:
    """What the section may hold."""
    section = settings_schema(Serving, without=_READ_APART)
    chosen = [object_schema({name: settings_schema(cls)}, [name]) for name, cls in _POLICIES.items()]
    section["properties"]["log"] = {"anyOf": [{"type": "boolean"}, settings_schema(Logging)]}
    section["properties"]["policy"] = {"oneOf": [{"enum": [SINGLE, *_POLICIES]}, *chosen]}
    section["dependentRequired"] = {"tls_cert": ["tls_key"], "tls_key": ["tls_cert"]}
    return section


def _half_of_tls(node: Node) -> list[Problem]:
    """A certificate without its key, or a key alone."""
    given = [name for name in ("tls_cert", "tls_key") if node.entries.get(name)]
    if len(given) != 1:
        return []
    missing = "tls_key" if given == ["tls_cert"] else "tls_cert"
    return [Problem("T218", f"{given[0]} is there alone. Give {missing} as well.", node.entries[given[0]].at)]


def _log(node: Node | None) -> tuple[Logging | None, list[Problem]]:
    """`true`, `false`, or what is logged."""
    if node is None or node.value is None:
        return Logging(), []
    if isinstance(node.value, dict):
        return parse_settings(Logging, node, "log")
    is_on, problems = parse_value(bool, node, "log", {"description": "true, false or a mapping"})
    return Logging() if is_on else None, problems


def _policy(node: Node | None) -> tuple[Policy | None, list[Problem]]:
    """`single`, the name of another policy, or a mapping from that name to its settings."""
    if node is None or node.value is None:
        return None, []
    if not isinstance(node.value, dict):
        name, problems = parse_value(Literal["single", "shadow", "canary"], node, "policy", {})
        return _POLICIES[name]() if name in _POLICIES else None, problems
    unknown = unknown_keys(node, tuple(_POLICIES), "policy")
    if unknown or len(node.entries) != 1:
        message = f"policy must be one of single, shadow and canary, not {len(node.entries)} of them."
        return None, unknown or [Problem("T007", message, node.at)]
    ((name, child),) = node.entries.items()
    cls = _POLICIES[name]
    return (cls(), []) if child.value is None else parse_settings(cls, child, name)


def _unknown_values(node: Node, schema: Schema) -> list[Problem]:
    """The values of records that the section names and the schema does not have."""
    redact, key = _within(node, "log", "redact"), _within(node, "policy", Canary.name, "key")
    named = [*(redact.elements if redact else ()), *([key] if key else ())]
    known = list(names_in(schema))
    return [_unknown(str(each.value), each.at, known) for each in named if each.value not in known]


def _unknown(name: str, at: Location, known: Sequence[str]) -> Problem:
    return Problem(
        "T008", f"{name!r} is no value of records. They have {listed(known)}.{did_you_mean(name, known)}", at
    )


def _within(node: Node, *keys: str) -> Node | None:
    """What stands under these keys, one within the other."""
    found: Node | None = node
    for key in keys:
        found = found.entries.get(key) if found else None
    return found
