"""The baseline `majority_class`: what is most frequent in train, said of everything."""

from functools import singledispatch

import numpy as np
from jaxtyping import Bool, Float

from transom.data.predictions import Predictions
from transom.data.targets import Targets
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task


@singledispatch
def majority_class(task: Task, targets: Targets, train: Bool[np.ndarray, " n_examples"]) -> Predictions:  # noqa: ARG001 it is the signature of those below
    """What is most frequent among the targets of the train examples, predicted for every item.

    Bits are judged one by one, spans by BIO tag, members by their place in the set; a number is the weighted mean.
    Probabilities are the shares in train.

    >>> from transom.data.items import one_each
    >>> targets = Targets(one_each(3), np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]]), np.ones(3))
    >>> majority_class(Multiclass("label", ("HAM", "SPAM")), targets, np.ones(3, bool)).labels
    array([0, 0, 0], dtype=int32)
    """
    raise TypeError(f"no majority class for a task of type {type(task).__name__}")


@majority_class.register(Multiclass)
@majority_class.register(Spans)
def _(_task: Multiclass | Spans, targets: Targets, train: Bool[np.ndarray, " n_examples"]) -> Predictions:
    shares = _mean(targets, train)
    n_items = targets.items.n_items
    return Predictions(targets.items, np.tile(shares, (n_items, 1)), np.full(n_items, shares.argmax(), np.int32))


@majority_class.register
def _(_task: Bitvector, targets: Targets, train: Bool[np.ndarray, " n_examples"]) -> Predictions:
    probabilities = np.tile(_mean(targets, train), (targets.items.n_items, 1))
    return Predictions(targets.items, probabilities, (probabilities > 0.5).astype(np.int8))


@majority_class.register
def _(_task: Regression, targets: Targets, train: Bool[np.ndarray, " n_examples"]) -> Predictions:
    values = np.full(targets.items.n_items, _mean(targets, train))
    return Predictions(targets.items, values, values)


@majority_class.register
def _(_task: Select, targets: Targets, train: Bool[np.ndarray, " n_examples"]) -> Predictions:
    items, weights = targets.items, targets.weights * train
    places = np.arange(items.n_items) - np.repeat(items.offsets[:-1], items.lengths)
    of_member = targets.probabilities * np.repeat(weights, items.lengths)
    of_place = np.bincount(places, weights=of_member, minlength=1)
    of_none = max(1e-12, float(weights.sum() - of_member.sum()))  # never 0, so that an empty set has an answer
    so_far = np.cumsum(of_place)
    mass = of_none + np.where(items.lengths > 0, so_far[items.lengths - 1], 0.0)
    best_so_far = np.array([of_place[: place + 1].argmax() for place in range(len(of_place))])[items.lengths - 1]
    is_member = (items.lengths > 0) & (of_place[best_so_far] > of_none)
    labels = np.where(is_member, best_so_far, items.lengths).astype(np.int32)
    return Predictions(items, of_place[places] / np.repeat(mass, items.lengths), labels)


def _mean(targets: Targets, train: Bool[np.ndarray, " n_examples"]) -> Float[np.ndarray, "..."]:
    """The weighted mean of the train items' targets; of all items alike where none has a weight; 0 without items."""
    if targets.items.n_items == 0:
        return np.zeros(targets.probabilities.shape[1:])
    weights = targets.weights * targets.items.of(train)
    if not weights.any():
        weights = np.ones_like(weights)
    return np.asarray(np.average(targets.probabilities, axis=0, weights=weights))
