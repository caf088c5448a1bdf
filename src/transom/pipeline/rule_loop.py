"""The rule loop: a project's labels after a change of its rules, where only what changed is worked out again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import attrgetter, is_

import polars as pl

from transom.data.subset_names import EVERYTHING
from transom.errors import Problem, ProjectError
from transom.evaluation.report import Report, Row
from transom.pipeline.ingesting import Examples
from transom.pipeline.labeling import RuleLabels, TaskLabels, evidence_in_data, keys_of, row_frame, warnings_of, weigh
from transom.pipeline.measuring import measure_task
from transom.pipeline.outcome import Run
from transom.pipeline.recalling import examples_of
from transom.pipeline.request import Request
from transom.pipeline.rule_cache import Applied, apply_rules, modules_digest
from transom.pipeline.rule_changes import Change, label_change, row_changes, rule_changes
from transom.pipeline.settings import ModelSettings
from transom.pipeline.subsets import Subsets, subsets_of
from transom.pipeline.workspace import Workspace
from transom.supervision.evidence import Evidence
from transom.supervision.source_row import SourceRow
from transom.supervision.sources import names_also_in_data

SOURCE = attrgetter("task", "source")
METRIC = attrgetter("task", "split", "stage", "metric")
"""What says which two rows are the same, in the table of sources and in that of quality."""


@dataclass(frozen=True)
class Given:
    """What rules do not change: the examples, the votes and gold of their lines, by task, and who is in which subset.

    `modules` says what the project's Python held when the subsets were found.
    """

    examples: Examples
    rows: pl.DataFrame
    evidence: tuple[Evidence, ...]
    subsets: Subsets
    modules: str


@dataclass(frozen=True)
class Judged:
    """The labels of a task, and how good they are."""

    labels: TaskLabels
    report: Report


@dataclass(frozen=True)
class LoopState:
    """A project's labels, and all that it takes to bring them up to date; rules that fail are left out."""

    workspace: Workspace
    given: Given
    applied: Mapping[str, Applied]
    tasks: tuple[Judged, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the rules that are left out."""
        return tuple(problem for each in self.applied.values() for problem in each.problems)

    @property
    def sources(self) -> tuple[SourceRow, ...]:
        """The table of sources of all tasks."""
        return tuple(row for one in self.tasks for row in one.labels.table)

    @property
    def report(self) -> Report:
        """How good the labels of all tasks are."""
        return sum((one.report for one in self.tasks), Report())


def open_loop(request: Request) -> LoopState:
    """The labels of a project as `transom label` gives them.

    Raises:
        ProjectError: a data line is broken or there is none, a function cannot be imported, or a slice fails.
    """
    workspace = request.workspace
    examples = examples_of(request)
    dataset, rows = examples.dataset, row_frame(examples.dataset)
    keys = keys_of(rows)
    given = Given(
        examples=examples,
        rows=rows,
        evidence=tuple(evidence_in_data(dataset, task, keys) for task in dataset.schema.tasks),
        subsets=subsets_of(dataset, workspace.folder),
        modules=modules_digest(workspace),
    )
    return _brought_up(LoopState(workspace, given, {}, ()), workspace)


def updated(state: LoopState, workspace: Workspace) -> tuple[LoopState, Change]:
    """The labels after the rules, their files or the label models' settings changed, and what changed.

    They are those that `open_loop` would give of the same examples.

    Raises:
        ProjectError: a function cannot be imported, a slice fails, or a rule has the name of a source in the data.
        ValueError: the examples would be read otherwise; see `has_same_examples`.
    """
    if not has_same_examples(state, workspace):
        raise ValueError("the examples were read with another schema or split")
    if clashes := names_also_in_data(workspace.sources, state.given.examples.dataset.vote_columns):
        raise ProjectError(clashes)
    after = _brought_up(state, workspace)
    return after, _change(state, after)


def has_same_examples(state: LoopState, workspace: Workspace) -> bool:
    """Whether the schema and the split are those with which the examples were read."""
    before = state.workspace
    return before.schema == workspace.schema and before.model.split_by == workspace.model.split_by


def as_run(state: LoopState) -> Run:
    """The labels as `transom label` gives them."""
    examples = state.given.examples
    return Run(
        report=state.report,
        sources=state.sources,
        tasks=state.workspace.schema.tasks,
        stages=(),
        warnings=examples.warnings + tuple(each for one in state.tasks for each in one.labels.warnings),
        n_refused=examples.n_refused,
        refused_file=examples.refused_file,
        version=None,
    )


def _brought_up(state: LoopState, workspace: Workspace) -> LoopState:
    given = _with_slices(state.given, workspace)
    applied = apply_rules(workspace, given.rows, given.evidence, before=state.applied)
    before = {one.labels.task.name: one for one in state.tasks}
    tasks = []
    for in_data in given.evidence:
        name = in_data.task.name
        said = {rule: each.said for rule, each in applied.items() if each.rule.task == name and each.said}
        one = before.get(name)
        if not (one and _votes_are(one.labels, in_data, said) and _weighs_alike(state.workspace, workspace, name)):
            labels = weigh(workspace.model, in_data, said)
            one = Judged(labels, measure_task(labels, given.subsets))
        elif given is not state.given:
            one = replace(one, report=measure_task(one.labels, given.subsets))
        if one.labels.rule_warnings != (warnings := warnings_of(said)):  # a function may fail elsewhere, and vote alike
            one = replace(one, labels=replace(one.labels, rule_warnings=warnings))
        tasks.append(one)
    return LoopState(workspace, given, applied, tuple(tasks))


def _with_slices(given: Given, workspace: Workspace) -> Given:
    """What is given, with slices found again if one of them is a function and the project's Python has changed."""
    modules = modules_digest(workspace)
    if modules == given.modules or not any(each.python for each in workspace.schema.slices):
        return given
    return replace(given, subsets=subsets_of(given.examples.dataset, workspace.folder), modules=modules)


def _votes_are(labels: TaskLabels, in_data: Evidence, said: Mapping[str, RuleLabels]) -> bool:
    """Whether the labels were made of these votes."""
    votes = (*in_data.votes, *(each.votes for each in said.values()))
    return labels.sources == (*in_data.sources, *said) and all(map(is_, labels.votes, votes))


def _weighs_alike(before: Workspace, after: Workspace, task: str) -> bool:
    return _weighing(before.model, task) == _weighing(after.model, task)


def _weighing(settings: ModelSettings, task: str) -> tuple[object, ...]:
    return settings.label_models[task], settings.use_dev, settings.use_gold


def _change(before: LoopState, after: LoopState) -> Change:
    ids = after.given.rows["id"]
    both = [(old.labels, new.labels) for old, new in zip(before.tasks, after.tasks, strict=True)]
    return Change(
        rules=tuple(rule_changes(before.applied, after.applied, after.workspace.schema.tasks, ids)),
        labels=tuple(label_change(old, new, ids) for old, new in both if old.combined is not new.combined),
        sources=row_changes(before.sources, after.sources, SOURCE),
        quality=row_changes(_of_splits(before), _of_splits(after), METRIC),
        problems=(*after.problems, *(warning for each in after.applied.values() for warning in each.warnings)),
    )


def _of_splits(state: LoopState) -> list[Row]:
    """The metrics of whole splits."""
    return [row for row in state.report.rows if row.tag == EVERYTHING]
