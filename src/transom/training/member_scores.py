"""The scores of sets and of "none of them" beside what gold chose: one row an example, as a softmax sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from transom.data.decisions import Scored
from transom.data.labels import NO_LABEL, Labels
from transom.model.elements import HIDDEN


@dataclass(frozen=True)
class MemberScores:
    """Scores of none, then of the members, `HIDDEN` where an example has no more; `chosen` is the column of gold.

    That is `NO_LABEL` without gold, and where gold is a member beyond those that the network sees.
    """

    scores: Float[np.ndarray, "n_chosen n_scores"]
    chosen: Int[np.ndarray, " n_chosen"]


def member_scores(batches: Sequence[Scored], gold: Labels) -> MemberScores:
    """The rows of all batches, one after the other; there is a column of members even where no example has one.

    >>> from transom.data.items import from_lengths
    >>> batch = Scored(np.array([0, 1]), np.array([[0.0, 2.0, 3.0], [0.0, 1.0, HIDDEN]]), np.array([2, 1]))
    >>> member_scores([batch], Labels(from_lengths(np.array([3, 1])), np.array([3, 0]))).chosen.tolist()
    [0, 1]
    """
    n_scores = max(2, *(batch.scores.shape[1] for batch in batches))
    rows = [_widened(batch.scores.astype(np.float64), n_scores) for batch in batches]
    return MemberScores(np.concatenate(rows), np.concatenate([_chosen(batch, gold) for batch in batches]))


def _widened(scores: Float[np.ndarray, "n_batch n_own"], n_scores: int) -> Float[np.ndarray, "n_batch n_scores"]:
    return np.pad(scores, ((0, 0), (0, n_scores - scores.shape[1])), constant_values=HIDDEN)


def _chosen(batch: Scored, gold: Labels) -> Int[np.ndarray, " n_batch"]:
    """Gold is a member's number, or that of members for none, of all that a record has."""
    assert batch.lengths is not None
    labels = gold.values[batch.examples].astype(np.int64)
    is_none = labels == gold.items.lengths[batch.examples]
    is_seen = (labels != NO_LABEL) & (labels < batch.lengths)
    return np.where(is_none, 0, np.where(is_seen, labels + 1, NO_LABEL))
