"""The label matrix: what every source votes on every item of one task."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from transom.data.items import Items

ABSTAINED = -1


@dataclass(frozen=True)
class LabelMatrix:
    """Votes of one task, (n_items, n_sources), in the smallest of int8, int16, int32; -1 = abstain.

    What a row and a class are depends on the task:

    * multiclass: a row an item, the classes of the schema;
    * bitvector: a row a (item, class) pair, item-major; class 0 = no, 1 = yes;
    * spans: a row a token; class 0 = O, 1 + c = inside a span of class c;
    * select: a row an example; class = member index, `n_options[row]` = number of members + 1, the last option
      being "none of them"; `n_classes` is the largest `n_options`.
    """

    votes: Int[np.ndarray, "n_rows n_sources"]
    sources: tuple[str, ...]
    n_classes: int
    items: Items
    n_options: Int[np.ndarray, " n_rows"] | None = None
