"""Votes of rules, kept until the rule or a file that it rests on changes."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from transom.data.labels import Labels
from transom.data.user_modules import imported_files, load_function
from transom.errors import Problem, ProjectError, TransomError
from transom.pipeline.labeling import rule_votes
from transom.pipeline.workspace import Workspace
from transom.supervision.combine import Evidence
from transom.supervision.rule_kinds import GazetteerRule, PythonRule, Rule, TableRule


@dataclass(frozen=True)
class Applied:
    """A rule, what the files that it rests on held, and its votes; None, with the reason, if it fails."""

    rule: Rule
    files: str
    votes: Labels | None
    problems: tuple[Problem, ...] = ()


def apply_rules(
    workspace: Workspace, rows: pl.DataFrame, in_data: Iterable[Evidence], *, before: Mapping[str, Applied]
) -> dict[str, Applied]:
    """The rules of a project by name; those that are as they were before are not applied again.

    Votes that come out as before are the same object.
    """
    evidence = {each.task.name: each for each in in_data}
    modules = modules_digest(workspace)
    applied = {}
    for rule in workspace.sources:
        known, files = before.get(rule.name), _files_digest(rule, workspace.folder, modules)
        if known is None or known.rule != rule or known.files != files:
            now = _applied(rule, files, workspace, rows, evidence[rule.task])
            known = replace(now, votes=known.votes) if known and _is_same(known, now) else now
        applied[rule.name] = replace(known, rule=rule)
    modules = modules_digest(workspace)  # a function may import more when it is called
    return {
        name: replace(each, files=modules) if isinstance(each.rule, PythonRule) else each
        for name, each in applied.items()
    }


def modules_digest(workspace: Workspace) -> str:
    """What the project's own modules hold, as far as its rules and slices have imported them.

    Raises:
        ProjectError: a function cannot be imported; every one that cannot is in it.
    """
    named = [
        *((each.python, each.at) for each in workspace.schema.slices if each.python is not None),
        *((each.python, each.at) for each in workspace.sources if isinstance(each, PythonRule)),
    ]
    problems: list[Problem] = []
    for reference, at in named:
        try:
            load_function(reference, workspace.folder, at)
        except ProjectError as error:
            problems += error.problems
    if problems:
        raise ProjectError(problems)
    return _digest(imported_files(workspace.folder)) if named else ""


def _files_digest(rule: Rule, folder: Path, modules: str) -> str:
    match rule:
        case PythonRule():
            return modules
        case TableRule(table=file) | GazetteerRule(gazetteer=file):
            return _digest([folder / file])
        case _:
            return ""


def _digest(files: Iterable[Path]) -> str:
    contents = hashlib.blake2b()
    for file in files:
        content = file.read_bytes()
        contents.update(f"{file} {len(content)}\n".encode() + content)
    return contents.hexdigest()


def _applied(rule: Rule, files: str, workspace: Workspace, rows: pl.DataFrame, evidence: Evidence) -> Applied:
    try:
        return Applied(rule, files, rule_votes(rule, workspace, rows, evidence))
    except ProjectError as error:
        return Applied(rule, files, None, error.problems)
    except TransomError as error:
        return Applied(rule, files, None, (error.problem,))


def _is_same(one: Applied, other: Applied) -> bool:
    """Whether both vote the same on the same task."""
    if one.rule.task != other.rule.task or one.votes is None or other.votes is None:
        return False
    is_number = np.issubdtype(one.votes.values.dtype, np.floating)
    return np.array_equal(one.votes.values, other.votes.values, equal_nan=is_number)
