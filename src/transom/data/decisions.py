"""From the scores of a network's heads to predictions: the same arithmetic in training, in tests and in serving.

| task       | scores of a batch                                                     |
|------------|-----------------------------------------------------------------------|
| multiclass | (n_examples, [longest,] n_classes), a softmax away from probabilities |
| bitvector  | (n_examples, [longest,] n_bits), a sigmoid away from probabilities    |
| spans      | (n_examples, longest, 1 + 2 n_classes), as multiclass over BIO tags   |
| select     | (n_examples, 1 + longest): none of them, then the members             |
| regression | (n_examples[, longest]), the value itself                             |
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from jaxtyping import Float, Int

from transom.data.features.bags import spread
from transom.data.items import Items
from transom.data.predictions import Predictions
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task


@dataclass(frozen=True)
class Scored:
    """The scores of some examples, by their numbers; `lengths` are the elements seen of each, None of singletons."""

    examples: Int[np.ndarray, " n_batch"]
    scores: np.ndarray
    lengths: Int[np.ndarray, " n_batch"] | None = None


@dataclass(frozen=True)
class Decided:
    """Probabilities and labels of the items of a batch, one example after the other."""

    probabilities: Float[np.ndarray, "..."]
    labels: np.ndarray


def predictions_from(task: Task, items: Items, batches: Iterable[Scored]) -> Predictions:
    """Predictions of all items, from batches that hold every example once.

    An element beyond those that the network sees is not covered: it has even probabilities, is in no span, and a number
    of it is NaN.
    """
    probabilities, labels = _unseen(task, items)
    is_covered = np.ones(len(labels), bool) if isinstance(task, Select) else np.zeros(items.n_items, bool)
    for batch in batches:
        lengths = np.ones(len(batch.examples), np.int64) if batch.lengths is None else batch.lengths
        decided = decide(task, batch.scores, batch.lengths)
        rows = spread(items.offsets[batch.examples], lengths)
        probabilities[rows] = decided.probabilities
        if isinstance(task, Select):
            is_none = decided.labels == lengths
            labels[batch.examples] = np.where(is_none, items.lengths[batch.examples], decided.labels)
        else:
            labels[rows] = decided.labels
            is_covered[rows] = True
    return Predictions(items, probabilities, labels, None if is_covered.all() else like_labels(is_covered, labels))


@singledispatch
def decide(task: Task, scores: np.ndarray, lengths: Int[np.ndarray, " n_batch"] | None) -> Decided:  # noqa: ARG001 it is the signature of those below
    """What the scores of a batch say of its items."""
    raise TypeError(f"no decisions for a task of type {type(task).__name__}")


@decide.register
def _(_task: Multiclass, scores: np.ndarray, lengths: Int[np.ndarray, " n_batch"] | None) -> Decided:
    probabilities = _softmax(flatten(scores, lengths))
    return Decided(probabilities, probabilities.argmax(axis=1).astype(np.int32))


@decide.register
def _(_task: Bitvector, scores: np.ndarray, lengths: Int[np.ndarray, " n_batch"] | None) -> Decided:
    flat = flatten(scores, lengths)
    probabilities = np.exp(-np.logaddexp(0, -flat))
    return Decided(probabilities, (probabilities > 0.5).astype(np.int8))


@decide.register
def _(_task: Spans, scores: np.ndarray, lengths: Int[np.ndarray, " n_batch"] | None) -> Decided:
    assert lengths is not None
    logarithms = np.log(np.maximum(_softmax(scores.astype(np.float64)), 1e-30))
    return Decided(flatten(np.exp(logarithms), lengths), flatten(likeliest_tags(logarithms, lengths), lengths))


@decide.register
def _(_task: Select, scores: np.ndarray, lengths: Int[np.ndarray, " n_batch"] | None) -> Decided:
    assert lengths is not None
    probabilities = _softmax(scores.astype(np.float64))
    best = probabilities.argmax(axis=1)
    labels = np.where(best == 0, lengths, best - 1)
    return Decided(flatten(probabilities[:, 1:], lengths), labels.astype(np.int32))


@decide.register
def _(_task: Regression, scores: np.ndarray, lengths: Int[np.ndarray, " n_batch"] | None) -> Decided:
    values = flatten(scores, lengths)
    return Decided(values, values)


def likeliest_tags(
    logarithms: Float[np.ndarray, "n_batch longest n_tags"], lengths: Int[np.ndarray, " n_batch"]
) -> Int[np.ndarray, "n_batch longest"]:
    """The likeliest sequence of BIO tags in which every I goes on with a span of its class (Viterbi)."""
    n_batch, longest, n_tags = logarithms.shape
    rows = np.arange(n_batch)
    every_tag = np.broadcast_to(np.arange(n_tags, dtype=np.int32), (n_batch, n_tags))
    best = logarithms[:, 0].copy()
    best[:, 2::2] = -np.inf
    came_from = np.zeros((longest, n_batch, n_tags), np.int32)
    for place in range(1, longest):
        before = np.repeat(best.argmax(axis=1)[:, None], n_tags, axis=1)
        before[:, 2::2] = np.where(best[:, 2::2] >= best[:, 1::2], every_tag[:, 2::2], every_tag[:, 1::2])
        is_there = (place < lengths)[:, None]
        came_from[place] = np.where(is_there, before, every_tag)
        best = np.where(is_there, best[rows[:, None], before] + logarithms[:, place], best)
    tags = np.zeros((n_batch, longest), np.int32)
    tags[:, -1] = best.argmax(axis=1)
    for place in range(longest - 1, 0, -1):
        tags[:, place - 1] = came_from[place, rows, tags[:, place]]
    return tags


def _unseen(task: Task, items: Items) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and labels of items of which a network sees nothing."""
    match task:
        case Multiclass(classes=classes):
            return np.full((items.n_items, len(classes)), 1 / len(classes)), np.zeros(items.n_items, np.int32)
        case Bitvector(classes=classes):
            shape = (items.n_items, len(classes))
            return np.full(shape, 0.5), np.zeros(shape, np.int8)
        case Spans(classes=classes):
            outside = np.zeros((items.n_items, 1 + 2 * len(classes)))
            outside[:, 0] = 1.0
            return outside, np.zeros(items.n_items, np.int32)
        case Select():
            return np.zeros(items.n_items), items.lengths.astype(np.int32)
        case Regression():
            return np.zeros(items.n_items), np.full(items.n_items, np.nan)


def flatten(scores: np.ndarray, lengths: Int[np.ndarray, " n_batch"] | None) -> np.ndarray:
    """Padded (n_batch, longest, …) as one row an element; float64, so that probabilities sum to 1."""
    if lengths is not None:
        scores = scores[np.arange(scores.shape[1]) < lengths[:, None]]
    return scores.astype(np.float64) if np.issubdtype(scores.dtype, np.floating) else scores


def _softmax(scores: np.ndarray) -> np.ndarray:
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def like_labels(is_item: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What is said of items in the shape of their labels, which of a bitvector are several an item."""
    return np.broadcast_to(is_item.reshape(-1, *(1,) * (labels.ndim - 1)), labels.shape)
