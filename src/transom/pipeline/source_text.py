"""What the source of one Python module says, apart from its comments, its docstrings and its lines."""

import ast
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

REST = ""
"""What a module says outside its functions and classes."""

_PARSING = threading.Lock()
"""CPython 3.11 counts the depth of trees of all threads in one place, and takes two at once for a fault of its own."""

_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class SourceText:
    """`digests` of each function and class of the module by name, and of the rest; what it imports; its strings.

    A module in `imports` begins with a dot for each level of a relative import. `from a import b` gives both `a` and
    `a.b`, as only the files tell whether `b` is a module. Modules that are loaded by a name are among the strings.
    """

    digests: tuple[tuple[str, str], ...]
    imports: tuple[str, ...]
    strings: tuple[str, ...]


def read_source(source: bytes) -> SourceText:
    """What a module says; of one that is no Python, every byte counts."""
    try:
        with _PARSING:
            tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return SourceText(((REST, hashlib.sha256(source).hexdigest()),), (), ())
    _drop_docstrings(tree)
    parts: dict[str, list[str]] = {REST: []}
    for node in tree.body:
        name = getattr(node, "name", REST) if isinstance(node, _Documented) else REST
        parts.setdefault(name, []).append(ast.dump(node))
    strings = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return SourceText(
        digests=tuple((name, hashlib.sha256("\n".join(part).encode()).hexdigest()) for name, part in parts.items()),
        imports=tuple(dict.fromkeys(_imports(tree))),
        strings=tuple(dict.fromkeys(strings)),
    )


def _drop_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, _Documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            yield start
            yield from (f"{start}{'' if start.endswith('.') else '.'}{alias.name}" for alias in node.names)
