"""A workspace: the YAML files of a project folder, read and checked against each other."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from transom.data.expressions import read_expression
from transom.data.path_names import require_utf8
from transom.errors import Location, Problem, ProjectError
from transom.export.layout import store_of
from transom.pipeline import deployment, settings
from transom.pipeline.deployment import Deployment, read_deployment
from transom.pipeline.model_folders import with_model_folders
from transom.pipeline.overrides import override
from transom.pipeline.position_checks import position_problems
from transom.pipeline.settings import ModelSettings, read_model_settings
from transom.schema.document import Document, in_order, parse_document, read_document
from transom.schema.load import SECTIONS, SchemaFile, read_schema
from transom.schema.schema import Schema
from transom.schema.settings import section, setting
from transom.schema.slices import Slice
from transom.supervision.rule_kinds import Rule
from transom.supervision.sources import load_sources

SCHEMA, SOURCES, MODEL, DEPLOY = FILES = ("schema.yaml", "sources.yaml", "model.yaml", "deploy.yaml")
KEYS = {MODEL: settings.KEYS, DEPLOY: deployment.KEYS}
REFERENCE_CODES = ("T008", "T072")
"""What is said of a name that schema.yaml does not declare."""

_ALIKE = 0.8
"""How alike two file names are, as difflib measures it, when one is taken for a slip of the other."""


@dataclass(frozen=True)
class Workspace:
    """A project folder, the store that transom writes for it, and what the folder's YAML files say."""

    folder: Path
    store: Path
    schema: Schema
    sources: tuple[Rule, ...]
    model: ModelSettings
    deploy: Deployment


@dataclass(frozen=True)
class Opened:
    """A workspace as far as it can be read, and what is wrong with its YAML files.

    `schema_file` says which declared names the workspace's schema lacks because they are broken.
    """

    workspace: Workspace
    schema_file: SchemaFile
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def open_workspace(
    folder: Path | str = ".", *, store: Path | str | None = None, overrides: Sequence[str] = ()
) -> Workspace:
    """The project in a folder, with `overrides` ("training.seed=3") laid over its model.yaml and deploy.yaml.

    Raises:
        ProjectError: with all problems of the YAML files.
        UsageError: the name of the folder or the store is not UTF-8.
    """
    opened = read_workspace(folder, store=store, overrides=overrides)
    if opened.problems:
        raise ProjectError(opened.problems)
    return opened.workspace


def read_workspace(
    folder: Path | str = ".", *, store: Path | str | None = None, overrides: Sequence[str] = ()
) -> Opened:
    """The project in a folder as far as it can be read, and everything that is wrong with its YAML files.

    Raises:
        UsageError: the name of the folder or the store is not UTF-8.
    """
    folder, place = Path(folder), store_of(folder, store)
    require_utf8(folder.resolve())
    require_utf8(place)
    schema_file = read_schema(folder / SCHEMA)
    schema = schema_file.schema
    sources, in_sources = load_sources(folder / SOURCES, schema)
    documents = {name: _document(folder / name) for name in KEYS}
    roots, in_overrides = override({name: each.root for name, each in documents.items()}, KEYS, overrides)
    model, in_model = read_model_settings(roots[MODEL], schema)
    model = with_model_folders(model, folder)
    deploy, in_deploy = read_deployment(roots[DEPLOY], schema)
    others = [
        *_slice_problems(schema_file),
        *in_sources,
        *in_order([*documents[MODEL].problems, *in_overrides, *in_model, *position_problems(roots[MODEL], model)]),
        *in_order([*documents[DEPLOY].problems, *in_deploy]),
    ]
    strays = _strays(folder)
    of_schema = [problem for problem in schema_file.problems if problem.code != "T001" or SCHEMA not in strays]
    found = [*strays.values(), *of_schema, *(problem for problem in others if not is_echo(problem, schema_file))]
    return Opened(
        Workspace(folder, place, schema, tuple(sources), model, deploy),
        schema_file,
        tuple(problem for problem in found if problem.severity == "error"),
        tuple(problem for problem in found if problem.severity == "warning"),
    )


def is_echo(problem: Problem, schema_file: SchemaFile) -> bool:
    """Whether a problem is only that something refers to what is broken in schema.yaml."""
    if schema_file.root is None:
        return problem.code in REFERENCE_CODES
    return any(problem.message.startswith(f"{name!r} is not a") for name in schema_file.broken)


def _document(path: Path) -> Document:
    return read_document(path) if path.exists() else parse_document("", path.name)


def _strays(folder: Path) -> dict[str, Problem]:
    """The problems of files that seem to be misnamed project files, by the name that each is meant to have."""
    there = {path.name for path in folder.glob("*.y*ml")}
    strays = {}
    for name in sorted(there - set(FILES)):
        missing = [file for file in FILES if file not in there]
        meant = difflib.get_close_matches(Path(name).stem, [Path(file).stem for file in missing], n=1, cutoff=_ALIKE)
        if meant:
            message = f"This file is not read. Did you mean {meant[0]}.yaml? Rename it."
            strays[f"{meant[0]}.yaml"] = Problem("T018", message, Location(name))
    return strays


def _slice_problems(schema_file: SchemaFile) -> list[Problem]:
    """What is wrong with the SQL of slices."""
    problems: list[Problem] = []
    for each in schema_file.schema.slices:
        if each.where is not None and schema_file.root is not None:
            nodes, _ = section(schema_file.root, "slices", SECTIONS)
            at = setting(Slice, nodes[each.name], "where").at
            problems += read_expression(each.where, schema_file.schema, at)[1]
    return problems
