"""Ties broken at random, yet the same way in every run, order and batch of the examples."""

import hashlib
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int, UInt64

from transom.data.items import Items

NEARLY_EQUAL = 1e-9
"""Scores nearer than this are tied: sums of the same terms in another order differ by rounding."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def are_best(scores: Float[np.ndarray, "n_rows n_classes"]) -> Bool[np.ndarray, "n_rows n_classes"]:
    """The class with the highest score of each row, and those tied with it; none where a score is NaN."""
    return np.asarray(scores >= scores.max(axis=1, keepdims=True) - NEARLY_EQUAL)


def item_keys(ids: Sequence[str], items: Items, seed: int) -> UInt64[np.ndarray, " n_items"]:
    """A random-looking key of each item, from nothing but its example's id, its place there and the seed."""
    return spread_keys(example_keys(ids, seed), items)


def example_keys(ids: Sequence[str], seed: int) -> UInt64[np.ndarray, " n_examples"]:
    """A random-looking number for each example, from nothing but its id and the seed."""
    salt = seed.to_bytes(16, "little", signed=True)
    digests = b"".join(hashlib.blake2b(name.encode(), digest_size=8, key=salt).digest() for name in ids)
    return np.frombuffer(digests, dtype=np.uint64)


def spread_keys(keys: UInt64[np.ndarray, " n_examples"], items: Items) -> UInt64[np.ndarray, " n_items"]:
    """A key of each item, from its example's key and its place there."""
    element = np.arange(items.n_items, dtype=np.int64) - np.repeat(items.offsets[:-1], items.lengths)
    return _mixed(np.repeat(keys, items.lengths) + element.astype(np.uint64) * _GOLDEN)


def argmax_at_random(
    scores: Float[np.ndarray, "n_items n_classes"], keys: UInt64[np.ndarray, " n_items"]
) -> Int[np.ndarray, " n_items"]:
    """The class with the highest score of each item; among tied classes one at random, drawn by the item's key.

    >>> argmax_at_random(np.array([[0.2, 0.8]]), np.array([7], dtype=np.uint64))
    array([1])
    """
    best = scores.argmax(axis=1)
    is_tied = scores >= np.take_along_axis(scores, best[:, None], axis=1) - NEARLY_EQUAL
    rows = np.flatnonzero(is_tied @ np.ones(scores.shape[1]) > 1)
    if len(rows):
        classes = np.arange(1, scores.shape[1] + 1, dtype=np.uint64) * _GOLDEN
        draws = _mixed(keys[rows, None] ^ classes)
        best[rows] = np.where(is_tied[rows], draws, 0).argmax(axis=1)
    return np.asarray(best)


def _mixed(keys: UInt64[np.ndarray, "..."]) -> UInt64[np.ndarray, "..."]:
    """Keys whose every bit depends on every bit of the given ones.

    Source: Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators, the mixer of SplitMix64.
    """
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(keys ^ (keys >> np.uint64(31)))
