"""Items in a row: neighbours, such as tokens or the frames of a video, tend to be of the same class."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.supervision import kernels
from transom.supervision.exchangeable import FittedExchangeable
from transom.supervision.inference import TINY, FittedWeights, posterior
from transom.supervision.matrix import LabelMatrix
from transom.supervision.moment_settings import MomentSettings
from transom.supervision.neighbours import count_neighbours, next_rows

_MOST_COUPLED = 0.999


@dataclass(frozen=True)
class Chain(MomentSettings):
    """Weighs sources as `triplets` does, and lets the rows of an example inform each other.

    A row keeps the class of the row before it with probability `coupling`, and else draws its class from the prior.
    Then the covariance of source i's vote on one row with source j's on the next is `coupling` times their covariance
    on the same row, whatever their accuracies: the ratio, by weighted least squares over all pairs, is the estimate.
    Posteriors of all rows come from one pass forwards and one backwards.

    Source: Fu et al. (2020), Fast and three-rious (FlyingSquid), sec. 4.3, couple neighbours by moments too; we
    estimate one coupling for all classes. Rabiner (1989), A tutorial on hidden Markov models, sec. III, the passes.
    """

    def fit(self, matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]) -> "FittedChain | FittedExchangeable":
        """What each vote tells, and how far rows tell of their neighbours.

        Members of sets are not the same classes from one example to the next, so they are not coupled.

        Raises:
            LabelModelError: see `MomentSettings.weigh`.
        """
        votes = self.weigh(matrix, prior)
        return FittedChain(votes, coupling_of(matrix)) if isinstance(votes, FittedWeights) else votes


@dataclass(frozen=True)
class FittedChain:
    """Weights of votes, and the probability that a row has the class of the row before it by more than chance."""

    votes: FittedWeights
    coupling: float

    @property
    def accuracies(self) -> Float[np.ndarray, " n_sources"]:
        """The share of each source's votes that are right."""
        return self.votes.accuracies

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """The probability of each class given the votes on the whole example; rows sum to 1."""
        likelihoods = posterior(matrix, self.votes.weights, np.zeros(matrix.n_classes))
        return kernels.smoothed(likelihoods, next_rows(matrix), self.votes.prior, self.coupling)


def coupling_of(matrix: LabelMatrix) -> float:
    """Covariance of different sources on neighbouring rows over that on the same row; 0 where nothing says so.

    Pairs that copy each other are left out.
    """
    together, apart = count_neighbours(matrix)
    if together.n_rows == 0:
        return 0.0
    n_rows, means = together.n_rows, together.votes.reshape(-1) / together.n_rows
    chance = np.outer(means, means)
    same, lagged = together.together / n_rows - chance, apart / n_rows - chance
    variance = np.outer(means * (1 - means), means * (1 - means)) + same**2
    source = np.arange(len(means)) // matrix.n_classes
    may_pair = source[:, None] != source
    if matrix.copies is not None:  # those agree on a row by more than its class, and on the next one by the class alone
        may_pair = matrix.copies.strangers[np.ix_(source, source)]
    precision = np.where(may_pair, 1 / np.maximum(variance, TINY), 0.0)
    evidence = (precision * same**2).sum()
    # a covariance that is pure chance is about variance / n_rows: evidence below one such pair says nothing
    return float(np.clip((precision * same * lagged).sum() / (evidence + 1 / n_rows), 0.0, _MOST_COUPLED))
