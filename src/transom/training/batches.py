"""Which examples are trained on together, and when: batches of like length, and the short ones first."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

POOL = 50
"""Examples of like length are looked for among so many batches: less padding, and still another mix every epoch."""

BEGINNING = 0.25
"""A curriculum begins with so much of the examples, the shortest, and has all of them after half of the epochs."""

Examples = Int[np.ndarray, " n_chosen"]


def batches(
    examples: Examples, lengths: Int[np.ndarray, " n_chosen"], size: int, *, random: np.random.Generator, buckets: bool
) -> Iterator[Int[np.ndarray, " n_batch"]]:
    """All examples in random order, `size` at a time; with `buckets` those of a batch are of like length."""
    order = random.permutation(len(examples))
    if buckets and (lengths != lengths[0]).any():
        pools = [order[start : start + POOL * size] for start in range(0, len(order), POOL * size)]
        order = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
        starts = random.permutation(np.arange(0, len(order), size))
    else:
        starts = np.arange(0, len(order), size)
    for start in starts.tolist():
        yield examples[order[start : start + size]]


def competent(examples: Examples, lengths: Int[np.ndarray, " n_chosen"], progress: float) -> Int[np.ndarray, " n_easy"]:
    """The shortest of the examples, as many as training is up to when `progress` of its epochs is done.

    Source: Platanios et al. (2019), arXiv 1903.09848, eq. 8 (square-root competence), with length as the difficulty;
    competence is full after half of the epochs.
    """
    share = min(1.0, np.sqrt(2 * progress * (1 - BEGINNING**2) + BEGINNING**2))
    kept = np.argsort(lengths, kind="stable")[: max(int(np.ceil(share * len(examples))), 1)]
    return examples[np.sort(kept)]
