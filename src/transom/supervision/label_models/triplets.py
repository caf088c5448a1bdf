"""The closed form: how good sources are shows in how often each pair of them votes together, counted once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.supervision.exchangeable import FittedExchangeable
from transom.supervision.inference import FittedWeights
from transom.supervision.matrix import LabelMatrix
from transom.supervision.moment_settings import MomentSettings


@dataclass(frozen=True)
class Triplets(MomentSettings):
    """Weighs sources by the covariance of their votes, which counts of pairs give: one pass over the rows.

    See `fit_moments`, which fits the same from counts alone, for what is done and how it differs from FlyingSquid.
    """

    def fit(self, matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]) -> FittedWeights | FittedExchangeable:
        """What each vote of each source tells.

        Raises:
            LabelModelError: see `MomentSettings.weigh`.
        """
        return self.weigh(matrix, prior)
