"""The components of a cache key: everything that the result of a stage depends on, by name.

A component is called "KIND:NAME"; `Execution` lists the kinds. Its value is a digest, or the setting itself.
"""

import hashlib
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

import orjson

from transom.pipeline.code_keys import Code, Read, code_of_project, code_of_stage
from transom.pipeline.fingerprint import Fingerprints, fingerprint_of
from transom.pipeline.model_folders import place_in, without_project
from transom.pipeline.request import Request
from transom.pipeline.source_memo import Sources
from transom.pipeline.source_text import REST
from transom.pipeline.stage import Stage, StageName
from transom.pipeline.views import NOTHING
from transom.pipeline.workspace import Workspace
from transom.supervision.rule_kinds import PythonRule

CODE = "code:transom"
WITHOUT_EFFECT = frozenset({"jaxtyping", "pydantic", "rich", "typer", "yaml"})
"""Libraries that no result depends on."""

MOVES = "moves of live"
"""What the setting is called that counts them."""

SHOWN = 120
"""How much of a setting's value a component keeps; a longer one ends with its hash."""

Components = Mapping[str, str]


@dataclass(frozen=True)
class Known:
    """What of files, sources and transom's own code is known already."""

    fingerprints: Fingerprints
    sources: Sources
    codes: dict[tuple[str, ...], Code] = field(default_factory=dict)


def components(stage: Stage, request: Request, inputs: Mapping[StageName, str], known: Known) -> dict[str, str]:
    """Everything that the stage's result depends on; `inputs` are the digests of the results that it is given."""
    workspace = request.workspace
    code = _code(stage, request, known)
    own = own_code(workspace, known.sources)
    return {
        CODE: digest_of(code_digests(code)),
        **{f"library:{name}": _version(name) for name in _libraries(code, own)},
        **{f"setting:{name}": value for name, value in settings_of(request).items()},
        **own_parts(own, workspace, stage.reads(workspace), known.fingerprints),
        **{f"input:{name}": digest for name, digest in inputs.items()},
    }


def own_code(workspace: Workspace, read: Read) -> Code:
    """The project's own modules that are reached from the functions that the workspace names."""
    in_slices = [each.python for each in workspace.schema.slices if each.python is not None]
    in_sources = [each.python for each in workspace.sources if isinstance(each, PythonRule)]
    starts = [reference.partition(":")[0] for reference in (*in_slices, *in_sources)]
    return code_of_project(workspace.folder, starts, read)


def own_parts(own: Code, workspace: Workspace, files: Iterable[Path], fingerprints: Fingerprints) -> dict[str, str]:
    """The components that are the project's: its modules, the given files, and those that its modules name."""
    return {
        **{f"module:{name}": digest for name, digest in code_digests(own).items()},
        **dict(_files((*files, *_files_named(own, workspace.folder)), workspace.folder, fingerprints)),
    }


def _libraries(*codes: Code) -> list[str]:
    found = {"python", "transom", *(name for code in codes for name in code.libraries)}
    return sorted(found - WITHOUT_EFFECT)


def code_listing(stage: Stage, request: Request, known: Known) -> dict[str, str]:
    """What the component `CODE` of the stage is a hash of: the digest of every function that is reached."""
    return code_digests(_code(stage, request, known))


def key_of(parts: Components) -> str:
    """The cache key."""
    return digest_of(dict(sorted(parts.items())))


def digest_of(parts: Mapping[str, str]) -> str:
    """A hash of named values."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def code_digests(code: Code) -> dict[str, str]:
    """A digest for each function and class, "module:name", and one for the rest of each module, "module"."""
    return {
        f"{module}:{name}" if name != REST else module: digest
        for module, text in code.modules.items()
        for name, digest in text.digests
    }


def settings_of(request: Request) -> dict[str, str]:
    """Every setting that is not at its default, by its path; the order of keys in a file does not show.

    >>> settings_of(Request(NOTHING, skip_bad_lines=True))
    {'skip_bad_lines': 'true'}
    """
    unset = dict(_flat("", _seen(Request(NOTHING))))
    return {path: value for path, value in _flat("", _seen(request)) if unset.get(path) != value}


def _seen(request: Request) -> dict[str, object]:
    workspace = request.workspace
    return {
        "schema": workspace.schema,
        "sources": workspace.sources,
        "model": without_project(workspace.model, workspace.folder),
        "deploy": workspace.deploy,
        "skip_bad_lines": request.skip_bad_lines,
        MOVES: request.n_moves,
        "live": request.live,
    }


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    """The plain values in a value, by their paths; of a dataclass also its name."""
    if is_dataclass(value):
        yield path, type(value).__qualname__
        named = ((each.name, getattr(value, each.name)) for each in fields(value) if each.compare)
    elif isinstance(value, Mapping) and value:
        named = ((str(key), each) for key, each in value.items())
    elif isinstance(value, tuple) and any(is_dataclass(each) for each in value):
        named = ((str(getattr(each, "name", number)), each) for number, each in enumerate(value))
    else:
        yield path, _short(value)
        return
    for name, each in named:
        yield from _flat(f"{path}.{name}" if path else name, each)


def _short(value: object) -> str:
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… {hashlib.sha256(text.encode()).hexdigest()}"


def _classes(value: object, default: object) -> Iterator[str]:
    """The modules of the dataclasses in a value, but for what stands at its default: its methods may be called."""
    if value == default:
        return
    if is_dataclass(value):
        yield type(value).__module__
        for each in fields(value):
            yield from _classes(getattr(value, each.name), getattr(default, each.name, None))
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _classes(each, default.get(key) if isinstance(default, Mapping) else None)
    elif isinstance(value, tuple):
        for each in value:
            yield from _classes(each, None)


def _code(stage: Stage, request: Request, known: Known) -> Code:
    classes = _classes(_seen(request), _seen(Request(NOTHING)))
    starts = (stage.function.partition(":")[0], *sorted(set(classes)))
    if starts not in known.codes:
        known.codes[starts] = code_of_stage(starts, known.sources)
    return known.codes[starts]


def _files(files: Iterable[Path], folder: Path, fingerprints: Fingerprints) -> Iterator[tuple[str, str]]:
    root = folder.resolve()
    for file in dict.fromkeys(files):
        place = place_in(root, place_in(folder, file))
        yield f"data:{place.as_posix()}", fingerprint_of(file, fingerprints)


def _files_named(own: Code, folder: Path) -> Iterator[Path]:
    """The files whose paths stand in a string of the project's modules."""
    for text in own.modules.values():
        for string in text.strings:
            if 0 < len(string) < 256 and "\n" not in string and "\0" not in string and (folder / string).is_file():
                yield folder / string


@cache
def _version(library: str) -> str:
    """The installed version of a library, by the name that it is imported by; empty where it is not installed."""
    if library == "python":
        return platform.python_version()
    try:
        return version(library)
    except PackageNotFoundError:
        return " ".join(sorted(version(name) for name in packages_distributions().get(library, [])))
