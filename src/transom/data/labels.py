"""Labels: what one voice says of each item of a task, as an array whose shape follows the task's type.

| task       | values                                                                                  |
|------------|-----------------------------------------------------------------------------------------|
| multiclass | (n_items,) int32 class index, -1 = no label                                              |
| bitvector  | (n_items, n_bits) int8 0 or 1, -1 = no label                                             |
| spans      | (n_items,) int32 BIO tag: 0 = O, 1 + 2c = B of class c, 2 + 2c = I of class c, -1 = none |
| select     | (n_examples,) int32 member index, the number of members = none of them, -1 = no label    |
| regression | (n_items,) float64, NaN = no label                                                       |
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.data.items import Items

NO_LABEL = -1


@dataclass(frozen=True)
class Labels:
    """Labels of one task, aligned with its items (see the table above).

    Where some were given as probabilities, `values` are the most probable ones, no label where several are equally
    probable; `probabilities` are all of them: (n_items, n_classes), for select (n_examples, the most members + 1) with
    0 beyond the options of an example; 1 for a label that was given without, NaN where there is no label.
    """

    items: Items
    values: np.ndarray
    probabilities: Float[np.ndarray, "n_labeled n_options"] | None = None


def begin_tag(class_index: int) -> int:
    """The BIO tag of the first token of a span."""
    return 1 + 2 * class_index


def inside_tag(class_index: int) -> int:
    """The BIO tag of a later token of a span."""
    return 2 + 2 * class_index
