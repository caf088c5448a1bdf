"""F1 scores from counts of what gold and predictions have in common."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from transom.data.items import Items
from transom.data.spans import spans_in
from transom.evaluation.intervals import Estimate, mean_of, ratio, sum_by_example


@dataclass(frozen=True)
class Counts:
    """How often each class is in gold, in the predictions and in both, by example.

    Examples that look alike share a row: `weights` says how many they are.
    """

    both: Int[np.ndarray, "n_patterns n_classes"]
    gold: Int[np.ndarray, "n_patterns n_classes"]
    predicted: Int[np.ndarray, "n_patterns n_classes"]
    weights: Int[np.ndarray, " n_patterns"]


def counts_of_classes(
    gold: Int[np.ndarray, " n_items"],
    predicted: Int[np.ndarray, " n_items"],
    examples: Int[np.ndarray, " n_items"],
    n_classes: int,
) -> Counts:
    """Counts of single-class items; with one item an example, a row is a cell of the confusion matrix."""
    identity = np.eye(n_classes, dtype=np.int64)
    if len(examples) == 0 or np.all(np.diff(examples) > 0):
        cells = np.bincount(gold * np.int64(n_classes) + predicted, minlength=n_classes**2)
        seen = np.flatnonzero(cells)
        is_gold, is_predicted = identity[seen // n_classes], identity[seen % n_classes]
        return Counts(is_gold * is_predicted, is_gold, is_predicted, cells[seen])
    return counts_of_bits(identity[gold], identity[predicted], examples)


def counts_of_bits(
    gold: Int[np.ndarray, "n_items n_classes"],
    predicted: Int[np.ndarray, "n_items n_classes"],
    examples: Int[np.ndarray, " n_items"],
) -> Counts:
    """Counts of items of which any number of classes hold, given as 0 and 1."""
    both, gold, predicted = (
        sum_by_example(part.astype(np.int64), examples) for part in (gold * predicted, gold, predicted)
    )
    return Counts(both, gold, predicted, np.ones(len(both), dtype=np.int64))


def counts_of_entities(
    items: Items,
    gold: Int[np.ndarray, " n_items"],
    predicted: Int[np.ndarray, " n_items"],
    keep: Bool[np.ndarray, " n_items"],
) -> Counts:
    """Entities of gold, of the predictions and of both, by example; the same span with the same class is the same."""
    in_gold, in_predictions = (spans_in(items, np.where(keep, tags, 0)) for tags in (gold, predicted))
    shared = np.isin(in_gold.keys(items.n_items), in_predictions.keys(items.n_items))
    both, truth, guess = (
        np.bincount(examples, minlength=items.n_examples)[:, None]
        for examples in (in_gold.examples[shared], in_gold.examples, in_predictions.examples)
    )
    return Counts(both, truth, guess, np.ones(items.n_examples, np.int64))


def pooled(counts: Counts) -> Counts:
    """All classes as one: what micro averages are made of."""
    both, gold, predicted = (part.sum(axis=1, keepdims=True) for part in (counts.both, counts.gold, counts.predicted))
    return Counts(both, gold, predicted, counts.weights)


def f1(counts: Counts, class_index: int = 0) -> Estimate | None:
    """F1 of one class; None where neither gold nor the predictions have it.

    F1 = 2J / (1 + J) rises with the share J = TP / (TP + FP + FN), so the limits of J's Wilson interval are mapped.
    Source: Lam, Gopal & Qian (2023), arXiv 2309.14621, section 2 (the indirect method with F*).
    """
    both = counts.both[:, class_index]
    either = counts.gold[:, class_index] + counts.predicted[:, class_index] - both
    overlap = ratio(both, either, counts.weights)
    if overlap is None:
        return None
    return Estimate(*(2 * share / (1 + share) for share in (overlap.value, overlap.low, overlap.high)))


def precision(counts: Counts, class_index: int = 0) -> Estimate | None:
    """The share of what is predicted that gold has too; None where nothing is predicted."""
    return ratio(counts.both[:, class_index], counts.predicted[:, class_index], counts.weights)


def recall(counts: Counts, class_index: int = 0) -> Estimate | None:
    """The share of what gold has that is predicted too; None where gold has nothing."""
    return ratio(counts.both[:, class_index], counts.gold[:, class_index], counts.weights)


def in_gold(counts: Counts) -> Int[np.ndarray, " n_present"]:
    """The classes that gold has at least once."""
    return np.flatnonzero(counts.weights @ counts.gold)


def macro_f1(counts: Counts) -> Estimate | None:
    """The mean F1 of the classes that gold has; None where it has none.

    The covariance of the classes' F1 is that of their influence functions (delta method):
    Takahashi et al. (2022), Appl. Intell. 52, section 3.2.
    """
    present = in_gold(counts)
    parts = [part for part in (f1(counts, int(c)) for c in present) if part is not None]
    if not parts:
        return None
    both, total = counts.both[:, present], (counts.gold + counts.predicted)[:, present]
    values = np.array([part.value for part in parts])
    influence = (2 * both - values * total) / (counts.weights @ total)
    return mean_of(parts, (influence * counts.weights[:, None]).T @ influence)
