"""The stage `label`: applies the rules, lays all votes side by side, weighs the sources and makes targets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl
from jaxtyping import Float, UInt64

from transom.data.dataset import Dataset, frame, in_split, items_of
from transom.data.labels import Labels
from transom.data.ties import example_keys
from transom.data.votes import gold_of, sources_of, votes_of
from transom.errors import Problem, ProjectError
from transom.pipeline.ingesting import Examples
from transom.pipeline.request import Request
from transom.pipeline.settings import ModelSettings
from transom.pipeline.workspace import Workspace
from transom.schema.tasks import Task
from transom.supervision.analysis import source_table
from transom.supervision.choice import Auto
from transom.supervision.combine import Combined, combine
from transom.supervision.evidence import Evidence
from transom.supervision.extension import ExtensionRow
from transom.supervision.rule_kinds import Rule
from transom.supervision.rules import apply_rule, labels_said
from transom.supervision.source_row import SourceRow
from transom.supervision.sources import names_also_in_data


@dataclass(frozen=True)
class TaskLabels:
    """All that is known of one task's labels: who voted what, what is true, and what the votes were combined to.

    `extension` says what became of the votes if they were extended; `votes` are those that were cast.
    """

    task: Task
    sources: tuple[str, ...]
    votes: tuple[Labels, ...]
    gold: Labels
    combined: Combined
    table: tuple[SourceRow, ...]
    extension: ExtensionRow | None = None
    rule_warnings: tuple[Problem, ...] = ()

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a person should know: functions that failed on some examples, and doubts about the sources."""
        return self.rule_warnings + self.combined.warnings


def label(request: Request, examples: Examples) -> tuple[TaskLabels, ...]:
    """Labels of every task, in the order of the schema."""
    workspace, dataset = request.workspace, examples.dataset
    if clashes := names_also_in_data(workspace.sources, dataset.vote_columns):
        raise ProjectError(clashes)
    rows = row_frame(dataset)
    keys = keys_of(rows)
    labeled = []
    for number, task in enumerate(dataset.schema.tasks):
        request.advance(f"label {task.name}", number / len(dataset.schema.tasks))
        in_data = evidence_in_data(dataset, task, keys)
        said = {
            rule.name: request.remember(
                only_rule(request, rule), partial(rule_labels, rule, workspace, rows=rows, evidence=in_data)
            )
            for rule in workspace.sources
            if rule.task == task.name
        }
        labeled.append(weigh(workspace.model, in_data, said))
    return tuple(labeled)


def only_rule(request: Request, rule: Rule) -> Request:
    """The part of a request that the votes of one rule depend on."""
    workspace = replace(request.workspace, sources=(rule,), model=ModelSettings())
    return replace(request, workspace=workspace)


def row_frame(dataset: Dataset) -> pl.DataFrame:
    """What rules and slices see: a row an example, without its labels."""
    return frame(dataset, ["id", "time", "order", "tags", *(payload.name for payload in dataset.schema.payloads)])


def keys_of(rows: pl.DataFrame) -> UInt64[np.ndarray, " n_examples"]:
    """What ties of each example are broken by."""
    return example_keys(rows["id"].to_list(), seed=0)


def evidence_in_data(dataset: Dataset, task: Task, keys: UInt64[np.ndarray, " n_examples"]) -> Evidence:
    """All that is known of a task before any rule is applied: the votes and the gold of its data lines."""
    sources = sources_of(dataset, task)
    votes = tuple(votes_of(dataset, task, source) for source in sources)
    return _evidence(dataset, task, keys, sources=sources, votes=votes, gold=gold_of(dataset, task))


def evidence_of(one: TaskLabels, dataset: Dataset, keys: UInt64[np.ndarray, " n_examples"]) -> Evidence:
    """All that is known of a task after its rules were applied."""
    return _evidence(dataset, one.task, keys, sources=one.sources, votes=one.votes, gold=one.gold)


def _evidence(
    dataset: Dataset,
    task: Task,
    keys: UInt64[np.ndarray, " n_examples"],
    *,
    sources: tuple[str, ...],
    votes: tuple[Labels, ...],
    gold: Labels,
) -> Evidence:
    return Evidence(
        task=task,
        items=items_of(dataset, task),
        keys=keys,
        sources=sources,
        votes=votes,
        gold=gold,
        train=in_split(dataset, "train"),
        dev=in_split(dataset, "dev"),
        order=_order(dataset, task.ordered_by),
    )


def _order(dataset: Dataset, by: str | None) -> Float[np.ndarray, " n_examples"] | None:
    """Where examples stand whose neighbours share labels, NaN where one has no place; None where order says nothing."""
    if by is None:
        return None
    places = frame(dataset, [by])[by]
    numbers = places.dt.epoch("us") if by == "time" else places
    return numbers.cast(pl.Float64).fill_null(np.nan).to_numpy()


@dataclass(frozen=True)
class RuleLabels:
    """What a rule says of the items of its task, and a warning where its function failed on some examples."""

    votes: Labels
    warnings: tuple[Problem, ...] = ()


def rule_labels(rule: Rule, workspace: Workspace, rows: pl.DataFrame, evidence: Evidence) -> RuleLabels:
    """What a rule says of the items of its task.

    Raises:
        ProjectError: a function fails on most examples, an expression on any, or a table or list cannot be read.
        MissingExtraError: a lexicon's package is not installed.
    """
    said = apply_rule(rule, rows, workspace.schema, workspace.folder)
    return RuleLabels(labels_said(said, evidence.task, evidence.items), said.warnings)


def weigh(settings: ModelSettings, in_data: Evidence, said: Mapping[str, RuleLabels]) -> TaskLabels:
    """The votes on one task, those in the data and those of rules by name, combined; and what that says of each."""
    votes = (*in_data.votes, *(each.votes for each in said.values()))
    evidence = replace(in_data, sources=(*in_data.sources, *said), votes=votes)
    model = settings.label_models[evidence.task.name].model or Auto()
    combined = combine(evidence, model, use_dev=settings.use_dev, use_gold=settings.use_gold)
    table = source_table(evidence, combined.accuracies, combined.copies)
    return TaskLabels(
        evidence.task,
        evidence.sources,
        evidence.votes,
        evidence.gold,
        combined,
        table,
        rule_warnings=warnings_of(said),
    )


def warnings_of(said: Mapping[str, RuleLabels]) -> tuple[Problem, ...]:
    """The warnings of all rules."""
    return tuple(warning for each in said.values() for warning in each.warnings)
