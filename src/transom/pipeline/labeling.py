"""The stage `label`: applies the rules, lays all votes side by side, weighs the sources and makes targets."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from transom.data.dataset import Dataset, frame, in_split, items_of
from transom.data.items import Items
from transom.data.labels import Labels
from transom.data.votes import gold_of, labels_from, sources_of, votes_of
from transom.pipeline.ingesting import Examples
from transom.pipeline.request import Request
from transom.pipeline.workspace import Workspace
from transom.schema.tasks import Task
from transom.supervision.analysis import SourceRow, source_table
from transom.supervision.choice import Auto
from transom.supervision.combine import Combined, Evidence, combine
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
    labeled = []
    for number, task in enumerate(dataset.schema.tasks):
        request.advance(f"label {task.name}", number / len(dataset.schema.tasks))
        labeled.append(_label_task(workspace, dataset, rows, task))
    return tuple(labeled)


def row_frame(dataset: Dataset) -> pl.DataFrame:
    """What rules and slices see: a row an example, without its labels."""
    return frame(dataset, ["id", "time", "order", "tags", *(payload.name for payload in dataset.schema.payloads)])


def _label_task(workspace: Workspace, dataset: Dataset, rows: pl.DataFrame, task: Task) -> TaskLabels:
    settings = workspace.model
    items = items_of(dataset, task)
    votes = dict(_votes(workspace, dataset, rows, task, items))
    evidence = Evidence(
        task=task,
        items=items,
        ids=rows["id"].to_list(),
        sources=tuple(votes),
        votes=tuple(votes.values()),
        gold=gold_of(dataset, task),
        train=in_split(dataset, "train"),
        dev=in_split(dataset, "dev"),
    )
    model = settings.label_models[task.name].model or Auto()
    combined = combine(evidence, model, use_dev=settings.use_dev, use_gold=settings.use_gold)
    table = source_table(evidence, combined.accuracies)
    return TaskLabels(task, evidence.sources, evidence.votes, evidence.gold, combined, table)


def _votes(
    workspace: Workspace, dataset: Dataset, rows: pl.DataFrame, task: Task, items: Items
) -> Iterator[tuple[str, Labels]]:
    """Sources of the data first, then the rules in the order of their file."""
    for source in sources_of(dataset, task):
        yield source, votes_of(dataset, task, source)
    for rule in workspace.sources:
        if rule.task == task.name:
            encoded = apply_rule(rule, rows, dataset.schema, workspace.folder)
            yield rule.name, labels_from(task, encoded, items)
