"""The stage `gate`: the candidate on today's test rows, beside the live version that is run on them again."""

from collections.abc import Iterator, Mapping

from transom.data.dataset import Dataset
from transom.data.features.vector_lengths import are_as_long
from transom.data.predictions import Predictions
from transom.data.subset_names import EVERYTHING, SLICE_PREFIX
from transom.evaluation.compare import Comparison
from transom.evaluation.compare import compare as compare_predictions
from transom.evaluation.gate import Bounds, Verdict, judge
from transom.evaluation.report import Report
from transom.export.aliases import alias_of
from transom.export.layout import LIVE
from transom.pipeline.answers import open_answering, predict_values
from transom.pipeline.deployment import GateRule
from transom.pipeline.ingesting import Examples
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.learned import Learned
from transom.pipeline.learning import payload_values
from transom.pipeline.request import Request
from transom.pipeline.subsets import Subsets, subsets_of

TEST = "test"


def gate(
    request: Request, examples: Examples, labels: tuple[TaskLabels, ...], learned: Learned, report: Report
) -> Verdict:
    """The verdict on what was learned; a version is compared with the live one only where a rule limits a drop."""
    rules = [bounds_of(rule) for rule in request.workspace.deploy.gate]
    live = alias_of(request.workspace.store, LIVE)
    rows = [row for row in report.rows if row.stage == "model" and row.split == TEST]
    limited = [rule for rule in rules if rule.max_drop is not None]
    if live is None or not limited:
        return judge(rules, rows, (), live)
    request.advance(f"compare with version {live}", None)
    before = predictions_of(request, examples.dataset, str(live))
    subsets = subsets_of(examples.dataset, request.workspace.folder)
    comparisons = [
        each
        for one in labels
        if one.task.name in before and one.task.name in learned.predictions
        for each in _compared(one, before[one.task.name], learned.predictions[one.task.name], subsets, limited)
    ]
    return judge(rules, rows, comparisons, live)


def bounds_of(rule: GateRule) -> Bounds:
    """A rule of deploy.yaml; a slice is known by its tag in the report."""
    tag = EVERYTHING if rule.slice is None else SLICE_PREFIX + rule.slice
    return Bounds(rule.task, tag, rule.metric, rule.min, rule.max_drop, rule.min_n)


def predictions_of(request: Request, dataset: Dataset, version: str) -> Mapping[str, Predictions]:
    """What a version says of today's examples, on the tasks that are still what they were.

    It says nothing where it cannot read their payloads: they are others, or vectors have another length.

    Raises:
        ArtifactError: there is no such version, or it is damaged.
    """
    answering = open_answering(request.workspace.folder, store=request.workspace.store, version=version)
    schema, today = answering.schema, dataset.schema
    if any(payload not in today.payloads for payload in schema.payloads):
        return {}
    values = payload_values(dataset, [payload.name for payload in schema.payloads])
    if not are_as_long(answering.checks.lengths, values):
        return {}
    found = predict_values(answering, values)
    return {task.name: found[task.name] for task in schema.tasks if task in today.tasks and task.name in found}


def _compared(
    one: TaskLabels, before: Predictions, after: Predictions, subsets: Subsets, rules: list[Bounds]
) -> Iterator[Comparison]:
    """The comparisons that the rules of a task ask for."""
    test = subsets.splits[TEST]
    for tag in dict.fromkeys(rule.tag for rule in rules if rule.task == one.task.name):
        metrics = {rule.metric for rule in rules if (rule.task, rule.tag) == (one.task.name, tag)}
        examples = test if tag == EVERYTHING else test & subsets.tags[tag]
        yield from compare_predictions(one.task, one.gold, before, after, tag=tag, examples=examples, metrics=metrics)
