"""Less padding: the examples of a batch in parts of like size, as all of a part cost what its largest does."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

from transom.data.features.payloads import NGRAMS, Features

PADDING = 1000
"""Features that would be added as padding to a part, at most: they cost about as much as another part does."""

AREA = 2500
"""Features of a part, padding among them, unless it is of one example: more take memory, and hardly less time."""


def parts_of(features: Features) -> Iterator[tuple[Int[np.ndarray, " n_part"], Features]]:
    """All examples, the smallest first: the numbers of those of each part, and their features."""
    sizes = np.zeros(features.n_examples, np.int64)
    for key, payload in features.payloads.items():
        if not key.endswith(NGRAMS):  # a sum of numbers each, next to what the network does with the first reading
            sizes += payload.n_features()
    order = np.argsort(sizes, kind="stable")
    cuts = _cuts(sizes[order].tolist())
    if not cuts:
        yield np.arange(features.n_examples), features
        return
    for examples in np.split(order, cuts):
        yield examples, features.take(examples)


def _cuts(ascending: list[int]) -> list[int]:
    """Where each part but the first begins."""
    cuts, start = [], 0
    for place in range(1, len(ascending)):
        n_before, size = place - start, ascending[place]
        if n_before * (size - ascending[place - 1]) > PADDING or (n_before + 1) * size > AREA:
            cuts.append(place)
            start = place
    return cuts
