"""Whether votes are right more often than chance, as gold says: if not, one of the two means something else."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

from transom.errors import Problem
from transom.supervision.matrix import LabelMatrix

_SURELY = 3.0  # deviations


def beyond_chance(matrix: LabelMatrix, truth: Int[np.ndarray, " n_rows"]) -> Iterator[Float[np.ndarray, " n_rows"]]:
    """Of each source: 1 for a vote that is right and 0 for a wrong one, less what it would be by chance; 0 for none.

    By chance a vote is right as often as its class occurs in `truth` (of the same bit), or any of the row's options.
    One source after the other: with much gold a number for every vote would take more memory than all else.
    """
    bits = np.zeros(len(truth), dtype=np.int64) if matrix.bits is None else np.asarray(matrix.bits)
    counts = np.zeros((int(bits.max(initial=0)) + 1, matrix.n_classes))
    np.add.at(counts, (bits, truth), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for votes in matrix.votes.T:
        chance = shares[bits, votes] if matrix.n_options is None else 1 / np.maximum(matrix.n_options, 1)
        yield np.asarray(np.where(votes >= 0, (votes == truth) - chance, 0.0))


def contradictions(
    matrix: LabelMatrix, truth: Int[np.ndarray, " n_rows"], examples: Int[np.ndarray, " n_rows"]
) -> tuple[Problem, ...]:
    """A warning where votes are surely right less often than chance, and no source surely more often.

    `examples` is the example of each row: rows of one example err together.
    """
    beyond = np.zeros(len(truth))
    for of_source in beyond_chance(matrix, truth):
        if _deviations(of_source, examples) > _SURELY:
            return ()
        beyond += of_source
    if _deviations(beyond, examples) > -_SURELY:
        return ()
    n_votes = int((matrix.votes >= 0).sum())
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
