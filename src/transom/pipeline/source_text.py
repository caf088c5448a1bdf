"""What the source of one Python module says, apart from its comments, its docstrings and its lines."""

import ast
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

REST = ""
"""What a module says outside its functions and classes."""

LOADERS = ("import_module", "package")
"""Functions that load the module whose name they are given; the second is `transom.export.packages.package`."""

_PARSING = threading.Lock()
"""CPython 3.11 counts the depth of trees of all threads in one place, and takes two at once for a fault of its own."""

_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class SourceText:
    """`digests` of each function and class of the module by name, and of the rest; what it imports; its strings.

    A module in `imports` begins with a dot for each level of a relative import. `from a import b` gives both `a` and
    `a.b`, as only the files tell whether `b` is a module. So are modules that `LOADERS` are given by name; others that
    are loaded by a name are among the strings.
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
    imports: dict[str, None] = {}
    strings: dict[str, None] = {}
    for node in _without_docstrings(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.update(dict.fromkeys(_imported(node)))
        elif isinstance(node, ast.Call):
            imports.update(dict.fromkeys(_loaded(node)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings[node.value] = None
    parts: dict[str, list[str]] = {REST: []}
    for part in tree.body:
        name = getattr(part, "name", REST) if isinstance(part, _Documented) else REST
        parts.setdefault(name, []).append(ast.dump(part))
    return SourceText(
        digests=tuple((name, hashlib.sha256("\n".join(part).encode()).hexdigest()) for name, part in parts.items()),
        imports=tuple(imports),
        strings=tuple(strings),
    )


def _without_docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node of a tree, from which docstrings are dropped on the way."""
    nodes: list[ast.AST] = [tree]
    for node in nodes:
        if isinstance(node, _Documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        yield node
        nodes += ast.iter_child_nodes(node)  # the loop goes on to them


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    else:
        start = "." * node.level + (node.module or "")
        yield start
        yield from (f"{start}{'' if start.endswith('.') else '.'}{alias.name}" for alias in node.names)


def _loaded(call: ast.Call) -> Iterator[str]:
    """The module that a call of a loader names; relative names need a package, which is not looked for."""
    match call:
        case ast.Call(
            func=ast.Name(id=loader) | ast.Attribute(attr=loader),
            args=[ast.Constant(value=str(module)), *_],
        ) if loader in LOADERS and module and not module.startswith("."):
            yield module
