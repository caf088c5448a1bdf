"""The settings of label models that know votes by counts of pairs, and the fit that these models share."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from transom.supervision.beliefs import Beliefs, believed_accuracies
from transom.supervision.exchangeable import FittedExchangeable, fit_options
from transom.supervision.inference import FittedWeights
from transom.supervision.label_model import require_votes_fit
from transom.supervision.matrix import LabelMatrix
from transom.supervision.moments import fit_moments, require_pairs_countable
from transom.supervision.prior import Prior
from transom.supervision.statistics import count_votes


@dataclass(frozen=True)
class MomentSettings:
    """What is believed of sources before any vote is seen.

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

    def beliefs_about(self, sources: tuple[str, ...]) -> Beliefs:
        """The beliefs about these sources.

        Raises:
            LabelModelError: a belief names none of them, or is not between 0 and 1.
        """
        accuracies = believed_accuracies(sources, self.accuracy, self.beliefs)
        return Beliefs(accuracies, self.pseudo_counts, self.shrinkage)

    def weigh(self, matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]) -> FittedWeights | FittedExchangeable:
        """What each vote of each source tells, from one count of all pairs; see `fit_moments` and `fit_options`.

        Raises:
            LabelModelError: a vote is no class of the matrix, a belief names no source or is not between 0 and 1, or
                there are too many sources and classes to count every pair.
        """
        require_votes_fit(matrix, prior)
        beliefs = self.beliefs_about(matrix.sources)
        if matrix.n_options is not None:
            return fit_options(matrix, prior, beliefs)
        require_pairs_countable(matrix)
        return fit_moments(count_votes(matrix), prior, beliefs, copies=matrix.copies)
