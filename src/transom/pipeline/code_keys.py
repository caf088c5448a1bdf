"""The code that a result depends on: every module that is reached from a function, read and not run.

An edit of any of them changes the key; an edit of a comment, a docstring or the layout does not. Modules are reached
by `import`, also inside functions, by a string that names one ("transom.model.network:build"), and by a string that
names a kind of entry point ("encoders"), whose implementations are all reached.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from transom.data.user_modules import file_of_module
from transom.pipeline.source_text import SourceText
from transom.registry import kinds, modules

Read = Callable[[Path], SourceText]

NAME = re.compile(r"transom(\.\w+)+(:\w+)?")
"""How a string names a module of transom, or something in it."""

GIVEN = (
    "transom",
    "transom.pipeline.request",
    "transom.pipeline.stage",
    "transom.pipeline.workspace",
    "transom.pipeline.settings",
    "transom.pipeline.deployment",
)
"""Modules that only make what a stage is given, whose values are in its key; and the list of public names."""


@dataclass(frozen=True)
class Code:
    """Modules by name with what they say, and the top-level names of the libraries that they import."""

    modules: Mapping[str, SourceText] = field(default_factory=dict)
    libraries: frozenset[str] = frozenset()


def code_of_stage(starts: Iterable[str], read: Read) -> Code:
    """The modules of transom and of its plugins that are reached from those that are named."""
    packages = {"transom", *(module.partition(".")[0] for kind in kinds() for module in modules(kind))}
    roots = {package: root for package in sorted(packages) if (root := _root(package))}
    return _reached([name for name in starts if name not in GIVEN], _Installed(roots), read, _named)


def code_of_project(folder: Path, starts: Iterable[str], read: Read) -> Code:
    """The project's own modules that are reached from those that are named."""
    return _reached(starts, _Project(folder), read, _nothing)


@dataclass(frozen=True)
class _Installed:
    """Modules of packages whose folders are known."""

    roots: Mapping[str, Path]

    def __call__(self, name: str) -> Path | None:
        root = self.roots.get(name.partition(".")[0])
        return file_of_module(root, name) if root and name not in GIVEN else None


@dataclass(frozen=True)
class _Project:
    """Modules of a project's folder, which hide installed ones but not Python's."""

    folder: Path

    def __call__(self, name: str) -> Path | None:
        is_python = name.partition(".")[0] in sys.stdlib_module_names
        return None if is_python else file_of_module(self.folder, name)


def _reached(
    starts: Iterable[str], find: Callable[[str], Path | None], read: Read, named: Callable[[SourceText], Iterable[str]]
) -> Code:
    waiting = list(starts)
    met = set(waiting)
    found: dict[str, SourceText] = {}
    libraries = set()
    while waiting:
        name = waiting.pop()
        file = find(name)
        if file is None:
            if find(top := name.partition(".")[0]) is None and top not in sys.stdlib_module_names:
                libraries.add(top)
            continue
        found[name] = text = read(file)
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        reached = [*_parents(name), *(_absolute(each, package) for each in text.imports), *named(text)]
        fresh = [each for each in dict.fromkeys(reached) if each and each not in met]
        met.update(fresh)
        waiting += fresh
    return Code(dict(sorted(found.items())), frozenset(libraries - {"transom"}))


def _named(text: SourceText) -> Iterator[str]:
    """Modules that a module names by strings."""
    for string in text.strings:
        if string in kinds():
            yield from modules(string)
        elif NAME.fullmatch(string):
            yield string.partition(":")[0]


def _nothing(_text: SourceText) -> tuple[str, ...]:
    return ()


def _parents(name: str) -> Iterator[str]:
    while name := name.rpartition(".")[0]:
        yield name


def _absolute(imported: str, package: str) -> str:
    """The full name of an import, which may be relative to a package."""
    level = len(imported) - len(imported.lstrip("."))
    if not level:
        return imported
    parts = package.split(".") if package else []
    return ".".join([*parts[: len(parts) - level + 1], *filter(None, [imported[level:]])])


@cache
def _root(package: str) -> Path | None:
    """The folder in which an installed package or module stands."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin)
    return file.parent.parent if file.name == "__init__.py" else file.parent
