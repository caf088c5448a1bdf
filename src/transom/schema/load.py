"""schema.yaml → Schema, with every problem of the file at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from transom.errors import Location, Problem, ProjectError
from transom.schema.document import Node, in_order, read_document
from transom.schema.expectations import phrase
from transom.schema.names import bad_member_field, bad_name, bad_payload_name, entry, repeated, unknown_keys
from transom.schema.payloads import Field, FieldValue, MemberSet, Payload, Sequence, Singleton
from transom.schema.references import (
    PAYLOAD_TYPES,
    TASK_TYPES,
    consistent,
    payload_references,
    task_references,
    type_of,
)
from transom.schema.schema import Schema
from transom.schema.settings import (
    mapping_problem,
    missing_key,
    parse_settings,
    parse_value,
    part,
    section,
    wrong_value,
)
from transom.schema.slices import Slice
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

DeclaredT = TypeVar("DeclaredT", bound=Payload | Task | Slice)

SECTIONS = ("payloads", "tasks", "slices", "gold")
PAYLOADS: dict[str, type[Payload]] = dict(zip(PAYLOAD_TYPES, (Singleton, Sequence, MemberSet), strict=True))
TASKS: dict[str, type[Task]] = dict(zip(TASK_TYPES, (Multiclass, Bitvector, Spans, Select, Regression), strict=True))


@dataclass(frozen=True)
class SchemaFile:
    """What schema.yaml holds and what is wrong with it.

    `schema` is whole where there is no problem; otherwise it lacks the names in `broken`, so that what builds on it
    can still be checked. `root` is None where nothing could be read.
    """

    schema: Schema
    problems: tuple[Problem, ...] = ()
    broken: frozenset[str] = frozenset()
    root: Node | None = None


def load_schema(path: Path) -> Schema:
    """The schema in a file.

    Raises:
        ProjectError: with all problems of the file.
    """
    read = read_schema(path)
    if read.problems:
        raise ProjectError(read.problems)
    return read.schema


def read_schema(path: Path) -> SchemaFile:
    """The schema in a file, as far as it can be read, and everything that is wrong with it."""
    if not path.exists():
        folder = repr(str(path.parent))
        missing = f"{folder} has no {path.name}" if path.parent.is_dir() else f"There is no folder {folder}"
        message = f"{missing}. Name a project's folder, or make one: transom init DIR."
        return SchemaFile(Schema(), (Problem("T001", message, Location(path.name)),))
    document = read_document(path)
    wrong_root = mapping_problem(document.root, path.name)
    if wrong_root or (document.problems and not document.root.entries):
        return SchemaFile(Schema(), (*document.problems, *filter(None, [wrong_root])))
    schema, problems = _schema(document.root, path.name)
    whole = consistent(schema)
    declared = {name for each in SECTIONS[:3] for name in section(document.root, each, SECTIONS)[0]}
    named = {each.name for each in (*whole.payloads, *whole.tasks, *whole.slices)}
    return SchemaFile(whole, in_order((*document.problems, *problems)), frozenset(declared - named), document.root)


def _schema(root: Node, file: str) -> tuple[Schema, list[Problem]]:
    payload_nodes, payload_problems = section(root, "payloads", SECTIONS)
    task_nodes, task_problems = section(root, "tasks", SECTIONS)
    slice_nodes, slice_problems = section(root, "slices", SECTIONS)
    problems = [*unknown_keys(root, SECTIONS, file), *payload_problems, *task_problems, *slice_problems]
    if not task_nodes and not problems:
        problems.append(missing_key("tasks", "a mapping of names to what is predicted", root, file))
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
    kind = entry(node, "type", ("type",))
    if kind is None:
        return [missing_key("type", phrase(annotation, {}), node, what)]
    return [] if kind.value in types else [wrong_value(kind, annotation, "type", {})]


def _payload(name: str, node: Node) -> tuple[Payload | None, list[Problem]]:
    problems = bad_payload_name(name, node) + _type_problems(node, PAYLOADS, f"payload {name!r}")
    kind = type_of(node, PAYLOAD_TYPES)
    if not kind or not isinstance(node.value, dict):
        return None, problems
    what = f"{kind} payload {name!r}"
    given: dict[str, object] = {"name": name}
    also = ["type"]
    if kind != "sequence":
        given["fields"], found = _fields(node, kind, what)
        problems += found
        also.append("fields")
    if kind == "set" and "value" in node.entries:
        problems += parse_value(Literal["record"], node.entries["value"], "value", {})[1]
        also.append("value")
    payload, found = parse_settings(PAYLOADS[kind], node, what, given=given, also=also)
    return payload, problems + found + repeated(node.entries.get("base"))


def _fields(node: Node, kind: str, what: str) -> tuple[tuple[Field, ...], list[Problem]]:
    """The fields of a record, and what is wrong with them or with their being there."""
    declared = entry(node, "fields", ("fields",))
    value = node.entries.get("value")
    is_record = value is not None and value.value == "record"
    is_needed = is_record and kind == "singleton"
    if declared is None:
        expected = "a mapping of names to text, number or category"
        return (), [missing_key("fields", expected, node, what)] if is_needed else []
    if is_needed and declared.value in ({}, None):
        message = f"A record has fields, and {what} names none. Write their names with text, number or category."
        return (), [Problem("T006", message, declared.key_at)]
    if value is not None and not is_record and kind == "singleton":
        message = f"Only records have fields, and {what} has the value {value.raw!r}. Remove the fields."
        return (), [Problem("T014", message, declared.key_at)]
    kinds, problems = parse_value(dict[str, FieldValue], declared, "fields", {})
    check = bad_name if kind == "singleton" else bad_member_field
    problems += [problem for name, child in declared.entries.items() for problem in check(name, child, "field")]
    return tuple(Field(name, value) for name, value in (kinds or {}).items()), problems


def _task(name: str, node: Node) -> tuple[Task | None, list[Problem]]:
    problems = bad_name(name, node, "task") + _type_problems(node, TASKS, f"task {name!r}")
    kind = type_of(node, TASK_TYPES)
    if not kind or not isinstance(node.value, dict):
        return None, problems
    task, found = parse_settings(TASKS[kind], node, f"{kind} task {name!r}", given={"name": name}, also=("type",))
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
    node = part(root, "gold", SECTIONS)
    if node is None:
        return (), []
    gold, problems = parse_value(tuple[str, ...], node, "gold", {})
    return gold or (), problems + repeated(node)
