"""Names in YAML files: whether they can be used, and whether they name something that is declared."""

import re
from collections.abc import Iterable, Sequence

from transom.errors import Location, Problem, did_you_mean, listed
from transom.schema.document import Node

RESERVED = ("id", "split", "tags", "time", "order")
"""What every example has, so that no payload can be called so."""

MEMBER_KEYS = ("id", "range")
"""What every member of a set has beside its fields."""

PAYLOAD_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"

SQL_VALUE = r"^([Nn][Uu][Ll][Ll]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"
"""What SQL takes for a value, so that an expression would read no column of that name, and not say so."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def unknown_key(key: str, node: Node, known: Sequence[str], what: str) -> Problem:
    """The problem of a key that `what` does not have; `node` is the key's value."""
    message = f"{key!r} is not a key of {what}. Keys: {listed(known, 20)}.{did_you_mean(key, known)}"
    return Problem("T005", message, node.key_at)


def unknown_keys(node: Node, known: Sequence[str], what: str) -> list[Problem]:
    """The problems of all keys of a mapping that `what` does not have."""
    return [unknown_key(key, child, known, what) for key, child in node.entries.items() if key not in known]


def entry(node: Node, key: str, known: Sequence[str]) -> Node | None:
    """The value of a key, also where the key is misspelt, so that one slip of the pen is one problem."""
    misspelt = (child for other, child in node.entries.items() if other not in known and meant(other, known) == key)
    return node.entries.get(key) or next(misspelt, None)


def meant(name: str, known: Iterable[str]) -> str:
    """The known name that a name stands for: itself or the nearest; empty where there is none."""
    names = list(known)
    return name if name in names else did_you_mean(name, names).removeprefix(" Did you mean ").removesuffix("?")


def undeclared(name: str, at: Location, declared: Iterable[str], kind: str) -> Problem:
    """The problem of a reference to a payload, task or slice (the `kind`) that is not declared."""
    names = list(declared)
    known = f"{kind.capitalize()}s: {listed(names)}." if names else f"No {kind} is declared."
    return Problem("T008", f"{name!r} is not a {kind}. {known}{did_you_mean(name, names)}", at)


def bad_name(name: str, node: Node, kind: str) -> list[Problem]:
    """The problem of a name that a task, slice, source or field (the `kind`) cannot have, if any."""
    if name.strip() and not _CONTROL.search(name):
        return []
    message = f"{name!r} cannot be the name of a {kind}. Use at least one letter and no control characters."
    return [Problem("T009", message, node.key_at)]


def bad_payload_name(name: str, node: Node) -> list[Problem]:
    """The problem of a name that a payload cannot have, if any: payloads become columns and attributes."""
    if name in RESERVED:
        message = f"{name!r} cannot be the name of a payload, as every example has one. Choose another name."
    elif re.fullmatch(SQL_VALUE, name):
        message = f"{name!r} cannot be the name of a payload, as it is a value in SQL. Choose another name."
    elif not re.fullmatch(PAYLOAD_NAME, name):
        message = f"{name!r} cannot be the name of a payload. Use letters, digits and _, starting with no digit."
    else:
        return []
    return [Problem("T009", message, node.key_at)]


def bad_member_field(name: str, node: Node, kind: str) -> list[Problem]:
    """The problem of a name that a field of a set's members cannot have, if any."""
    if name not in MEMBER_KEYS:
        return bad_name(name, node, kind)
    message = f"{name!r} cannot be the name of a {kind} of a set, as every member has one. Choose another name."
    return [Problem("T009", message, node.key_at)]


def repeated(names: Node | None) -> list[Problem]:
    """The problems of the texts in a list that it holds already."""
    texts = [element for element in names.elements if isinstance(element.value, str)] if names else []
    first = {element.raw: element for element in reversed(texts)}
    again = [element for element in texts if element is not first[element.raw]]
    return [Problem("T013", f"{element.raw!r} is listed twice. Remove one.", element.at) for element in again]
