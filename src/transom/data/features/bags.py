"""Bags: rows of weighted features, the one form in which every payload value reaches a model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int, Int32


@dataclass(frozen=True)
class Bags:
    """Row `r` has the features `ids[offsets[r]:offsets[r + 1]]` with the weights beside them."""

    offsets: Int[np.ndarray, " n_rows_plus_1"]
    ids: Int32[np.ndarray, " n_entries"]
    weights: Float32[np.ndarray, " n_entries"]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.offsets) - 1

    def take(self, rows: Int[np.ndarray, " n_taken"]) -> "Bags":
        """Some rows, in the order asked for."""
        starts = self.offsets[rows]
        lengths = self.offsets[rows + 1] - starts
        entries = spread(starts, lengths)
        return Bags(_from_zero(lengths), self.ids[entries], self.weights[entries])


def bags_of(
    rows: Int[np.ndarray, " n_entries"],
    ids: Int[np.ndarray, " n_entries"],
    weights: np.ndarray,
    n_rows: int,
) -> Bags:
    """Bags from entries in any order; the entries of a row keep theirs."""
    order = np.argsort(rows, kind="stable")
    lengths = np.bincount(rows, minlength=n_rows)
    return Bags(_from_zero(lengths), ids[order].astype(np.int32), weights[order].astype(np.float32))


def side_by_side(parts: Sequence[Bags], sizes: Sequence[int]) -> Bags:
    """Rows with the features of several parts; `sizes` says how many ids each part may use."""
    lengths = [np.diff(part.offsets) for part in parts]
    offsets = _from_zero(np.sum(lengths, axis=0))
    ids, weights = np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.float32)
    starts, first = offsets[:-1], 0
    for part, size, own in zip(parts, sizes, lengths, strict=True):
        places = spread(starts, own)
        ids[places], weights[places] = part.ids + np.int32(first), part.weights
        starts, first = starts + own, first + size
    return Bags(offsets, ids, weights)


def stacked(parts: Sequence[Bags]) -> Bags:
    """The rows of several bags, one after the other."""
    return Bags(
        _from_zero(np.concatenate([np.diff(part.offsets) for part in parts])),
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def spread(starts: Int[np.ndarray, " n_rows"], lengths: Int[np.ndarray, " n_rows"]) -> Int[np.ndarray, " n_entries"]:
    """The numbers from each start on, as many as its length says, one row after the other.

    >>> spread(np.array([7, 0]), np.array([2, 3])).tolist()
    [7, 8, 0, 1, 2]
    """
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths))


def _from_zero(lengths: Int[np.ndarray, " n_rows"]) -> Int[np.ndarray, " n_rows_plus_1"]:
    return np.concatenate([[0], np.cumsum(lengths)])
