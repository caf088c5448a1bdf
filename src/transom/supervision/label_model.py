"""The interface of every label model: votes in, probabilistic labels out."""

from typing import Protocol

import numpy as np
from jaxtyping import Float

from transom.supervision.matrix import LabelMatrix


class FittedLabelModel(Protocol):
    """How far each source is to be trusted, learned from a label matrix."""

    @property
    def accuracies(self) -> Float[np.ndarray, " n_sources"]:
        """Estimated share of a source's votes that are right; NaN where it never voted or the model does not say."""
        ...

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """The probability of each class in each row; rows sum to 1, and a row without a vote gets the class prior.

        `matrix` has the sources and classes of the matrix that was fitted, in their order.
        """
        ...


class LabelModel(Protocol):
    """The settings of one way to weigh sources: a frozen dataclass, whose fields a project's model.yaml sets.

    A field `prior` of type `Prior`, where there is one, says which class prior `fit` is given.
    """

    def fit(self, matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]) -> FittedLabelModel:
        """A fitted model; nothing of the settings or of the arguments changes.

        Raises:
            LabelModelError: nothing can be learned from these votes.
        """
        ...
