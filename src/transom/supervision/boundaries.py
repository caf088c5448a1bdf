"""Where one span ends and the next of the same class begins: only sources that found both can say."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from transom.data.items import Items
from transom.data.labels import NO_LABEL, Labels
from transom.data.predictions import Predictions


def split_runs(predictions: Predictions, votes: Sequence[Labels]) -> Predictions:
    """Spans with a run of one class split where most sources that vote the class on both sides begin a new span.

    Label models see in which class a token is, not where its span began, so a run of one class comes as one span. A
    source that votes on one side only says nothing of the boundary: it may have missed the other part.
    """
    shares = _begin_shares(predictions.items, votes, n_classes=predictions.probabilities.shape[1] // 2)
    probabilities = predictions.probabilities.copy()
    moved = probabilities[:, 2::2] * shares
    probabilities[:, 2::2] -= moved
    probabilities[:, 1::2] += moved
    labels = predictions.labels
    goes_on = np.flatnonzero((labels > 0) & (labels % 2 == 0))
    splits = goes_on[shares[goes_on, labels[goes_on] // 2 - 1] > 0.5]
    labels = labels.copy()
    labels[splits] -= 1
    return replace(predictions, probabilities=probabilities, labels=labels)


def _begin_shares(items: Items, votes: Sequence[Labels], *, n_classes: int) -> Float[np.ndarray, "n_items n_classes"]:
    """Of the sources with a class on a token and the one before it, the share that begins a new span there."""
    begins, both = np.zeros((2, items.n_items, n_classes))
    has_before = np.ones(items.n_items, dtype=bool)
    has_before[items.offsets[:-1][items.lengths > 0]] = False
    for labels in votes:
        classes = np.where(labels.values == NO_LABEL, -1, (labels.values + 1) // 2 - 1)
        tokens = np.flatnonzero(has_before & (classes >= 0) & (classes == np.roll(classes, 1)))
        both[tokens, classes[tokens]] += 1
        begins[tokens, classes[tokens]] += labels.values[tokens] % 2
    return np.asarray(np.divide(begins, both, out=np.zeros_like(begins), where=both > 0))
