"""Predictions: what a label model, a baseline or a network says of every item of a task."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from transom.data.items import Items, from_lengths


@dataclass(frozen=True)
class Predictions:
    """Probabilities, shaped as in `Targets`, and the labels decided from them, shaped as in `Labels`.

    `covered` is False where nothing voted and the label was drawn at random; None where every item is covered.
    """

    items: Items
    probabilities: Float[np.ndarray, "..."]
    labels: np.ndarray
    covered: np.ndarray | None = None


def joined(parts: Sequence[Predictions]) -> Predictions:
    """The predictions of examples that stand in several parts, of which there is at least one, in order."""
    covered = [np.ones_like(part.labels, bool) if part.covered is None else part.covered for part in parts]
    return Predictions(
        from_lengths(np.concatenate([part.items.lengths for part in parts])),
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.labels for part in parts]),
        None if all(part.covered is None for part in parts) else np.concatenate(covered),
    )


def mixed(predictions: Predictions, others: Predictions, chosen: Bool[np.ndarray, " n_examples"]) -> Predictions:
    """The predictions of a task that has a label an item, for the chosen examples the others; both cover the same."""
    items = predictions.items.of(chosen)
    return Predictions(
        predictions.items,
        _mixed(predictions.probabilities, others.probabilities, items),
        _mixed(predictions.labels, others.labels, items),
        predictions.covered,
    )


def _mixed(values: np.ndarray, others: np.ndarray, chosen: Bool[np.ndarray, " n_rows"]) -> np.ndarray:
    return np.where(chosen.reshape(-1, *[1] * (values.ndim - 1)), others, values)
