"""Features as the arrays that an exported network is given: padded, each named after the key of its payload.

| array           | shape                              | holds                                                |
|-----------------|------------------------------------|------------------------------------------------------|
| PAYLOAD.ids     | (n_rows, n_features) int64         | the features of each row                             |
| PAYLOAD.weights | (n_rows, n_features) float32       | how much each counts, 0 on padding                   |
| PAYLOAD.index   | (n_examples[, n_elements]) int64   | the row of each element; `n_rows` on padding         |
| PAYLOAD.mask    | (n_examples, n_elements) bool      | what is no padding; of sequences and sets only       |
| PAYLOAD.ranges  | (n_examples, n_elements, 2) int64  | the stretch that each member points at, -1 for none  |

The key is the payload's name, and PAYLOAD.ngrams of n-grams that only a linear model reads, PAYLOAD.overlap of what
texts share, with the name of another payload behind it where that sees them. No axis is ever empty.
"""

import numpy as np
from jaxtyping import Int

from transom.data.features.bags import Bags
from transom.data.features.payloads import Features, PayloadFeatures


def inputs_of(features: Features) -> dict[str, np.ndarray]:
    """The arrays of all examples, as one batch."""
    return {
        f"{name}.{part}": array
        for name, payload in features.payloads.items()
        for part, array in _parts(payload).items()
    }


def padded(values: np.ndarray, lengths: Int[np.ndarray, " n_batch"], *, fill: int = 0) -> np.ndarray:
    """Rows of elements, one example after the other, as (n_batch, longest, ...)."""
    mask = element_mask(lengths)
    result = np.full((*mask.shape, *values.shape[1:]), fill, dtype=values.dtype)
    result[mask] = values
    return result


def element_mask(lengths: Int[np.ndarray, " n_batch"]) -> np.ndarray:
    """Which of (n_batch, longest) places hold an element; never less than one place, so that no axis is empty."""
    return np.arange(max(int(lengths.max(initial=0)), 1)) < lengths[:, None]


def _parts(payload: PayloadFeatures) -> dict[str, np.ndarray]:
    bags = payload.bags if payload.bags.n_rows else _one_empty_row()
    n_features = np.diff(bags.offsets)
    parts = {
        "ids": padded(bags.ids.astype(np.int64), n_features),
        "weights": padded(bags.weights, n_features),
        "index": payload.index.astype(np.int64),
    }
    if not payload.is_singleton:
        lengths = payload.items.lengths
        parts |= {"index": padded(parts["index"], lengths, fill=bags.n_rows), "mask": element_mask(lengths)}
    if payload.ranges is not None:
        parts["ranges"] = padded(payload.ranges.astype(np.int64), payload.items.lengths, fill=-1)
    return parts


def _one_empty_row() -> Bags:
    return Bags(np.zeros(2, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
