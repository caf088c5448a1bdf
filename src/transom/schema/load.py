"""schema.yaml → Schema, with every problem of the file at once."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from transom.errors import Location, Problem, ProjectError
from transom.schema.document import Node, in_order, read_document
from transom.schema.expectations import phrase
from transom.schema.names import bad_name, bad_payload_name, repeated, unknown_keys
from transom.schema.payloads import Field, FieldValue, MemberSet, Payload, Sequence, Singleton
from transom.schema.references import payload_references, task_references, type_of
from transom.schema.schema import Schema
from transom.schema.settings import mapping_problem, missing_key, parse_settings, parse_value, section, wrong_value
from transom.schema.slices import Slice
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

DeclaredT = TypeVar("DeclaredT", bound=Payload | Task | Slice)

SECTIONS = ("payloads", "tasks", "slices", "gold")
PAYLOADS: dict[str, type[Payload]] = {"singleton": Singleton, "sequence": Sequence, "set": MemberSet}
TASKS: dict[str, type[Task]] = {
    "multiclass": Multiclass,
    "bitvector": Bitvector,
    "spans": Spans,
    "select": Select,
    "regression": Regression,
}


def load_schema(path: Path) -> Schema:
    """The schema in a file.

    Raises:
        ProjectError: with all problems of the file.
    """
    schema, problems = read_schema(path)
    if schema is None:
        raise ProjectError(problems)
    return schema


def read_schema(path: Path) -> tuple[Schema | None, tuple[Problem, ...]]:
    """The schema in a file, or None and everything that is wrong with it."""
    if not path.exists():
        message = f"{str(path.parent)!r} has no {path.name}. Name a project's folder, or make one: transom init DIR."
        return None, (Problem("T001", message, Location(path.name)),)
    document = read_document(path)
    if document.problems and not document.root.entries:
        return None, document.problems
    schema, found = _parse(document.root, path.name)
    problems = in_order((*document.problems, *found))
    return (None if problems else schema), problems


def _parse(root: Node, file: str) -> tuple[Schema, list[Problem]]:
    """What could be read of a schema, and what is wrong with the rest."""
    problem = mapping_problem(root, f"the file {file}")
    if problem:
        return Schema(), [problem]
    payload_nodes, payload_problems = section(root, "payloads")
    task_nodes, task_problems = section(root, "tasks")
    slice_nodes, slice_problems = section(root, "slices")
    problems = [*unknown_keys(root, SECTIONS, file), *payload_problems, *task_problems, *slice_problems]
    if not task_nodes and not problems:
        problems += missing_key("tasks", "a mapping of names to what is predicted", root, f"the file {file}")
    payloads = [_payload(name, node) for name, node in payload_nodes.items()]
    tasks = [_task(name, node) for name, node in task_nodes.items()]
    slices = [_slice(name, node) for name, node in slice_nodes.items()]
    gold, gold_problems = _gold(root)
    problems += [problem for _, found in (*payloads, *tasks, *slices) for problem in found]
    problems += [*gold_problems, *payload_references(payload_nodes), *task_references(task_nodes, payload_nodes)]
    return Schema(_read(payloads), _read(tasks), _read(slices), gold), problems


def _read(parsed: Iterable[tuple[DeclaredT | None, list[Problem]]]) -> tuple[DeclaredT, ...]:
    return tuple(declared for declared, _ in parsed if declared is not None)


def _type_problems(node: Node, types: Mapping[str, type[Payload | Task]], what: str) -> list[Problem]:
    """What is wrong with the `type` of a payload or task, or with its not being there."""
    problem = mapping_problem(node, what)
    if problem:
        return [problem]
    annotation: Any = Literal[tuple(types)]
    if "type" in node.entries:
        chosen = node.entries["type"]
        return [] if chosen.value in types else [wrong_value(chosen, annotation, "type", {})]
    known = list(dict.fromkeys(["type", *(key for cls in types.values() for key in _keys(cls))]))
    return unknown_keys(node, known, what) + missing_key("type", phrase(annotation, {}), node, what, known)


def _keys(cls: type[Payload | Task]) -> list[str]:
    return [field.name for field in fields(cls) if field.name not in ("name", "at")]


def _payload(name: str, node: Node) -> tuple[Payload | None, list[Problem]]:
    problems = bad_payload_name(name, node) + _type_problems(node, PAYLOADS, f"payload {name!r}")
    cls = PAYLOADS.get(type_of(node))
    if cls is None:
        return None, problems
    what = f"{type_of(node)} payload {name!r}"
    given: dict[str, object] = {"name": name}
    also = ["type"]
    if cls is not Sequence:
        given["fields"], found = _fields(node, what)
        problems += found
        also.append("fields")
    if cls is MemberSet and "value" in node.entries:
        problems += parse_value(Literal["record"], node.entries["value"], "value", {})[1]
        also.append("value")
    payload, found = parse_settings(cls, node, what, given=given, also=also)
    return payload, problems + found + repeated(node.entries.get("base"))


def _fields(node: Node, what: str) -> tuple[tuple[Field, ...], list[Problem]]:
    """The fields of a record, and what is wrong with them or with their being there."""
    declared = node.entries.get("fields")
    value = node.entries.get("value")
    is_record = value is not None and value.value == "record"
    if declared is None:
        expected = "a mapping of names to text, number or category"
        known = ["fields", *_keys(Singleton)]
        is_needed = is_record and type_of(node) == "singleton"
        return (), missing_key("fields", expected, node, what, known) if is_needed else []
    if value is not None and not is_record:
        message = f"Only records have fields, and {what} has the value {value.raw!r}. Remove the fields."
        return (), [Problem("T014", message, declared.key_at)]
    kinds, problems = parse_value(dict[str, FieldValue], declared, "fields", {})
    problems += [problem for name, kind in declared.entries.items() for problem in bad_name(name, kind, "field")]
    return tuple(Field(name, kind) for name, kind in (kinds or {}).items()), problems


def _task(name: str, node: Node) -> tuple[Task | None, list[Problem]]:
    problems = bad_name(name, node, "task") + _type_problems(node, TASKS, f"task {name!r}")
    cls = TASKS.get(type_of(node))
    if cls is None:
        return None, problems
    task, found = parse_settings(cls, node, f"{type_of(node)} task {name!r}", given={"name": name}, also=("type",))
    classes = node.entries.get("classes")
    problems += found + repeated(classes)
    for each in classes.elements if classes else ():
        problems += bad_name(each.raw, each, "class") if isinstance(each.value, str) else []
    return task, problems


def _slice(name: str, node: Node) -> tuple[Slice | None, list[Problem]]:
    problems = bad_name(name, node, "slice")
    parsed, found = parse_settings(Slice, node, f"slice {name!r}", given={"name": name})
    ways = [way for way in ("tag", "where", "python") if way in node.entries]
    if len(ways) > 1 or (not ways and not found):
        has = f"has {' and '.join(ways)}" if ways else "names no examples"
        found.append(Problem("T015", f"Slice {name!r} {has}. Give exactly one of tag, where and python.", node.key_at))
    return parsed, problems + found


def _gold(root: Node) -> tuple[tuple[str, ...], list[Problem]]:
    node = root.entries.get("gold")
    if node is None:
        return (), []
    gold, problems = parse_value(tuple[str, ...], node, "gold", {})
    return gold or (), problems + repeated(node)
