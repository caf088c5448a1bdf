"""Options that differ from row to row, as the members of a set do: a source has one accuracy and no favourite class."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.supervision.inference import normalised
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import prior_of_rows
from transom.supervision.statistics import patterns


@dataclass(frozen=True)
class FittedExchangeable:
    """Sources that choose the right option with probability `smoothed`, and else any other of the row's.

    `accuracies` are the shares of right votes as seen, before they are smoothed by what is believed.
    """

    accuracies: Float[np.ndarray, " n_sources"]
    smoothed: Float[np.ndarray, " n_sources"]
    prior: Float[np.ndarray, " n_classes"]

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """The posterior probability of each option; rows sum to 1, an option that a row lacks has 0."""
        distinct = patterns(matrix)
        return np.asarray(option_posterior(distinct.matrix, self.smoothed, self.prior)[distinct.pattern_of])


def option_posterior(
    matrix: LabelMatrix, accuracies: Float[np.ndarray, " n_sources"], prior: Float[np.ndarray, " n_classes"]
) -> Float[np.ndarray, "n_rows n_classes"]:
    """The probability of each option of each row, errors being spread evenly over the options that are wrong."""
    row_prior = prior_of_rows(matrix, prior)
    scores = np.log(row_prior, out=np.full(row_prior.shape, -np.inf), where=row_prior > 0)
    n_wrong = np.maximum((row_prior > 0).sum(axis=1) - 1, 1)
    for source, accuracy in enumerate(accuracies):
        rows = np.flatnonzero(matrix.votes[:, source] >= 0)
        scores[rows, matrix.votes[rows, source]] += np.log(accuracy / (1 - accuracy) * n_wrong[rows])
    return normalised(scores)
