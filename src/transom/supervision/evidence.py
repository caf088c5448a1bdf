"""Everything that is known of one task before its votes are combined."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt64

from transom.data.items import Items
from transom.data.labels import Labels
from transom.schema.tasks import Task


@dataclass(frozen=True)
class Evidence:
    """Everything that is known of one task; `votes` are those of `sources`, `train` and `dev` are of examples.

    `keys` are what ties of each example are broken by; see `example_keys`. `order` is where examples stand whose
    neighbours share labels (`ordered_by` of the task), NaN where an example has no place. `extended` are the votes with
    those that near examples add, where there are any; the label model learns from the votes as they were cast unless
    `learns_from_extended`.
    """

    task: Task
    items: Items
    keys: UInt64[np.ndarray, " n_examples"]
    sources: tuple[str, ...]
    votes: tuple[Labels, ...]
    gold: Labels
    train: Bool[np.ndarray, " n_examples"]
    dev: Bool[np.ndarray, " n_examples"]
    order: Float[np.ndarray, " n_examples"] | None = None
    extended: tuple[Labels, ...] | None = None
    learns_from_extended: bool = False
