"""The quality of an exported form that may differ from its model: both on today's test rows, per task and slice.

A form that loses too much is refused by the gate that refuses a candidate, with the model in the place of the live
version.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transom.data.features.vector_lengths import are_as_long
from transom.data.predictions import Predictions, joined
from transom.data.subset_names import EVERYTHING, SLICE_PREFIX
from transom.data.votes import gold_of
from transom.evaluation.compare import Comparison
from transom.evaluation.gate import Bounds, Verdict, judge
from transom.evaluation.metric_names import metric_names
from transom.evaluation.report import Report, evaluate
from transom.export.trial import Trial
from transom.pipeline.answers import BATCH, Answering, predict_values
from transom.pipeline.comparing import comparisons
from transom.pipeline.gating import TEST, bounds_of
from transom.pipeline.learning import payload_values
from transom.pipeline.recalling import examples_of
from transom.pipeline.request import Request
from transom.pipeline.subsets import subsets_of
from transom.schema.tasks import Task
from transom.serving.predictor import Predictor, predictions

MAIN = ("accuracy", "micro_f1", "entity_f1", "r2")
"""One metric of each type of task."""

LOST = 0.01
"""More than so much of its main metric no task may lose, on all test rows or surely in a slice."""

BYTES = 0.3
"""A form that is not exact may have at most this share of the bytes of the exact one."""

LEAST_ROWS = 30
"""With fewer rows nothing is judged."""

Values = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class FormQuality:
    """Every metric of the model and of its form on test and its slices, and what the gate says of the form."""

    rows: tuple[Comparison, ...]
    verdict: Verdict


def measure_form(request: Request, answering: Answering, form: Predictor) -> FormQuality:
    """A form beside the model that it was made from, on the tasks that are still what they were.

    Raises:
        ProjectError: the project's files are wrong.
    """
    dataset = examples_of(request).dataset
    payloads = answering.schema.payloads
    tasks = [task for task in dataset.schema.tasks if task in answering.schema.tasks]
    rules = [bounds_of(rule) for rule in request.workspace.deploy.gate]
    nothing = FormQuality((), judge(rules, (), (), answering.version))
    if any(payload not in dataset.schema.payloads for payload in payloads):
        return nothing
    values = payload_values(dataset, [payload.name for payload in payloads])
    if not are_as_long(answering.checks.lengths, values):
        return nothing
    before = _in_batches(values, tasks, lambda batch: predict_values(answering, batch))
    after = _in_batches(values, tasks, lambda batch: predictions(form, batch)[0])
    subsets = subsets_of(dataset, request.workspace.folder)
    slices = {tag: mask for tag, mask in subsets.tags.items() if tag.startswith(SLICE_PREFIX)}
    splits = {TEST: subsets.splits[TEST]}
    report = Report()
    for task in (task for task in tasks if task.name in after):
        gold = gold_of(dataset, task)
        report += evaluate("form", task, gold=gold, predictions=after[task.name], splits=splits, tags=slices)
        rules += [Bounds(task.name, tag, main_metric(task), None, LOST, LEAST_ROWS) for tag in slices]
    rows = tuple(comparisons(dataset, subsets, before, after))
    return FormQuality(rows, judge(rules, report.rows, rows, answering.version))


def main_metric(task: Task) -> str:
    """The metric of a task of which a point means the same everywhere."""
    return next(name for name in metric_names(task) if name in MAIN)


def refusals(asked: Trial, exact: Trial, quality: FormQuality) -> Iterator[str]:
    """Why the form that was asked for is not worth having, in a few words each."""
    share = asked.size_bytes / exact.size_bytes
    if share > BYTES:
        yield f"it has {share:.0%} of the bytes of {exact.format}, more than {BYTES:.0%}"
    if asked.latency_ms >= exact.latency_ms:
        yield f"a record takes {asked.latency_ms:.3f} ms, not less than the {exact.latency_ms:.3f} ms of {exact.format}"
    for row in quality.rows:
        if row.tag == EVERYTHING and row.metric in MAIN and row.n >= LEAST_ROWS and row.gain < -LOST:
            yield f"{row.task} {row.metric}: {row.before:.3f} → {row.after:.3f}, a loss of more than {LOST:g}"
    if quality.verdict.is_refused:
        yield quality.verdict.why


def _in_batches(
    values: Values, tasks: Collection[Task], ask: Callable[[Values], Mapping[str, Predictions]]
) -> dict[str, Predictions]:
    """What is said of all examples, asked for a batch at a time."""
    n_examples = len(next(iter(values.values())))
    parts = [
        ask({name: column[start : start + BATCH] for name, column in values.items()})
        for start in range(0, n_examples, BATCH)
    ]
    names = [task.name for task in tasks if task.name in parts[0]] if parts else []
    return {name: joined([part[name] for part in parts]) for name in names}
