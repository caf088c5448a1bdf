"""What is measured of each type of task.

| task       | metrics                                                                  | rows of `keep`, and `n` |
|------------|--------------------------------------------------------------------------|-------------------------|
| multiclass | accuracy accuracy_covered macro_f1 f1:CLASS roc_auc coverage ece         | items                   |
| bitvector  | micro_f1 macro_f1                                                        | items                   |
| spans      | entity_f1 entity_precision entity_recall                                 | tokens                  |
| select     | accuracy                                                                 | examples                |
| regression | mae rmse r2                                                              | items                   |

Only rows with gold are measured. A metric that is not defined on them (the recall of entities where gold has none)
is left out; nothing is ever NaN. Which interval each metric has is said in `intervals`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from jaxtyping import Bool, Int

from transom.data.items import Items
from transom.data.labels import NO_LABEL, Labels
from transom.data.predictions import Predictions
from transom.evaluation.calibration import expected_calibration_error
from transom.evaluation.intervals import Estimate, bootstrap, known_interval, ratio, sum_by_example
from transom.evaluation.number_errors import mae, parts_of, r2, rmse
from transom.evaluation.ranking import roc_auc
from transom.evaluation.scores import (
    counts_of_bits,
    counts_of_classes,
    counts_of_entities,
    f1,
    in_gold,
    macro_f1,
    pooled,
    precision,
    recall,
)
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

ERRORS = frozenset({"ece", "mae", "rmse"})
"""The metrics of which less is better."""


@dataclass(frozen=True)
class Measure:
    """One metric with its 95 % interval, if there is one; `n` is the number of rows with gold that it rests on."""

    metric: str
    value: float
    low: float | None
    high: float | None
    n: int


@singledispatch
def metrics_for(task: Task, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> list[Measure]:  # noqa: ARG001 it is the signature of those below
    """Every metric of a task, measured on the rows of the labels that `keep` chooses and that have gold.

    >>> from transom.data.items import one_each
    >>> task = Regression("score")
    >>> gold = Labels(one_each(2), np.array([1.0, 3.0]))
    >>> predicted = Predictions(one_each(2), gold.values + 1, gold.values + 1)
    >>> [(measure.metric, measure.value) for measure in metrics_for(task, gold, predicted, np.array([True, True]))]
    [('mae', 1.0), ('rmse', 1.0), ('r2', 0.0)]
    """
    raise TypeError(f"no metrics for a task of type {type(task).__name__}")


@metrics_for.register
def _(task: Multiclass, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> list[Measure]:
    rows = np.flatnonzero(keep & (gold.values != NO_LABEL))
    if len(rows) == 0:
        return []
    truth, labels = gold.values[rows].astype(np.int64), predictions.labels[rows].astype(np.int64)
    probabilities = predictions.probabilities[rows]
    is_covered = np.ones(len(rows), bool) if predictions.covered is None else predictions.covered[rows]
    examples = _examples(gold.items, rows)
    counts = counts_of_classes(truth, labels, examples, len(task.classes))
    confidence = probabilities[np.arange(len(rows)), labels]
    is_right = truth == labels
    return [
        *_measures({"accuracy": _share(is_right, examples)}, len(rows)),
        *_measures(
            {"accuracy_covered": _share(is_right[is_covered], examples[is_covered])}, int(np.count_nonzero(is_covered))
        ),
        *_measures(
            {
                "macro_f1": macro_f1(counts),
                **{f"f1:{task.classes[c]}": f1(counts, int(c)) for c in in_gold(counts)},
                "roc_auc": roc_auc(probabilities, truth, examples),
                "coverage": _share(is_covered, examples),
                "ece": expected_calibration_error(confidence, is_right, examples),
            },
            len(rows),
        ),
    ]


@metrics_for.register
def _(_task: Bitvector, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> list[Measure]:
    known = gold.values != NO_LABEL
    rows = np.flatnonzero(keep & known.any(axis=1))
    truth = np.where(known, gold.values, 0)[rows]
    labels = np.where(known, predictions.labels, 0)[rows]
    counts = counts_of_bits(truth, labels, _examples(gold.items, rows))
    return list(_measures({"micro_f1": f1(pooled(counts)), "macro_f1": macro_f1(counts)}, len(rows)))


@metrics_for.register
def _(_task: Spans, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> list[Measure]:
    items = gold.items
    has_gold = np.zeros(items.n_examples, bool)
    has_gold[items.examples()[keep & (gold.values != NO_LABEL)]] = True
    keep = keep & items.of(has_gold)
    counts = counts_of_entities(items, gold.values, predictions.labels, keep)
    estimates = {"entity_f1": f1(counts), "entity_precision": precision(counts), "entity_recall": recall(counts)}
    return list(_measures(estimates, int(np.count_nonzero(keep))))


@metrics_for.register
def _(_task: Select, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> list[Measure]:
    rows = np.flatnonzero(keep & (gold.values != NO_LABEL))
    is_right = gold.values[rows] == predictions.labels[rows]
    return list(_measures({"accuracy": _share(is_right, rows)}, len(rows)))


@metrics_for.register
def _(_task: Regression, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> list[Measure]:
    rows = np.flatnonzero(keep & np.isfinite(gold.values) & np.isfinite(predictions.labels))
    if len(rows) == 0:
        return []
    truth = gold.values[rows]
    sums = sum_by_example(parts_of(predictions.labels[rows], truth), _examples(gold.items, rows))
    estimates = {"mae": bootstrap(sums, mae), "rmse": bootstrap(sums, rmse)}
    if np.ptp(truth) ** 2 > 0:  # squares of what differs by less than 1e-162 are 0
        estimates["r2"] = bootstrap(sums, r2)
    return list(_measures(estimates, len(rows)))


def rows_of(task: Task, items: Items, examples: Bool[np.ndarray, " n_examples"]) -> Bool[np.ndarray, " n_rows"]:
    """The rows of a task's labels that belong to the chosen examples: what `metrics_for` keeps."""
    return examples if isinstance(task, Select) else items.of(examples)


def _measures(estimates: Mapping[str, Estimate | None], n: int) -> Iterator[Measure]:
    for metric, estimate in estimates.items():
        if estimate is not None:
            yield Measure(metric, estimate.value, *known_interval(estimate), n)


def _examples(items: Items, rows: Int[np.ndarray, " n_kept"]) -> Int[np.ndarray, " n_kept"]:
    return np.asarray(items.examples()[rows])


def _share(is_hit: Bool[np.ndarray, " n_kept"], examples: Int[np.ndarray, " n_kept"]) -> Estimate | None:
    hits = sum_by_example(is_hit.astype(np.int64), examples)
    trials = sum_by_example(np.ones(len(is_hit), np.int64), examples)
    return ratio(hits, trials, np.ones(len(hits), np.int64))
