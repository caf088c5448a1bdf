"""The stage `label`: applies the rules, lays all votes side by side, weighs the sources and makes targets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from jaxtyping import Float, UInt64

from transom.data.dataset import Dataset, frame, in_split, items_of
from transom.data.labels import Labels
from transom.data.ties import example_keys
from transom.data.votes import gold_of, labels_from, sources_of, votes_of
from transom.pipeline.ingesting import Examples
from transom.pipeline.request import Request
from transom.pipeline.settings import ModelSettings
from transom.pipeline.workspace import Workspace
from transom.schema.tasks import Task
from transom.supervision.analysis import SourceRow, source_table
from transom.supervision.choice import Auto
from transom.supervision.combine import Combined, Evidence, combine
from transom.supervision.rule_kinds import Rule
from transom.supervision.rules import apply_rule


@dataclass(frozen=True)
class TaskLabels:
    """All that is known of one task's labels: who voted what, what is true, and what the votes were combined to."""

    task: Task
    sources: tuple[str, ...]
    votes: tuple[Labels, ...]
    gold: Labels
    combined: Combined
    table: tuple[SourceRow, ...]


def label(request: Request, examples: Examples) -> tuple[TaskLabels, ...]:
    """Labels of every task, in the order of the schema."""
    workspace, dataset = request.workspace, examples.dataset
    rows = row_frame(dataset)
    keys = keys_of(rows)
    labeled = []
    for number, task in enumerate(dataset.schema.tasks):
        request.advance(f"label {task.name}", number / len(dataset.schema.tasks))
        in_data = evidence_in_data(dataset, task, keys)
        votes = {
            rule.name: rule_votes(rule, workspace, rows, in_data)
            for rule in workspace.sources
            if rule.task == task.name
        }
        labeled.append(weigh(workspace.model, with_votes(in_data, votes)))
    return tuple(labeled)


def row_frame(dataset: Dataset) -> pl.DataFrame:
    """What rules and slices see: a row an example, without its labels."""
    return frame(dataset, ["id", "time", "order", "tags", *(payload.name for payload in dataset.schema.payloads)])


def keys_of(rows: pl.DataFrame) -> UInt64[np.ndarray, " n_examples"]:
    """What ties of each example are broken by."""
    return example_keys(rows["id"].to_list(), seed=0)


def evidence_in_data(dataset: Dataset, task: Task, keys: UInt64[np.ndarray, " n_examples"]) -> Evidence:
    """All that is known of a task before any rule is applied: the votes and the gold of its data lines."""
    sources = sources_of(dataset, task)
    return Evidence(
        task=task,
        items=items_of(dataset, task),
        keys=keys,
        sources=sources,
        votes=tuple(votes_of(dataset, task, source) for source in sources),
        gold=gold_of(dataset, task),
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


def rule_votes(rule: Rule, workspace: Workspace, rows: pl.DataFrame, evidence: Evidence) -> Labels:
    """What a rule says of the items of its task.

    Raises:
        ProjectError: a function or an expression fails on an example.
        MissingExtraError: a lexicon's package is not installed.
    """
    return labels_from(evidence.task, apply_rule(rule, rows, workspace.schema, workspace.folder), evidence.items)


def with_votes(evidence: Evidence, votes: Mapping[str, Labels]) -> Evidence:
    """The evidence with the votes of rules, by name, behind those that it has."""
    return replace(evidence, sources=(*evidence.sources, *votes), votes=(*evidence.votes, *votes.values()))


def weigh(settings: ModelSettings, evidence: Evidence) -> TaskLabels:
    """The votes on one task combined, and what that says of each source."""
    model = settings.label_models[evidence.task.name].model or Auto()
    combined = combine(evidence, model, use_dev=settings.use_dev, use_gold=settings.use_gold)
    table = source_table(evidence, combined.accuracies)
    return TaskLabels(evidence.task, evidence.sources, evidence.votes, evidence.gold, combined, table)
