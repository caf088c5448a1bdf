"""The section `serve` of deploy.yaml: the server, how a candidate is tried, and what is logged."""

from dataclasses import dataclass, field
from typing import Any, Literal

from transom.errors import Problem
from transom.schema.document import Node
from transom.schema.jsonschema import settings_schema
from transom.schema.jsonschema_parts import JsonSchema, object_schema
from transom.schema.names import unknown_keys
from transom.schema.settings import parse_settings, parse_value
from transom.serving.policy import SINGLE, Canary, Policy, Shadow

_POLICIES: dict[str, type[Any]] = {Shadow.name: Shadow, Canary.name: Canary}
_READ_APART = ("policy",)


@dataclass(frozen=True)
class Serving:
    """The server: `max_batch` requests at once, `max_queue` waiting, predictions logged unless `log` is off.

    `variant` answers instead of the default model. `policy` is how a candidate is tried on live traffic; without one
    nobody meets it. gRPC is spoken where `grpc_port` is given, and TLS where `tls_cert` and `tls_key` are: files, by
    their paths from the project's folder.
    """

    port: int = field(default=8080, metadata={"minimum": 0, "maximum": 65535})
    grpc_port: int | None = field(default=None, metadata={"minimum": 0, "maximum": 65535})
    tls_cert: str | None = field(default=None, metadata={"minLength": 1})
    tls_key: str | None = field(default=None, metadata={"minLength": 1})
    max_batch: int = field(default=32, metadata={"minimum": 1})
    max_queue: int = field(default=256, metadata={"minimum": 1})
    log: bool = True
    variant: str | None = field(default=None, metadata={"minLength": 1})
    policy: Policy | None = None


def read_serve(node: Node | None) -> tuple[Serving, list[Problem]]:
    """What the section says, with defaults for what cannot be read, and everything that is wrong with it."""
    if node is None:
        return Serving(), []
    policy, in_policy = _policy(node.entries.get("policy"))
    serving, problems = parse_settings(Serving, node, "serve", given={"policy": policy}, also=_READ_APART)
    return serving or Serving(), [*problems, *in_policy]


def serve_schema() -> JsonSchema:
    """What the section may hold."""
    section = settings_schema(Serving, without=_READ_APART)
    chosen = [object_schema({name: settings_schema(cls)}, [name]) for name, cls in _POLICIES.items()]
    section["properties"]["policy"] = {"oneOf": [{"enum": [SINGLE, *_POLICIES]}, *chosen]}
    return section


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
