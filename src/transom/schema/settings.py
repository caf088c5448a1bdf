"""Frozen dataclasses from YAML mappings, every problem with its place.

A field's annotation says what kinds of value it takes, and its metadata limits them in the words of JSON Schema
(`minimum`, `exclusiveMaximum`, `pattern`, `minItems`, …); a `description` there is what messages say of the value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any, TypeVar, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from transom.errors import Problem, did_you_mean
from transom.schema.document import Node, plain
from transom.schema.expectations import Limits, arms, inner, literals, phrase, within
from transom.schema.names import entry, unknown_keys

_READ_AS = {True: "true", False: "false", None: "nothing"}

SettingsT = TypeVar("SettingsT")


def parse_settings(
    cls: type[SettingsT],
    node: Node,
    what: str,
    *,
    given: Mapping[str, object] | None = None,
    also: Sequence[str] = (),
) -> tuple[SettingsT | None, list[Problem]]:
    """The dataclass that a mapping describes, and what is wrong with the mapping.

    A key that is wrong counts as absent, and a misspelt one as what it means, so that one mistake does not look like
    many; None where nothing can be made of the rest.

    Args:
        cls: Its fields are the keys, its defaults what a missing key means; a field `at` gets the place of the mapping.
        node: The mapping.
        what: What it is, for messages: "training", "sequence payload 'tokens'".
        given: Fields that are not read from the mapping.
        also: Further keys that the mapping may have, which the caller reads.

    >>> from transom.schema.document import parse_document
    >>> from transom.schema.slices import Slice
    >>> node = parse_document("{tag: nutrition, capacty: no}", "schema.yaml").root
    >>> slice_, problems = parse_settings(Slice, node, "slice 'food'", given={"name": "food"})
    >>> print(problems[0])
    schema.yaml:1:18 T005 'capacty' is not a key of slice 'food'. Keys: tag, where, python, capacity.\
 Did you mean capacity?
    """
    problem = mapping_problem(node, what)
    if problem:
        return None, [problem]
    hints = annotations(cls)
    values = {**({"at": node.key_at} if "at" in hints else {}), **(given or {})}
    read = [field for field in _fields(cls) if field.name not in values]
    known = [*also, *(field.name for field in read)]
    problems = unknown_keys(node, known, what)
    for field in read:
        value, found = _field_value(hints[field.name], field, node, what, known)
        values |= value
        problems += found
    if any(field.name not in values and _is_required(field) for field in read):
        return None, problems
    try:
        return cls(**values), problems
    except ValueError as error:  # what a dataclass checks across its fields
        return None, [*problems, Problem("T007", f"{_capital(what)}: {error}", node.key_at)]


def _field_value(
    annotation: object, field: Field[Any], node: Node, what: str, known: Sequence[str]
) -> tuple[dict[str, Any], list[Problem]]:
    """The value of one field by its name, if the mapping has a good one."""
    child = entry(node, field.name, known)
    if child is not None:
        value, problems = parse_value(annotation, child, field.name, field.metadata)
        return ({} if problems else {field.name: value}), problems
    if _is_required(field):
        return {}, [missing_key(field.name, phrase(annotation, field.metadata), node, what)]
    return {}, []


def _fields(cls: type[Any]) -> tuple[Field[Any], ...]:
    return fields(cls)


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def parse_value(annotation: object, node: Node, key: str, limits: Limits) -> tuple[Any, list[Problem]]:
    """The value of one key, checked against its annotation and limits, and what is wrong with it."""
    try:
        value = _validate(annotation)(plain(node))
    except ValidationError as error:
        places = dict(_place(node, annotation, key, item["loc"]) for item in error.errors(include_url=False))
        deepest = [name for name in places if not any(other != name and other.startswith(name) for other in places)]
        return None, [wrong_value(*places[name], name, limits) for name in deepest]
    if within(value, limits):
        return value, []
    return None, [wrong_value(node, annotation, key, limits)]


def setting(cls: type[Any], node: Node, name: str) -> Node:
    """Where a field of a dataclass stands in a mapping, also under a misspelt key; the mapping where it is absent."""
    return entry(node, name, [field.name for field in _fields(cls)]) or node


def mapping_problem(node: Node, what: str) -> Problem | None:
    """The problem of something that is not the mapping it must be."""
    if isinstance(node.value, dict):
        return None
    return Problem("T007", f"{_capital(what)} must be a mapping, not {shown(node)}.", node.at)


def missing_key(key: str, expected: str, node: Node, what: str) -> Problem:
    """The problem of a key that `what` cannot do without."""
    return Problem("T006", f"{_capital(what)} needs the key {key!r}: {expected}.", node.key_at)


def part(root: Node, name: str, known: Sequence[str]) -> Node | None:
    """One of the known sections of a file; None where it is absent or empty. Of misspelt ones the unknown keys tell."""
    node = entry(root, name, known)
    return None if node is None or node.value is None else node


def parse_part(
    cls: type[SettingsT], root: Node, name: str, known: Sequence[str]
) -> tuple[SettingsT | None, list[Problem]]:
    """The dataclass that one of the known sections of a file describes, and what is wrong; None where it is absent."""
    node = part(root, name, known)
    return parse_settings(cls, node, name) if node else (None, [])


def section(root: Node, name: str, known: Sequence[str]) -> tuple[Mapping[str, Node], list[Problem]]:
    """The entries of one of the known sections of a file, and what is wrong if it is no mapping."""
    node = part(root, name, known)
    problem = mapping_problem(node, f"the section {name!r}") if node else None
    return node.entries if node else {}, [problem] if problem else []


def wrong_value(node: Node, annotation: object, key: str, limits: Limits) -> Problem:
    """The problem of a value that is not what its key must be."""
    message = f"{key} must be {phrase(annotation, limits)}, not {shown(node)}.{_hint(node, annotation, limits)}"
    return Problem("T007", message, node.at)


def shown(node: Node) -> str:
    """A value as a message quotes it."""
    if isinstance(node.value, dict):
        return "a mapping" if node.value else "an empty mapping"
    if isinstance(node.value, tuple):
        return "a list" if node.value else "an empty list"
    if isinstance(node.value, str):
        return repr(node.value)
    return node.raw or "nothing"


def annotations(cls: type[Any]) -> dict[str, Any]:
    """The annotations of a dataclass's fields, resolved."""
    return get_type_hints(cls)


def _hint(node: Node, annotation: object, limits: Limits) -> str:
    """What to do about a value of the wrong kind, where that can be guessed."""
    words = literals(annotation)
    near = did_you_mean(node.raw, words)
    if near or not node.raw:
        return near
    if isinstance(node.value, str):
        return f" Write [{node.raw}]." if annotation == tuple[str, ...] else ""
    read_as = f" YAML reads it as {_READ_AS[node.value]}." if isinstance(node.value, bool | None) else ""
    if str in arms(annotation) and within(node.raw, limits):
        return f"{read_as} Put it in quotes: '{node.raw}'."
    return read_as if words else ""


@cache
def _validate(annotation: Any) -> Callable[[object], Any]:
    return TypeAdapter(annotation, config=ConfigDict(strict=True, allow_inf_nan=False)).validate_python


def _place(node: Node, annotation: object, key: str, loc: tuple[int | str, ...]) -> tuple[str, tuple[Node, object]]:
    """The name of the element that a pydantic error is about, and the element with its annotation."""
    for part in loc:  # the members of unions are named too, and skipped
        if isinstance(part, int) and part < len(node.elements):
            node, annotation, key = node.elements[part], inner(annotation), f"{key}[{part}]"
        elif part in node.entries:
            node, annotation, key = node.entries[str(part)], inner(annotation), f"{key}.{part}"
    return key, (node, annotation)


def _capital(words: str) -> str:
    return words if words.endswith(".yaml") else words[:1].upper() + words[1:]
