"""Items in a row: neighbours, such as tokens or the frames of a video, tend to be of the same class."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from transom.supervision import kernels
from transom.supervision.beliefs import Beliefs, believed_accuracies
from transom.supervision.exchangeable import FittedExchangeable, fit_options
from transom.supervision.inference import TINY, FittedWeights, posterior
from transom.supervision.label_model import require_votes_fit
from transom.supervision.matrix import LabelMatrix
from transom.supervision.moments import fit_moments, require_pairs_countable
from transom.supervision.neighbours import count_neighbours, next_rows
from transom.supervision.prior import Prior
from transom.supervision.statistics import count_votes

_MOST_COUPLED = 0.999


@dataclass(frozen=True)
class Chain:
    """Weighs sources as `triplets` does, and lets the rows of an example inform each other.

    A row keeps the class of the row before it with probability `coupling`, and else draws its class from the prior.
    Then the covariance of source i's vote on one row with source j's on the next is `coupling` times their covariance
    on the same row, whatever their accuracies: the ratio, by weighted least squares over all pairs, is the estimate.
    Posteriors of all rows come from one pass forwards and one backwards.

    Source: Fu et al. (2020), Fast and three-rious (FlyingSquid), sec. 4.3, couple neighbours by moments too; we
    estimate one coupling for all classes. Rabiner (1989), A tutorial on hidden Markov models, sec. III, the passes.

    Attributes:
        prior: the class prior.
        accuracy: the share of right votes that is believed of a source before any vote is seen, in (0, 1).
        beliefs: the same for single sources, by name.
        pseudo_counts: how many votes that belief is worth.
        shrinkage: how many more it is worth for each vote of a source that votes one class only.
    """

    prior: Prior = "dev"
    accuracy: float = field(default=0.8, metadata={"exclusiveMinimum": 0.0, "exclusiveMaximum": 1.0})
    beliefs: dict[str, float] = field(default_factory=dict)
    pseudo_counts: float = field(default=20.0, metadata={"exclusiveMinimum": 0.0})
    shrinkage: float = field(default=3.0, metadata={"minimum": 0.0})

    def fit(self, matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]) -> "FittedChain | FittedExchangeable":
        """What each vote tells, and how far rows tell of their neighbours.

        Members of sets are not the same classes from one example to the next, so they are not coupled.

        Raises:
            LabelModelError: a vote is no class of the matrix, a belief names no source or is not between 0 and 1, or
                there are too many sources and classes to count every pair.
        """
        require_votes_fit(matrix, prior)
        accuracies = believed_accuracies(matrix.sources, self.accuracy, self.beliefs)
        beliefs = Beliefs(accuracies, self.pseudo_counts, self.shrinkage)
        if matrix.n_options is not None:
            return fit_options(matrix, prior, beliefs)
        require_pairs_countable(matrix)
        return FittedChain(fit_moments(count_votes(matrix), prior, beliefs, copies=matrix.copies), coupling_of(matrix))


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
    """Covariance of different sources on neighbouring rows over that on the same row; 0 where nothing says so."""
    together, apart = count_neighbours(matrix)
    if together.n_rows == 0:
        return 0.0
    n_rows, means = together.n_rows, together.votes.reshape(-1) / together.n_rows
    chance = np.outer(means, means)
    same, lagged = together.together / n_rows - chance, apart / n_rows - chance
    variance = np.outer(means * (1 - means), means * (1 - means)) + same**2
    source = np.arange(len(means)) // matrix.n_classes
    precision = np.where(source[:, None] != source, 1 / np.maximum(variance, TINY), 0.0)
    evidence = (precision * same**2).sum()
    # a covariance that is pure chance is about variance / n_rows: evidence below one such pair says nothing
    return float(np.clip((precision * same * lagged).sum() / (evidence + 1 / n_rows), 0.0, _MOST_COUPLED))
