"""Options that differ from row to row, as members of a set do, or are many: a source has one accuracy for all."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.supervision.beliefs import Beliefs
from transom.supervision.inference import normalised
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import prior_of_rows
from transom.supervision.statistics import cast_votes, patterns

_SWEEPS = 1000
_SETTLED = 1e-9
_LEAST_SHARE = 1e-3


@dataclass(frozen=True)
class FittedExchangeable:
    """Sources that choose the right option with probability `smoothed`, and else any other of the row's.

    `accuracies` are the shares of right votes as seen, before they are smoothed by what is believed.
    """

    accuracies: Float[np.ndarray, " n_sources"]
    smoothed: Float[np.ndarray, " n_sources"]
    prior: Float[np.ndarray, " n_classes"]
    worth: Float[np.ndarray, " n_sources"]

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """The posterior probability of each option; rows sum to 1, an option that a row lacks has 0."""
        distinct = patterns(matrix)
        posterior = option_posterior(distinct.matrix, self.smoothed, self.prior, worth=self.worth)
        return np.asarray(posterior[distinct.pattern_of])


def option_posterior(
    matrix: LabelMatrix,
    accuracies: Float[np.ndarray, " n_sources"],
    prior: Float[np.ndarray, " n_classes"],
    *,
    worth: Float[np.ndarray, " n_sources"],
) -> Float[np.ndarray, "n_rows n_classes"]:
    """The probability of each option of each row, errors being spread evenly over the options that are wrong.

    A vote of a source counts as so many independent ones as it is `worth`.
    """
    row_prior = np.broadcast_to(prior_of_rows(matrix, prior), (len(matrix.votes), matrix.n_classes))
    scores = np.log(row_prior, out=np.full(row_prior.shape, -np.inf), where=row_prior > 0)
    n_wrong = np.maximum((row_prior > 0).sum(axis=1) - 1, 1)
    cast = cast_votes(matrix)
    odds = (accuracies / (1 - accuracies))[cast.sources] * n_wrong[cast.rows]
    np.add.at(scores, (cast.rows, cast.classes), cast.parts * worth[cast.sources] * np.log(odds))
    return normalised(scores)


def fit_options(matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"], beliefs: Beliefs) -> FittedExchangeable:
    """Accuracies `a` under which pairs of sources agree as often as they do, where options differ from row to row.

    Two sources agree if both are right, or both wrong in the same way: `a_i a_j + (1 - a_i) (1 - a_j) c`, where `c` is
    the chance of the same mistake. Given the others, this is linear in each `a_i`; all go half the way to their best
    value at once, so that no order of them matters. Soft votes are compared by their most probable options.
    """
    meets, agreement, mistake = _agreements(matrix)
    strangers = 1.0 if matrix.copies is None else matrix.copies.strangers
    precision, strength = 4 * meets * strangers, 4 * beliefs.pseudo_counts  # the variance of a share is at most 1/4
    a = beliefs.accuracies
    for _ in range(_SWEEPS):
        slope = a - (1 - a) * mistake
        excess = agreement - (1 - a) * mistake
        weighted = precision * slope
        best = ((weighted * excess).sum(axis=1) + strength * beliefs.accuracies) / (
            (weighted * slope).sum(axis=1) + strength
        )
        before, a = a, np.clip((a + best) / 2, _LEAST_SHARE, 1 - _LEAST_SHARE)
        if np.abs(a - before).max(initial=0.0) < _SETTLED:
            break
    cast = cast_votes(matrix)
    voted = np.bincount(cast.sources, cast.parts, len(matrix.sources)) > 0
    return FittedExchangeable(np.where(voted, a, np.nan), a, prior, matrix.worth)


def _agreements(matrix: LabelMatrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n_sources, n_sources): rows on which two vote, the share on which they agree, and mean chance of one mistake."""
    n_sources = len(matrix.sources)
    meets, agrees, mistake = (np.zeros((n_sources, n_sources)) for _ in range(3))
    n_wrong = np.maximum(np.asarray(matrix.n_options) - 1, 1)
    for i in range(n_sources):
        for j in range(i):
            both = (matrix.votes[:, i] >= 0) & (matrix.votes[:, j] >= 0)
            if both.any():
                meets[i, j] = meets[j, i] = both.sum()
                agrees[i, j] = agrees[j, i] = (matrix.votes[both, i] == matrix.votes[both, j]).mean()
                mistake[i, j] = mistake[j, i] = (1 / n_wrong[both]).mean()
    return meets, agrees, mistake
