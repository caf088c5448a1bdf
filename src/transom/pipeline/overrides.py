"""`--set KEY=VALUE`: keys of model.yaml and deploy.yaml that are given on the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from transom.errors import Location, Problem, did_you_mean
from transom.schema.document import Node, parse_document

CHOICES = ("search", "choices")
"""What follows these keys is one key, though it has a dot in it (`tokens.encoder`)."""


def override(
    roots: Mapping[str, Node], keys: Mapping[str, Sequence[str]], settings: Sequence[str]
) -> tuple[dict[str, Node], list[Problem]]:
    """The roots of files with settings laid over them, and what is wrong with the settings.

    Args:
        roots: The root of each file by the file's name.
        keys: The keys that each of the files may have.
        settings: KEY=VALUE each, the key with dots (`training.seed`, `gate.0.min`), the value in YAML.
    """
    changed = dict(roots)
    problems: list[Problem] = []
    for each in settings:
        at = Location(f"--set {each}")
        key, equals, text = each.partition("=")
        path = key.split(".")
        file = next((file for file, known in keys.items() if path[0] in known), None)
        if not equals:
            problems.append(Problem("T017", f"{each!r} has no '='. Write --set KEY=VALUE.", at))
        elif file is None:
            known = [name for names in keys.values() for name in names]
            message = f"{path[0]!r} is not a key of {' or '.join(keys)}.{did_you_mean(path[0], known)}"
            problems.append(Problem("T005", message, at))
        else:
            changed[file], found = _laid_over(changed[file], path, text, at)
            problems += found
    return changed, problems


def _laid_over(root: Node, path: Sequence[str], text: str, at: Location) -> tuple[Node, list[Problem]]:
    document = parse_document(text, at.file)
    if document.problems:
        return root, [replace(problem, at=at) for problem in document.problems]
    value = _placed(document.root, at) if text.strip() else Node(None, at, at)
    if tuple(path[:2]) == CHOICES and len(path) > 2:
        path = [*CHOICES, ".".join(path[2:])]
    changed = _with(root, path, value)
    if changed is not None:
        return changed, []
    message = f"{'.'.join(path)!r} is inside a value that is no mapping. Give it whole: --set {path[0]}=VALUE."
    return root, [Problem("T017", message, at)]


def _placed(node: Node, at: Location) -> Node:
    """The node with all of it at one place."""
    if isinstance(node.value, dict):
        return Node({key: _placed(child, at) for key, child in node.value.items()}, at, at)
    if isinstance(node.value, tuple):
        return Node(tuple(_placed(child, at) for child in node.value), at, at)
    return replace(node, at=at, key_at=at)


def _with(node: Node, path: Sequence[str], value: Node) -> Node | None:
    """The node with a value put in at a path; None where the path leads through a plain value."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if node.value is None or isinstance(node.value, dict):
        child = _with(node.entries.get(key, Node({}, value.at, value.at)), rest, value)
        return replace(node, value={**node.entries, key: child}) if child else None
    if isinstance(node.value, tuple) and key.isdecimal() and int(key) < len(node.value):
        child = _with(node.value[int(key)], rest, value)
        return replace(node, value=(*node.value[: int(key)], child, *node.value[int(key) + 1 :])) if child else None
    return None
