"""User modules: a project's own Python, imported from its folder and kept apart from every other module.

The modules of a folder live under a package that is named after the folder: two projects may each have a `rules.py`,
and a `json.py` of a project hides nobody's `json`. They import each other as scripts do (`import words`), they are read
again when a file has changed, and no byte code is left in the folder.
"""

import builtins
import hashlib
import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import Any

from transom.data.functions import UserFunction
from transom.errors import NOWHERE, Location, Problem, ProjectError, did_you_mean, listed

_PREFIX = "_transom_project_"
_DIGEST = "__transom_digest__"


def load_function(reference: str, folder: Path, at: Location = NOWHERE) -> UserFunction:
    """The function "module:name" of a project; a plain function is taken as one of a single example.

    Raises:
        ProjectError: there is no such module or function, or importing it fails; `at` is where the reference stands.
    """
    module_name, colon, name = reference.partition(":")
    if not (colon and name and module_name.replace(".", "_").isidentifier()):
        raise _error("T080", f"{reference!r} is not a module and a function. Write it as 'rules:my_function'.", at)
    if not file_of_module(folder, module_name):
        modules = sorted(path.stem for path in folder.glob("*.py"))
        hint = did_you_mean(module_name, modules)
        raise _error("T080", f"{module_name!r} is no module of the project's folder {str(folder)!r}.{hint}", at)
    found = getattr(_imported(module_name, folder, at), name, None)
    if isinstance(found, UserFunction):
        return found
    if callable(found):
        return UserFunction(found)
    raise _error("T080", _no_function(name, sys.modules[f"{_package(folder)}.{module_name}"], found), at)


def file_of_module(folder: Path, module_name: str) -> Path | None:
    """The file of a module or package in a folder; None if there is none of that name."""
    place = folder.joinpath(*module_name.split("."))
    return next((file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()), None)


def imported_files(folder: Path) -> tuple[Path, ...]:
    """The files of a project that its functions have imported so far, sorted: what a cached result depends on."""
    return tuple(sorted(Path(str(module.__file__)) for module in _modules(_package(folder))))


def place_of(error: BaseException, folder: Path) -> Location:
    """The last line of the project's own code that an exception went through; nowhere if it went through none."""
    if isinstance(error, SyntaxError) and error.filename:
        return _within(folder, error.filename, error.lineno)
    lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    places = [_within(folder, file, line) for file, line in lines]
    return next((place for place in reversed(places) if place is not NOWHERE), NOWHERE)


def place_of_function(function: UserFunction, folder: Path) -> Location:
    """Where the project defines a function; nowhere if it is not the project's own."""
    code = getattr(function.call, "__code__", None)
    return _within(folder, code.co_filename, code.co_firstlineno) if code else NOWHERE


def described(error: BaseException) -> str:
    """An exception in one line, such as "KeyError: 'age'"."""
    said = error.msg if isinstance(error, SyntaxError) else str(error).strip().split("\n", 1)[0]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _imported(module_name: str, folder: Path, at: Location) -> ModuleType:
    package = _package(folder)
    if any(_has_changed(module) for module in _modules(package)):
        for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
            del sys.modules[name]
    if package not in sys.modules:
        root = ModuleType(package)
        root.__path__ = [str(folder.resolve())]
        sys.modules[package] = root
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    try:
        return importlib.import_module(f"{package}.{module_name}")
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        place = place_of(error, folder)
        where = f" at {place}" if place is not NOWHERE else ""
        raise _error("T081", f"Importing {module_name!r} fails{where}: {described(error)}.", at) from error


def _package(folder: Path) -> str:
    return _PREFIX + hashlib.blake2b(str(folder.resolve()).encode(), digest_size=8).hexdigest()


def _modules(package: str) -> list[ModuleType]:
    return [module for name, module in sys.modules.items() if name.startswith(package + ".") and module.__file__]


def _has_changed(module: ModuleType) -> bool:
    try:
        return _digest(Path(str(module.__file__)).read_bytes()) != getattr(module, _DIGEST, None)
    except OSError:
        return True


def _digest(source: bytes) -> str:
    return hashlib.blake2b(source).hexdigest()


@dataclass(frozen=True)
class _Finder:
    """Finds the modules under our packages, and no others."""

    def find_spec(self, name: str, path: Iterable[str] | None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """The spec of a module of a project; None for all other modules."""
        if not name.startswith(_PREFIX) or path is None:
            return None
        file = file_of_module(Path(next(iter(path))), name.rpartition(".")[2])
        if file is None:
            return None
        inside = [str(file.parent)] if file.name == "__init__.py" else None
        return spec_from_file_location(name, file, loader=_Loader(file), submodule_search_locations=inside)


_FINDER = _Finder()


@dataclass(frozen=True)
class _Loader(Loader):
    """Runs a module's source with an `import` that looks into the project's folder first."""

    file: Path

    def exec_module(self, module: ModuleType) -> None:
        """Runs the source in the module."""
        source = self.file.read_bytes()
        package = module.__name__.partition(".")[0]
        setattr(module, _DIGEST, _digest(source))
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": partial(_import, package)}
        exec(compile(source, str(self.file), "exec", dont_inherit=True), module.__dict__)


def _import(
    package: str,
    name: str,
    globals_: Mapping[str, Any] | None = None,
    locals_: Mapping[str, Any] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    """The `import` statement of a project's modules: its own modules hide installed ones, but not Python's."""
    head = name.partition(".")[0]
    folder = Path(sys.modules[package].__path__[0]) if package in sys.modules else None
    if level == 0 and folder and head not in sys.stdlib_module_names and file_of_module(folder, head):
        module = importlib.import_module(f"{package}.{name}")
        if not fromlist:
            return sys.modules[f"{package}.{head}"]
        name = module.__name__
    return builtins.__import__(name, globals_, locals_, fromlist or (), level)


def _no_function(name: str, module: ModuleType, found: object) -> str:
    short = module.__name__.partition(".")[2]
    if found is not None:
        return f"'{short}:{name}' is no function but {found!r}. Name a function."
    functions = sorted(_functions(module))
    known = f"Its functions: {listed(functions)}." if functions else "It has no function."
    return f"The module {short!r} has no function {name!r}. {known}{did_you_mean(name, functions)}"


def _functions(module: ModuleType) -> Iterator[str]:
    for name, value in vars(module).items():
        call = value.call if isinstance(value, UserFunction) else value
        if callable(call) and getattr(call, "__module__", None) == module.__name__ and not isinstance(call, type):
            yield name


def _within(folder: Path, file: str, line: int | None) -> Location:
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(folder.resolve()):
        return Location(path.relative_to(folder.resolve()).as_posix(), line)
    return NOWHERE


def _error(code: str, message: str, at: Location) -> ProjectError:
    return ProjectError([Problem(code, message, at)])
