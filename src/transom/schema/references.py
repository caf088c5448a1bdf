"""What payloads, tasks and slices say of each other, checked once all of them are known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from transom.errors import Problem, listed
from transom.schema.document import Node
from transom.schema.names import entry, meant, undeclared
from transom.schema.payloads import MemberSet, Payload
from transom.schema.payloads import Sequence as SequencePayload
from transom.schema.schema import Schema
from transom.schema.tasks import Select, Spans, Task

PAYLOAD_TYPES = ("singleton", "sequence", "set")
TASK_TYPES = ("multiclass", "bitvector", "spans", "select", "regression")

PAYLOAD_OF_TASK = {"spans": "sequence", "select": "set"}
"""The type of payload without which a type of task means nothing; the other types work on every payload and on none."""


def payload_references(payloads: Mapping[str, Node]) -> Iterator[Problem]:
    """What is wrong with `base` and `range`: names that are not declared, ranges over no sequence, circles."""
    for node in payloads.values():
        for base in _bases(node):
            if base.raw not in payloads:
                yield undeclared(base.raw, base.at, payloads, "payload")
        for span in _range(node):
            yield from _payload_problems(span, payloads, "sequence", "Range")
    yield from _circles(payloads)


def task_references(tasks: Mapping[str, Node], payloads: Mapping[str, Node]) -> Iterator[Problem]:
    """What is wrong with the payloads of tasks: names that are not declared, types that do not fit."""
    for name, node in tasks.items():
        kind = type_of(node, TASK_TYPES)
        needed = PAYLOAD_OF_TASK.get(kind)
        what = f"{kind.capitalize()} task {name!r}"
        payload = node.entries.get("payload")
        if payload is None and needed:
            yield Problem("T006", f"{what} needs the key 'payload': the name of a {needed} payload.", node.key_at)
        elif payload is not None and isinstance(payload.value, str):
            yield from _payload_problems(payload, payloads, needed, what)


def consistent(schema: Schema) -> Schema:
    """The schema without what refers to a payload that it lacks or that does not fit."""
    declared = {payload.name: payload for payload in schema.payloads}
    payloads = {
        name: replace(payload, base=tuple(base for base in payload.base if base in declared))
        for name, payload in declared.items()
        if not isinstance(payload, MemberSet) or payload.range is None or _is_sequence(declared.get(payload.range))
    }
    tasks = tuple(task for task in schema.tasks if _fits(task, payloads))
    return replace(schema, payloads=tuple(payloads.values()), tasks=tasks)


def type_of(node: Node, types: Sequence[str]) -> str:
    """The type that a payload or a task has or is meant to have; empty where that is not clear."""
    kind = entry(node, "type", ("type",))
    return meant(kind.raw, types) if kind else ""


def _fits(task: Task, payloads: Mapping[str, Payload]) -> bool:
    payload = payloads.get(task.payload or "")
    match task:
        case Spans():
            return _is_sequence(payload)
        case Select():
            return isinstance(payload, MemberSet)
        case _:
            return task.payload is None or payload is not None


def _is_sequence(payload: Payload | None) -> bool:
    return isinstance(payload, SequencePayload)


def _payload_problems(
    reference: Node, payloads: Mapping[str, Node], needed: str | None, what: str
) -> Iterator[Problem]:
    name = reference.raw
    if name not in payloads:
        yield undeclared(name, reference.at, payloads, "payload")
    elif needed and type_of(payloads[name], PAYLOAD_TYPES) not in (needed, ""):
        fitting = [other for other, node in payloads.items() if type_of(node, PAYLOAD_TYPES) == needed]
        choice = f"Payloads of that type: {listed(fitting)}." if fitting else "No payload has that type."
        message = (
            f"{what} needs a {needed} payload, and {name!r} is a {type_of(payloads[name], PAYLOAD_TYPES)}. {choice}"
        )
        yield Problem("T012", message, reference.at)


def _bases(node: Node) -> list[Node]:
    base = node.entries.get("base")
    return [element for element in base.elements if isinstance(element.value, str)] if base else []


def _range(node: Node) -> list[Node]:
    span = node.entries.get("range")
    return [span] if span is not None and isinstance(span.value, str) else []


def _circles(payloads: Mapping[str, Node]) -> Iterator[Problem]:
    built_on = {name: [part.raw for part in _bases(node) + _range(node)] for name, node in payloads.items()}
    reported: set[str] = set()
    for name in payloads:
        circle = () if name in reported else _way_back(name, built_on)
        if circle:
            reported.update(circle)
            message = f"{name!r} is built on itself: {' → '.join(circle)}. Remove one of them from 'base' or 'range'."
            yield Problem("T011", message, payloads[name].key_at)


def _way_back(name: str, built_on: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The shortest way from a payload back to itself; empty where there is none."""
    seen: set[str] = set()
    ways: list[tuple[str, ...]] = [(name,)]
    for way in ways:  # grows while it is read
        for part in built_on.get(way[-1], ()):
            if part == name:
                return (*way, name)
            if part not in seen:
                seen.add(part)
                ways.append((*way, part))
    return ()
