"""Predictions: what a label model, a baseline or a network says of every item of a task."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.data.items import Items


@dataclass(frozen=True)
class Predictions:
    """Probabilities, shaped as in `Targets`, and the labels decided from them, shaped as in `Labels`.

    `covered` is False where nothing voted and the label was drawn at random; None where every item is covered.
    """

    items: Items
    probabilities: Float[np.ndarray, "..."]
    labels: np.ndarray
    covered: np.ndarray | None = None
