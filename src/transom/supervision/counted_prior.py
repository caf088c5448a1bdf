"""The class prior where no gold tells it: how common classes are among the votes, as far as these can say."""

import numpy as np
from jaxtyping import Float

from transom.data.ties import are_best
from transom.supervision.inference import one_sidedness, rows_for_passes
from transom.supervision.label_models.majority import FittedMajority
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import uniform_prior
from transom.supervision.statistics import has_vote


def prior_of_votes(matrix: LabelMatrix) -> Float[np.ndarray, " n_classes"]:
    """Shares of the classes that majorities decide on, as far as sources vote several classes; the rest is uniform.

    Ties are shared out, and each class is counted once more.
    A source that votes several classes tells by what it votes how common they are. One that votes a single class would
    say that there is no other: with such rules alone the prior is uniform. It is counted once, before accuracies are
    learned, and not learned with them, so that nothing can collapse; see ADR 0006.

    >>> from transom.testing.label_models import matrix_of
    >>> prior_of_votes(matrix_of(np.array([[0], [0]]), 2)).tolist()
    [0.5, 0.5]
    """
    uniform = uniform_prior(matrix.n_classes)
    counts, share = decided(matrix, uniform).sum(axis=0) + 1, _told_by_several(matrix, uniform)
    return np.asarray(share * (counts / counts.sum()) + (1 - share) * uniform)


def _told_by_several(matrix: LabelMatrix, uniform: Float[np.ndarray, " n_classes"]) -> float:
    """The share of the votes that are of sources that vote several classes, in [0, 1].

    Squared, as rules that seldom vote another class are rules.
    """
    n_votes = rows_for_passes(matrix, np.log(uniform)).n_votes
    several = (1 - one_sidedness(n_votes)) ** 2
    cast = n_votes.sum(axis=1)
    return float(several @ cast / cast.sum()) if cast.sum() > 0 else 0.0


def decided(matrix: LabelMatrix, uniform: Float[np.ndarray, " n_classes"]) -> Float[np.ndarray, "n_rows n_classes"]:
    """1 for the class that the majority of the votes of a row is for, ties shared out; rows without a vote have 0."""
    majority = FittedMajority(matrix.worth, uniform, np.full(len(matrix.sources), np.nan))
    is_best = are_best(majority.predict(matrix)) & has_vote(matrix)[:, None]
    return np.asarray(is_best / np.maximum(is_best.sum(axis=1, keepdims=True), 1))
