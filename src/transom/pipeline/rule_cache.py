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
from transom.pipeline.labeling import RuleLabels, rule_labels
from transom.pipeline.workspace import Workspace
from transom.supervision.evidence import Evidence
from transom.supervision.rule_kinds import GazetteerRule, PythonRule, Rule, TableRule


@dataclass(frozen=True)
class Applied:
    """A rule, what the files that it rests on held, and its votes; None, with the reason, if it fails."""

    rule: Rule
    files: str
    said: RuleLabels | None
    problems: tuple[Problem, ...] = ()

    @property
    def votes(self) -> Labels | None:
        """The votes of the rule."""
        return self.said.votes if self.said else None

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """That its function failed on some examples."""
        return self.said.warnings if self.said else ()


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
            known = _with_votes_of(known, now) if known else now
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
        content = file.read_bytes() if file.is_file() else b"is not there"
        contents.update(f"{file} {len(content)}\n".encode() + content)
    return contents.hexdigest()


def _applied(rule: Rule, files: str, workspace: Workspace, rows: pl.DataFrame, evidence: Evidence) -> Applied:
    try:
        return Applied(rule, files, rule_labels(rule, workspace, rows, evidence))
    except ProjectError as error:
        return Applied(rule, files, None, error.problems)
    except TransomError as error:
        return Applied(rule, files, None, (error.problem,))


def _with_votes_of(before: Applied, now: Applied) -> Applied:
    """The rule as it is now; if it votes as it did before, on the same task, with the same votes as an object."""
    if before.rule.task != now.rule.task or before.said is None or now.said is None:
        return now
    old, new = before.said.votes, now.said.votes
    is_same = _are_same(old.values, new.values) and _are_same(old.probabilities, new.probabilities)
    return replace(now, said=replace(now.said, votes=old)) if is_same else now


def _are_same(old: np.ndarray | None, new: np.ndarray | None) -> bool:
    if old is None or new is None:
        return old is new
    return np.array_equal(old, new, equal_nan=np.issubdtype(old.dtype, np.floating))
