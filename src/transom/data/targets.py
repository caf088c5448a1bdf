"""Targets: probabilistic labels, which a network learns from."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.data.items import Items


@dataclass(frozen=True)
class Targets:
    """What one task's head is trained towards; a weight of 0 masks an item that has no label.

    | task       | probabilities                                    | weights       |
    |------------|--------------------------------------------------|---------------|
    | multiclass | (n_items, n_classes), rows sum to 1              | (n_items,)    |
    | bitvector  | (n_items, n_bits), each in [0, 1]                | (n_items,)    |
    | spans      | (n_items, 1 + 2 n_classes) BIO, rows sum to 1    | (n_items,)    |
    | select     | (n_members,), an example's sum to at most 1      | (n_examples,) |
    | regression | (n_items,) the value itself                      | (n_items,)    |
    """

    items: Items
    probabilities: Float[np.ndarray, "..."]
    weights: Float[np.ndarray, " n_weighted"]
