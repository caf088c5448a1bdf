"""How votes reach similar examples: the section `extend` of model.yaml."""

from dataclasses import dataclass, field
from typing import Literal

from transom.errors import Problem, UsageError, listed
from transom.registry import require
from transom.schema.document import Node
from transom.schema.names import undeclared
from transom.schema.payloads import MemberSet, Payload, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.settings import parse_settings, setting
from transom.supervision.extension import is_extendable


@dataclass(frozen=True)
class Extension:
    """Votes are extended to near neighbours in an embedding of a payload; `threshold` is a cosine similarity.

    A vector is its own embedding. "auto" chooses thresholds on dev gold.
    """

    payload: str
    embedding: str = "static"
    threshold: float | Literal["auto"] = field(default="auto", metadata={"minimum": -1, "maximum": 1})


def read_extension(node: Node | None, schema: Schema, *, use_dev: bool) -> tuple[Extension | None, list[Problem]]:
    """The section, None where it is absent or wrong, and everything that is wrong with it."""
    if node is None:
        return None, []
    extension, problems = parse_settings(Extension, node, "extend")
    if extension is None:
        return None, problems
    found = [
        *_in_payload(extension, node, schema),
        *_in_embedding(extension, node),
        *_in_threshold(extension, node, use_dev=use_dev),
        *_in_tasks(node, schema),
    ]
    return (None if found else extension), [*problems, *found]


def is_embeddable(payload: Payload) -> bool:
    """Whether examples can be compared by this payload: a text, tokens, or a vector."""
    match payload:
        case Singleton(value="text" | "vector") | Sequence(value="token"):
            return True
        case _:
            return False


def _in_payload(extension: Extension, node: Node, schema: Schema) -> list[Problem]:
    at = setting(Extension, node, "payload").at
    payload = next((each for each in schema.payloads if each.name == extension.payload), None)
    if payload is None:
        return [undeclared(extension.payload, at, [each.name for each in schema.payloads], "payload")]
    if is_embeddable(payload):
        return []
    others = [each.name for each in schema.payloads if is_embeddable(each)]
    known = f"Such payloads: {listed(others)}." if others else "This project has no such payload."
    message = f"extend compares examples by a text, by tokens or by a vector; {payload.name!r} is {_kind(payload)}."
    return [Problem("T111", f"{message} {known}", at)]


def _in_embedding(extension: Extension, node: Node) -> list[Problem]:
    try:
        require("embeddings", extension.embedding, setting(Extension, node, "embedding").at)
    except UsageError as error:
        return [error.problem]
    return []


def _in_threshold(extension: Extension, node: Node, *, use_dev: bool) -> list[Problem]:
    if use_dev or extension.threshold != "auto":
        return []
    message = (
        "extend: threshold 'auto' is chosen on dev gold, which use_dev: false forbids. "
        "Give a threshold, such as 0.8, or let dev choose."
    )
    return [Problem("T110", message, setting(Extension, node, "threshold").at)]


def _in_tasks(node: Node, schema: Schema) -> list[Problem]:
    payloads = {payload.name: payload for payload in schema.payloads}
    if any(is_extendable(task, payloads.get(task.payload or "")) for task in schema.tasks):
        return []
    message = (
        "extend: votes reach similar examples only in tasks with a class, or bits, for each example as a whole, and no "
        "task of schema.yaml is one. Take extend out."
    )
    return [Problem("T112", message, node.key_at)]


def _kind(payload: Payload) -> str:
    match payload:
        case Singleton(value=value):
            return f"a {value}"
        case Sequence(value=value):
            return f"a sequence of {value}s"
        case MemberSet():
            return "a set"
