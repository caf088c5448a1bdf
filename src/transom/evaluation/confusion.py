"""Confusion: where predictions differ from gold, and what is taken for what."""

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.data.labels import NO_LABEL, Labels
from transom.data.predictions import Predictions
from transom.data.spans import spans_in
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

NOTHING = "nothing"
NONE_OF_THEM = "none of them"


@dataclass(frozen=True)
class Confusion:
    """How often gold (rows) was taken for what (columns), and in which cells that is right."""

    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    counts: Int[np.ndarray, "n_gold n_predicted"]
    is_right: Bool[np.ndarray, "n_gold n_predicted"]


@dataclass(frozen=True)
class Wrong:
    """Where predictions differ from gold: rows `[starts, ends)` of the labels; one row each but for spans."""

    n: int
    confusion: Confusion
    starts: Int[np.ndarray, " n_wrong"]
    ends: Int[np.ndarray, " n_wrong"]
    confidence: Float[np.ndarray, " n_wrong"]


@singledispatch
def wrong_items(task: Task, _gold: Labels, _predictions: Predictions, _keep: Bool[np.ndarray, " n_rows"]) -> Wrong:
    """Where the predictions of one type of task differ from gold, among the kept rows with gold."""
    raise TypeError(f"no mistakes on a task of type {type(task).__name__}")


@wrong_items.register
def _(task: Multiclass, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> Wrong:
    rows = np.flatnonzero(keep & (gold.values != NO_LABEL))
    n_classes = len(task.classes)
    cells = gold.values[rows].astype(np.int64) * n_classes + predictions.labels[rows]
    counts = np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)
    wrong = rows[gold.values[rows] != predictions.labels[rows]]
    confidence = predictions.probabilities[wrong, predictions.labels[wrong]]
    return Wrong(
        len(rows),
        Confusion(task.classes, task.classes, counts, np.eye(n_classes, dtype=bool)),
        wrong,
        wrong + 1,
        confidence,
    )


@wrong_items.register
def _(task: Bitvector, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> Wrong:
    """Classes are confused with nothing but their absence: each is found, missed or invented."""
    known = (gold.values != NO_LABEL) & keep[:, None]
    is_gold, is_predicted = known & (gold.values == 1), known & (predictions.labels == 1)
    outcomes = (is_gold & is_predicted, is_gold & ~is_predicted, is_predicted & ~is_gold)
    counts = np.stack([outcome.sum(axis=0) for outcome in outcomes], axis=1)
    differs = is_gold != is_predicted
    wrong = np.flatnonzero(differs.any(axis=1))
    stated = np.where(is_predicted, predictions.probabilities, 1 - predictions.probabilities)
    confidence = np.where(differs, stated, 0.0)[wrong].max(axis=1)
    is_right = np.tile([True, False, False], (len(task.classes), 1))
    confusion = Confusion(task.classes, ("found", "missed", "invented"), counts, is_right)
    return Wrong(int(known.any(axis=1).sum()), confusion, wrong, wrong + 1, confidence)


@wrong_items.register
def _(task: Spans, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> Wrong:
    """The items are the stretches that gold or the predictions name; what only one names, the other calls nothing."""
    items = gold.items
    has_gold = np.bincount(items.examples(), weights=keep & (gold.values != NO_LABEL), minlength=items.n_examples) > 0
    keep = keep & items.of(has_gold)
    sides = [spans_in(items, np.where(keep, tags, 0)) for tags in (gold.values, predictions.labels)]
    keys = [side.starts * (items.n_items + 1) + side.ends for side in sides]
    stretches = np.union1d(*keys)
    names = np.full((2, len(stretches)), len(task.classes))
    for name, side, key in zip(names, sides, keys, strict=True):
        name[np.searchsorted(stretches, key)] = side.classes
    n_names = len(task.classes) + 1
    counts = np.bincount(names[0] * n_names + names[1], minlength=n_names**2).reshape(n_names, n_names)
    differs = stretches[names[0] != names[1]]
    starts, ends = differs // (items.n_items + 1), differs % (items.n_items + 1)
    of_tags = predictions.probabilities[np.arange(items.n_items), predictions.labels]
    confidence = np.array([of_tags[start:end].min() for start, end in zip(starts, ends, strict=True)], dtype=float)
    words = (*task.classes, NOTHING)
    return Wrong(len(stretches), Confusion(words, words, counts, np.eye(n_names, dtype=bool)), starts, ends, confidence)


@wrong_items.register
def _(_task: Select, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> Wrong:
    items, labels = gold.items, predictions.labels
    rows = np.flatnonzero(keep & (gold.values != NO_LABEL))
    gold_is_none, none_predicted = (values[rows] >= items.lengths[rows] for values in (gold.values, labels))
    is_right = gold.values[rows] == labels[rows]
    outcome = np.where(none_predicted, 2, np.where(is_right, 0, 1))
    counts = np.bincount(gold_is_none * 3 + outcome, minlength=6).reshape(2, 3)
    right = np.array([[True, False, False], [False, False, True]])
    confusion = Confusion(("a member", NONE_OF_THEM), ("that member", "another member", NONE_OF_THEM), counts, right)
    of_none = 1 - np.bincount(items.examples(), weights=predictions.probabilities, minlength=items.n_examples)
    member = items.offsets[:-1] + np.minimum(labels, items.lengths - 1)
    padded = np.append(predictions.probabilities, 0.0)
    confidence = np.where(labels < items.lengths, padded[member], of_none)
    wrong = rows[~is_right]
    return Wrong(len(rows), confusion, wrong, wrong + 1, confidence[wrong])


@wrong_items.register
def _(_task: Regression, gold: Labels, predictions: Predictions, keep: Bool[np.ndarray, " n_rows"]) -> Wrong:
    """Any difference is an error, and its size stands where other tasks have a confidence."""
    error = np.abs(predictions.labels - gold.values)
    rows = np.flatnonzero(keep & np.isfinite(error))
    wrong = rows[error[rows] > 0]
    return Wrong(
        len(rows), Confusion((), (), np.zeros((0, 0), int), np.zeros((0, 0), bool)), wrong, wrong + 1, error[wrong]
    )
