"""Metrics as functions of sums over examples, so that two versions can be compared example by example.

| metric                              | what an example adds                                              |
|-------------------------------------|-------------------------------------------------------------------|
| accuracy, accuracy_covered, coverage | hits and trials                                                  |
| f1:CLASS, macro_f1, micro_f1        | of each class: in both, in gold or in the predictions             |
| entity_f1, _precision, _recall      | entities in both, in gold, in the predictions                     |
| mae, rmse, r2                       | items, absolute and squared errors, spread of gold                |
| ece                                 | of each bin of confidence: by how much it is more right than sure |
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, singledispatch

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.data.items import Items
from transom.data.labels import NO_LABEL, Labels
from transom.data.predictions import Predictions
from transom.evaluation.calibration import gaps
from transom.evaluation.number_errors import mae, parts_of, r2, rmse
from transom.evaluation.scores import Counts, counts_of_bits, counts_of_entities, in_gold
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

Totals = np.ndarray
"""(..., n_statistics)"""


@dataclass(frozen=True)
class Summed:
    """What each example adds to every statistic, and the metric that totals of them make."""

    values: Float[np.ndarray, "n_examples n_statistics"]
    formula: Callable[[Totals], np.ndarray]


@singledispatch
def summed(task: Task, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> dict[str, Summed]:  # noqa: ARG001 it is the signature of those below
    """The metrics of a task that are made of sums, each over the same examples for all predictions of the same items.

    An example without gold among the rows that `keep` chooses adds nothing.
    """
    raise TypeError(f"no metrics for a task of type {type(task).__name__}")


@summed.register
def _(task: Multiclass, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> dict[str, Summed]:
    known = keep & (gold.values != NO_LABEL)
    rows = np.flatnonzero(known)
    truth, labels = gold.values[rows].astype(np.int64), predictions.labels[rows].astype(np.int64)
    covered = np.ones(len(rows), bool) if predictions.covered is None else predictions.covered[rows]
    is_right, every = truth == labels, np.ones(len(rows))
    identity = np.eye(len(task.classes), dtype=np.int64)
    by_example = partial(_by_example, gold.items, rows)
    counts = _classes(gold.items, rows, identity[truth], identity[labels])
    confidence = predictions.probabilities[rows, labels]
    return {
        "accuracy": Summed(by_example(np.stack([is_right, every], 1)), _share),
        "accuracy_covered": Summed(by_example(np.stack([is_right & covered, covered], 1)), _share),
        "coverage": Summed(by_example(np.stack([covered, every], 1)), _share),
        "ece": Summed(by_example(gaps(confidence, is_right)), _gap),
        **_f1s(counts, task.classes),
    }


@summed.register
def _(task: Bitvector, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> dict[str, Summed]:
    known = gold.values != NO_LABEL
    rows = np.flatnonzero(keep & known.any(axis=1))
    truth, labels = (np.where(known, values, 0)[rows] for values in (gold.values, predictions.labels))
    counts = _classes(gold.items, rows, truth, labels)
    found = _f1s(counts, task.classes)
    both, total = counts.both.sum(1), (counts.gold + counts.predicted).sum(1)
    return {"micro_f1": Summed(np.stack([both, total], 1).astype(float), _f1), "macro_f1": found["macro_f1"]}


@summed.register
def _(_task: Spans, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> dict[str, Summed]:
    items = gold.items
    has_gold = np.zeros(items.n_examples, bool)
    has_gold[items.examples()[keep & (gold.values != NO_LABEL)]] = True
    counts = counts_of_entities(items, gold.values, predictions.labels, keep & items.of(has_gold))
    both, truth, said = (part[:, 0].astype(float) for part in (counts.both, counts.gold, counts.predicted))
    return {
        "entity_f1": Summed(np.stack([both, truth + said], 1), _f1),
        "entity_precision": Summed(np.stack([both, said], 1), _share),
        "entity_recall": Summed(np.stack([both, truth], 1), _share),
    }


@summed.register
def _(_task: Select, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> dict[str, Summed]:
    known = keep & (gold.values != NO_LABEL)
    is_right = known & (gold.values == predictions.labels)
    return {"accuracy": Summed(np.stack([is_right, known], 1).astype(float), _share)}


@summed.register
def _(
    _task: Regression, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]
) -> dict[str, Summed]:
    rows = np.flatnonzero(keep & np.isfinite(gold.values) & np.isfinite(predictions.labels))
    sums = _by_example(gold.items, rows, parts_of(predictions.labels[rows], gold.values[rows]))
    return {"mae": Summed(sums, mae), "rmse": Summed(sums, rmse), "r2": Summed(sums, r2)}


def _f1s(counts: Counts, names: tuple[str, ...]) -> dict[str, Summed]:
    """F1 of each class that gold has, and their mean."""
    present = in_gold(counts)
    parts = np.stack([counts.both, counts.gold + counts.predicted], 2)[:, present].astype(float)
    each = {f"f1:{names[c]}": Summed(parts[:, place], _f1) for place, c in enumerate(present.tolist())}
    return {"macro_f1": Summed(parts.reshape(len(parts), -1), _mean_f1), **each}


def _classes(
    items: Items,
    rows: Int[np.ndarray, " n_kept"],
    truth: Int[np.ndarray, "n_kept n_classes"],
    labels: Int[np.ndarray, "n_kept n_classes"],
) -> Counts:
    """The counts of all examples, of those without a row too, so that other predictions have the same examples."""
    counts = counts_of_bits(truth, labels, items.examples()[rows])
    present = np.unique(items.examples()[rows])
    both, gold, predicted = (_placed(part, present, items) for part in (counts.both, counts.gold, counts.predicted))
    return Counts(both, gold, predicted, np.ones(items.n_examples, np.int64))


def _placed(part: np.ndarray, examples: Int[np.ndarray, " n_present"], items: Items) -> np.ndarray:
    every = np.zeros((items.n_examples, part.shape[1]), part.dtype)
    every[examples] = part
    return every


def _by_example(items: Items, rows: Int[np.ndarray, " n_kept"], values: np.ndarray) -> np.ndarray:
    sums = np.zeros((items.n_examples, values.shape[1]))
    np.add.at(sums, items.examples()[rows], values)
    return sums


def _ratio(above: np.ndarray | np.floating, below: np.ndarray | np.floating) -> np.ndarray:
    """NaN where nothing is below."""
    undefined = np.full(np.shape(above), np.nan)
    return np.asarray(np.divide(above, below, out=undefined, where=np.asarray(below) != 0))


def _share(totals: Totals) -> np.ndarray:
    return _ratio(totals[..., 0], totals[..., 1])


def _f1(totals: Totals) -> np.ndarray:
    return _ratio(2 * totals[..., 0], totals[..., 1])


def _mean_f1(totals: Totals) -> np.ndarray:
    pairs = totals.reshape(*totals.shape[:-1], -1, 2)
    return _ratio(_f1(pairs).sum(axis=-1), np.float64(pairs.shape[-2]))


def _gap(totals: Totals) -> np.ndarray:
    return _ratio(np.abs(totals[..., :-1]).sum(axis=-1), totals[..., -1])
