"""The stage `evaluate`: every stage's predictions against gold, per split, tag and slice."""

from collections.abc import Iterator

from transom.data.dataset import Dataset, frame, in_split
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.data.ties import item_keys
from transom.evaluation.best_source import best_source
from transom.evaluation.majority_class import majority_class
from transom.evaluation.report import Report, evaluate
from transom.pipeline.ingesting import Examples
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.learned import Learned
from transom.pipeline.request import Request
from transom.pipeline.subsets import Subsets, subsets_of

Stages = Iterator[tuple[str, Predictions]]
"""Names of stages as the report has them, with what each predicts of one task."""


def measure(request: Request, examples: Examples, labels: tuple[TaskLabels, ...], learned: Learned) -> Report:
    """The report of a run: majority vote, label model, model and baselines, on every task."""
    return _report(request, examples.dataset, labels, learned)


def measure_labels(request: Request, examples: Examples, labels: tuple[TaskLabels, ...]) -> Report:
    """The report of labels alone: majority vote and label model."""
    return _report(request, examples.dataset, labels, None)


def measure_task(one: TaskLabels, subsets: Subsets) -> Report:
    """The report of one task's labels alone."""
    return _measured(one, _label_stages(one), subsets)


def _report(request: Request, dataset: Dataset, labels: tuple[TaskLabels, ...], learned: Learned | None) -> Report:
    subsets = subsets_of(dataset, request.workspace.folder)
    report = Report()
    for one in labels:
        request.advance(f"evaluate {one.task.name}", None)
        report += _measured(one, _stages(dataset, one, learned), subsets)
    return report


def _measured(one: TaskLabels, stages: Stages, subsets: Subsets) -> Report:
    report = Report()
    for stage, predictions in stages:
        report += evaluate(
            stage, one.task, gold=one.gold, predictions=predictions, splits=subsets.splits, tags=subsets.tags
        )
    return report


def _label_stages(one: TaskLabels) -> Stages:
    if one.combined.majority is not None:
        yield "majority", one.combined.majority
    if one.combined.label_model is not None:
        yield "label_model", one.combined.label_model


def _stages(dataset: Dataset, one: TaskLabels, learned: Learned | None) -> Stages:
    yield from _label_stages(one)
    if learned is None:
        return
    name = one.task.name
    if name in learned.predictions:
        yield "model", learned.predictions[name]
    for variant, by_task in learned.variants.items():
        if name in by_task:
            yield f"variant:{variant}", by_task[name]
    train = in_split(dataset, "train")
    if one.combined.targets.weights.any():
        yield "baseline:majority_class", majority_class(one.task, one.combined.targets, train)
    if one.combined.majority is not None:
        yield "baseline:best_source", _best_source(dataset, one, one.combined.majority)
    for baseline, by_task in learned.baselines.items():
        if name in by_task:
            yield f"baseline:{baseline}", by_task[name]


def _best_source(dataset: Dataset, one: TaskLabels, majority: Predictions) -> Predictions:
    """Judged on dev gold where there is some, else by agreement with the majority vote on train."""
    keys = item_keys(frame(dataset, ["id"])["id"].to_list(), one.gold.items, seed=0)
    references = [
        (one.gold, in_split(dataset, "dev")),
        (Labels(majority.items, majority.labels), in_split(dataset, "train")),
    ]
    _, predictions = best_source(
        one.task, dict(zip(one.sources, one.votes, strict=True)), references=references, keys=keys
    )
    return predictions
