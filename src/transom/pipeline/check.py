"""`check`: everything that is wrong with a project's YAML files, functions and data lines, in one run."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from transom.data.forgotten import read_forgotten
from transom.data.ingest import data_files, ingest
from transom.data.user_modules import load_function
from transom.errors import Location, Problem, ProjectError
from transom.export.layout import FORGOTTEN
from transom.model.compile import compile_graph
from transom.pipeline.gold_checks import gold_warnings
from transom.pipeline.ingesting import DATA, no_data
from transom.pipeline.places import place_of
from transom.pipeline.progress import Advance, no_progress
from transom.pipeline.tag_checks import tag_warnings
from transom.pipeline.workspace import SOURCES, Opened, read_workspace
from transom.schema.document import read_document
from transom.schema.payloads import MemberSet, Payload, Singleton
from transom.schema.schema import Schema
from transom.supervision.rule_kinds import PythonRule
from transom.supervision.sources import names_also_in_data


@dataclass(frozen=True)
class CheckResult:
    """What `check` found; counts are 0 where the schema is too broken to read data by."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    n_files: int = 0
    n_lines: int = 0
    n_examples: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The result as `check --json` prints it."""
        return {
            "problems": [problem.as_dict() for problem in self.problems],
            "warnings": [problem.as_dict() for problem in self.warnings],
            "n_files": self.n_files,
            "n_lines": self.n_lines,
            "n_examples": self.n_examples,
        }


def check(
    folder: Path | str = ".",
    *,
    store: Path | str | None = None,
    overrides: Sequence[str] = (),
    progress: Advance = no_progress,
) -> CheckResult:
    """Every problem of a project. Imports the project's Python functions, and writes nothing into the folder."""
    opened = read_workspace(folder, store=store, overrides=overrides)
    if opened.schema_file.root is None:
        return CheckResult(opened.problems, opened.warnings)
    in_functions = (*_function_problems(opened), *(() if opened.problems else _graph_problems(opened)))
    checked = _check_data(opened, progress)
    return CheckResult(
        (*opened.problems, *in_functions, *checked.problems),
        (*opened.warnings, *checked.warnings),
        checked.n_files,
        checked.n_lines,
        checked.n_examples,
    )


def _function_problems(opened: Opened) -> Iterator[Problem]:
    """What is wrong with the Python functions of slices and sources: those that cannot be imported."""
    workspace = opened.workspace
    for each in workspace.schema.slices:
        if each.python is not None:
            at = place_of(opened.schema_file.root, ("slices", each.name, "python"), each.at)
            yield from _import_problems(each.python, workspace.folder, at)
    python_rules = [source for source in workspace.sources if isinstance(source, PythonRule)]
    root = read_document(workspace.folder / SOURCES).root if python_rules else None
    for rule in python_rules:
        at = place_of(root, ("sources", rule.name, "python"), rule.at)
        yield from _import_problems(rule.python, workspace.folder, at)


def _graph_problems(opened: Opened) -> Iterator[Problem]:
    """Why the model, or one of its variants, does not compile to a graph."""
    model = opened.workspace.model
    for payloads in (model.payloads, *model.variants.values()):
        try:
            compile_graph(opened.workspace.schema, payloads)
        except ProjectError as error:
            yield from error.problems


def _import_problems(reference: str, folder: Path, at: Location) -> tuple[Problem, ...]:
    try:
        load_function(reference, folder, at)
    except ProjectError as error:
        return error.problems
    return ()


def _check_data(opened: Opened, progress: Advance) -> CheckResult:
    workspace = opened.workspace
    files = data_files(workspace.folder / DATA)
    if not files:
        return CheckResult((no_data(workspace.folder),), ())
    with tempfile.TemporaryDirectory() as scratch:
        done = ingest(
            files,
            _with_columns(workspace.schema),
            Path(scratch) / "dataset",
            split_by=workspace.model.split_by,
            skip_bad_lines=True,
            forgotten=read_forgotten(workspace.store / FORGOTTEN),
            progress=lambda n_lines: progress(f"read {n_lines:,} lines", None),
        )
    clashes = names_also_in_data(workspace.sources, done.dataset.vote_columns) if done.dataset else []
    problems = (problem for problem in done.problems if not _is_about(problem, opened.schema_file.broken))
    warnings = [*done.warnings]
    if done.dataset:
        # a line that was refused may have had the labels that seem to be missing
        warnings += () if done.problems else gold_warnings(opened, done.dataset)
        warnings += tag_warnings(opened, done.dataset.tags)
    return CheckResult((*clashes, *problems), tuple(warnings), len(files), done.n_lines, done.n_examples)


def _with_columns(schema: Schema) -> Schema:
    """The schema without records whose fields are all broken: there is nothing to read of them."""
    return replace(schema, payloads=tuple(each for each in schema.payloads if not _is_bare(each)))


def _is_bare(payload: Payload) -> bool:
    if isinstance(payload, Singleton):
        return payload.value == "record" and not payload.fields
    return isinstance(payload, MemberSet) and not payload.fields


def _is_about(problem: Problem, names: frozenset[str]) -> bool:
    """Whether a problem of a data line is about a payload or task that is broken in schema.yaml."""
    parts = (problem.pointer or "").split("/")
    return len(parts) > 2 and parts[2].replace("~1", "/").replace("~0", "~") in names
