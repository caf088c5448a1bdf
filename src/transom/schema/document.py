"""A YAML file as values that know where they stand, so that every message can name its line and column."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from transom.errors import Location, Problem
from transom.schema.scalars import Scalar, is_known_tag, scalar_value
from transom.schema.syntax import syntax_problem

MAX_VALUES = 250_000
"""How many values one file may hold once its aliases are followed; long lists belong in a table or a text file."""

MAX_DEPTH = 100
"""How deep values may stand in each other, aliases followed; more than that, whoever reads them runs out of stack."""

_TOO_DEEP = "Lists and mappings are nested too deeply."

_MERGE = "tag:yaml.org,2002:merge"
"""How YAML tags the key `<<` where it is not in quotes."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Node:
    """One value of a file: a scalar, a list (a tuple of nodes) or a mapping (a dict of nodes).

    `at` is where the value stands and `key_at` where its key does; they are the same for elements of a list and for the
    whole file. `raw` is a scalar as it is written, without its quotes.
    """

    value: "Scalar | tuple[Node, ...] | dict[str, Node]"
    at: Location
    key_at: Location
    raw: str = ""

    @property
    def entries(self) -> "dict[str, Node]":
        """The entries of a mapping; empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def elements(self) -> "tuple[Node, ...]":
        """The elements of a list; empty for anything else."""
        return self.value if isinstance(self.value, tuple) else ()


@dataclass(frozen=True)
class Document:
    """A file: its root, an empty mapping where there is nothing to read, and what is wrong with it."""

    root: Node
    problems: tuple[Problem, ...] = ()


def read_document(path: Path) -> Document:
    r"""The YAML file at a path. What is wrong with the file never raises: the problems say it.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "model.yaml"
    >>> _ = path.write_text("training:\n  seed: 3\n")
    >>> seed = read_document(path).root.entries["training"].entries["seed"]
    >>> seed.value, str(seed.at)
    (3, 'model.yaml:2:9')
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        return _nothing(path.name, Problem("T002", f"The file cannot be read: {error.strerror}.", Location(path.name)))
    try:
        text = content.decode("utf-8-sig")  # a byte order mark does no harm
    except UnicodeDecodeError as error:
        return _nothing(path.name, _encoding_problem(error, path.name))
    return parse_document(text, path.name)


def parse_document(text: str, file: str) -> Document:
    """The YAML document in a text; its problems carry the name `file`."""
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        return _nothing(file, syntax_problem(error, text, file))
    except RecursionError:
        return _nothing(file, Problem("T003", _TOO_DEEP, Location(file)))
    if tree is None:
        return _nothing(file)
    endless = _endless(tree, file)
    if endless:
        return _nothing(file, endless)
    root = _node(tree, file, _at(tree, file))
    problems = (problem for tree, _ in _values(tree) for problem in _problems(tree, file))
    return Document(root, in_order(problems))


def plain(node: Node) -> object:
    """The value of a node without the places: scalars, tuples and dicts."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return tuple(plain(child) for child in node.value)
    return node.value


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems of one file in the order of its lines, each once, however many aliases lead to its place."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.at.line or 0, problem.at.column or 0)))


def _nothing(file: str, *problems: Problem) -> Document:
    at = Location(file)
    return Document(Node({}, at, at), problems)


def _encoding_problem(error: UnicodeDecodeError, file: str) -> Problem:
    before = error.object[: error.start]
    line = before[before.rfind(b"\n") + 1 :].decode("utf-8-sig")
    at = Location(file, before.count(b"\n") + 1, len(line) + 1)
    return Problem("T002", f"The byte 0x{error.object[error.start]:02x} is not UTF-8 text. Save the file as UTF-8.", at)


def _at(tree: yaml.Node, file: str) -> Location:
    return Location(file, tree.start_mark.line + 1, tree.start_mark.column + 1)


def _values(tree: yaml.Node) -> Iterator[tuple[yaml.Node, tuple[int, ...]]]:
    """Every value of a tree with the ids of the values around it; aliases are followed, but not into themselves."""
    waiting: list[tuple[yaml.Node, tuple[int, ...]]] = [(tree, ())]
    while waiting:
        node, around = waiting.pop()
        yield node, around
        if id(node) not in around and not isinstance(node, yaml.ScalarNode):
            children = node.value if isinstance(node, yaml.SequenceNode) else [value for _, value in node.value]
            waiting.extend((child, (*around, id(node))) for child in children)


def _endless(tree: yaml.Node, file: str) -> Problem | None:
    """The problem of a file whose values contain themselves, or stand too deep, or are too many, by aliases or not."""
    for count, (node, around) in enumerate(_values(tree)):
        if id(node) in around:
            return Problem("T003", "This value contains itself through an alias. Write it out.", _at(node, file))
        if len(around) > MAX_DEPTH:
            return Problem("T003", _TOO_DEEP, _at(node, file))
        if count >= MAX_VALUES:
            message = f"The file holds more than {MAX_VALUES} values. Move long lists to a file of their own."
            return Problem("T003", message, Location(file))
    return None


def _problems(tree: yaml.Node, file: str) -> Iterator[Problem]:
    """What is wrong with one value: its tag, its keys."""
    if not is_known_tag(tree.tag):
        message = f"The tag {_short(tree.tag)!r} is not allowed. Write a plain text, number, list or mapping."
        yield Problem("T003", message, _at(tree, file))
    if isinstance(tree, yaml.ScalarNode) and (control := _CONTROL.search(tree.value)):
        # Only escapes give these; "\\bword\\b" is a regex that would never match.
        message = f"Double quotes turn a backslash into {control[0]!r} here. Use single quotes, or write it twice."
        yield Problem("T003", message, _at(tree, file))
    if not isinstance(tree, yaml.MappingNode):
        return
    lines: dict[str, int] = {}
    for key, _ in tree.value:
        at = _at(key, file)
        if not isinstance(key, yaml.ScalarNode):
            yield Problem("T003", "A list or a mapping cannot be a key. Write the key as text.", at)
        elif key.tag == _MERGE:
            yield Problem("T003", "'<<' does not merge mappings in transom. Write their keys out here.", at)
        elif key.value in lines:
            first = lines[key.value]
            yield Problem("T004", f"{key.value!r} is given twice, first on line {first}. Remove or rename one.", at)
        else:
            lines[key.value] = key.start_mark.line + 1


def _short(tag: str) -> str:
    return "!!" + tag.removeprefix("tag:yaml.org,2002:") if tag.startswith("tag:yaml.org,2002:") else tag


def _node(tree: yaml.Node, file: str, key_at: Location) -> Node:
    at = _at(tree, file)
    if isinstance(tree, yaml.ScalarNode):
        return Node(scalar_value(tree), at, key_at, tree.value)
    if isinstance(tree, yaml.SequenceNode):
        return Node(tuple(_node(child, file, _at(child, file)) for child in tree.value), at, key_at)
    entries: dict[str, Node] = {}
    merged: list[yaml.Node] = []
    for key, value in tree.value:
        if key.tag == _MERGE:
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        elif isinstance(key, yaml.ScalarNode):
            entries.setdefault(key.value, _node(value, file, _at(key, file)))
    for each in merged:  # refused already: what is meant is read, so that nothing seems to be missing besides
        entries = _node(each, file, at).entries | entries
    return Node(entries, at, key_at)
