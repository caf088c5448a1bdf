"""Half the probability for what is said without one source, where votes cannot tell whether that source is right."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from transom.supervision.label_model import FittedLabelModel
from transom.supervision.matrix import ABSTAINED, LabelMatrix
from transom.supervision.statistics import cast_votes, patterns, share_right


@dataclass(frozen=True)
class Hedged:
    """The mean of a label model and of another, which does not hear `source` (its column).

    Source: Bayesian model averaging (Hoeting et al., 1999, Statist. Sci. 14(4), eq. 1) over two explanations that are
    as likely as each other: the source is right, or it is what others look at, and says nothing of its own.
    """

    model: FittedLabelModel
    others: FittedLabelModel
    source: int
    accuracies: Float[np.ndarray, " n_sources"]

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """The mean probability of each class; rows sum to 1."""
        return _mean(self.model, self.others, matrix, self.source)


def hedged(model: FittedLabelModel, others: FittedLabelModel, matrix: LabelMatrix, source: int) -> Hedged:
    """The mean of both; `accuracies` are the mean probabilities of the votes that each source casts in the matrix."""
    distinct = patterns(matrix)
    probabilities = _mean(model, others, distinct.matrix, source)
    cast, n_sources = cast_votes(distinct.matrix), len(matrix.sources)
    counts = cast.parts * distinct.counts[cast.rows]
    n_votes = np.bincount(cast.sources, weights=counts, minlength=n_sources)
    n_right = np.bincount(cast.sources, weights=counts * probabilities[cast.rows, cast.classes], minlength=n_sources)
    return Hedged(model, others, source, share_right(n_right, n_votes))


def without(matrix: LabelMatrix, source: int) -> LabelMatrix:
    """The matrix as it would be if a source (its column) had abstained everywhere."""
    votes = matrix.votes.copy()
    votes[:, source] = ABSTAINED
    if matrix.soft is None:
        return replace(matrix, votes=votes)
    soft = matrix.soft.tocoo()
    kept = soft.col // matrix.n_classes != source
    parts = (soft.data[kept], (soft.row[kept], soft.col[kept]))
    return replace(matrix, votes=votes, soft=type(matrix.soft)(parts, shape=soft.shape))


def _mean(
    model: FittedLabelModel, others: FittedLabelModel, matrix: LabelMatrix, source: int
) -> Float[np.ndarray, "n_rows n_classes"]:
    return np.asarray((model.predict(matrix) + others.predict(without(matrix, source))) / 2)
