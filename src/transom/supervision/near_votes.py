"""What a source that abstains on a row says of the rows near to it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from transom.supervision.matrix import ABSTAINED
from transom.supervision.nearest import Neighbours

NEVER = 1.0
"""No similarity exceeds it."""

ENOUGH_ALONE, ENOUGH_BESIDE = 0.25, 0.5
"""The share of the near rows, by similarity, that has to agree on a vote before it is passed on.

A row on which no source votes has nothing else; one on which some do needs better evidence that this one should have.
"""

_BLOCK = 1 << 14


@dataclass(frozen=True)
class Thresholds:
    """The cosine similarity that a row must exceed to count as near, for each source; at 1 none does.

    `alone` is for rows on which no source votes, `beside` for rows on which another one does.
    """

    alone: Float[np.ndarray, " n_sources"]
    beside: Float[np.ndarray, " n_sources"]


def shared(alone: float, beside: float, n_sources: int) -> Thresholds:
    """The same thresholds for all sources."""
    return Thresholds(np.full(n_sources, alone), np.full(n_sources, beside))


def with_near_votes(
    votes: Int[np.ndarray, "n_rows n_sources"],
    rows: Int[np.ndarray, " n_extended"],
    near: Neighbours,
    thresholds: Thresholds,
) -> Int[np.ndarray, "n_extended n_sources"]:
    """The votes on some rows, abstentions filled where enough near rows agree; `near` are the neighbours of `rows`.

    Near rows vote with their similarity as weight, and those on which the source abstains count against all votes.
    """
    extended = np.asarray(votes[rows])
    is_alone = (extended < 0).all(axis=1)
    for part, limits, enough in (
        (np.flatnonzero(is_alone), thresholds.alone, ENOUGH_ALONE),
        (np.flatnonzero(~is_alone), thresholds.beside, ENOUGH_BESIDE),
    ):
        for source in np.flatnonzero(limits < NEVER):
            abstains = part[extended[part, source] < 0]
            for start in range(0, len(abstains), _BLOCK):
                block = abstains[start : start + _BLOCK]
                is_near = near.similarities[block] > max(limits[source], 0.0)
                found = np.where(is_near, votes[near.rows[block], source], ABSTAINED)
                extended[block, source] = _agreed(found, np.where(is_near, near.similarities[block], 0.0), enough)
    return extended


def _agreed(
    found: Int[np.ndarray, "n_rows n_neighbours"], weights: Float32[np.ndarray, "n_rows n_neighbours"], enough: float
) -> Int[np.ndarray, " n_rows"]:
    """The vote with the most weight of each row, of equal ones that of the nearest; none where that is not enough."""
    agreed = np.full(len(found), ABSTAINED, dtype=found.dtype)
    voted = np.flatnonzero((found >= 0).any(axis=1))
    found, weights = found[voted], weights[voted]
    is_same: Bool[np.ndarray, "n_rows n_neighbours n_neighbours"] = found[:, :, None] == found[:, None, :]
    support = np.where(found >= 0, np.einsum("rab,rb->ra", is_same, weights), -1.0)
    own = np.arange(len(voted))
    best = support.argmax(axis=1)
    is_enough = support[own, best] >= enough * weights.sum(axis=1)
    agreed[voted[is_enough]] = found[own, best][is_enough]
    return agreed
