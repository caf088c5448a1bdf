"""Whether votes are right more often than chance, as gold says: if not, one of the two means something else."""

import numpy as np
from jaxtyping import Float, Int

from transom.errors import Problem
from transom.supervision.matrix import LabelMatrix

_SURELY = 3.0  # deviations


def beyond_chance(matrix: LabelMatrix, truth: Int[np.ndarray, " n_rows"]) -> Float[np.ndarray, "n_rows n_sources"]:
    """1 for a vote that is right and 0 for a wrong one, less what it would be by chance; 0 where a source abstains.

    By chance a vote is right as often as its class occurs in `truth` (of the same bit), or any of the row's options.
    """
    is_vote = matrix.votes >= 0
    chosen = np.maximum(matrix.votes, 0)
    if matrix.n_options is not None:
        chance = np.broadcast_to(1 / np.maximum(matrix.n_options, 1)[:, None], chosen.shape)
    else:
        bits = np.zeros(len(truth), dtype=np.int64) if matrix.bits is None else np.asarray(matrix.bits)
        counts = np.zeros((int(bits.max(initial=0)) + 1, matrix.n_classes))
        np.add.at(counts, (bits, truth), 1)
        chance = counts[bits[:, None], chosen] / np.bincount(bits)[bits][:, None]
    return np.asarray(np.where(is_vote, (matrix.votes == truth[:, None]) - chance, 0.0))


def contradictions(
    matrix: LabelMatrix, truth: Int[np.ndarray, " n_rows"], examples: Int[np.ndarray, " n_rows"]
) -> tuple[Problem, ...]:
    """A warning where votes are surely right less often than chance, and no source surely more often.

    `examples` is the example of each row: rows of one example err together.
    """
    beyond = beyond_chance(matrix, truth)
    n_votes = int((matrix.votes >= 0).sum())
    if _deviations(beyond.sum(axis=1), examples) > -_SURELY:
        return ()
    if any(_deviations(of_source, examples) > _SURELY for of_source in beyond.T):
        return ()
    n_right = int((matrix.votes == truth[:, None]).sum())
    by_chance = (n_right - beyond.sum()) / n_votes
    message = (
        f"gold contradicts the sources: of their {n_votes} votes beside it {n_right / n_votes:.1%} are right, "
        f"by chance it would be {by_chance:.1%}. Look whether classes mean the same in both."
    )
    return (Problem("T244", message, severity="warning"),)


def _deviations(beyond: Float[np.ndarray, " n_rows"], examples: Int[np.ndarray, " n_rows"]) -> float:
    """How many standard deviations the sum is from 0."""
    sums = np.bincount(examples, weights=beyond)
    return float(sums.sum() / max(np.sqrt(sums @ sums), 1e-9))
