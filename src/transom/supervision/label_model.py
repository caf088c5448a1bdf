"""The interface of every label model: votes in, probabilistic labels out."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from transom.errors import LabelModelError
from transom.supervision.matrix import ABSTAINED, LabelMatrix


@runtime_checkable
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


@runtime_checkable
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


def require_votes_fit(matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]) -> None:
    """Refuses a matrix and a prior that no label model can use.

    Raises:
        LabelModelError: a vote is not one of the classes or options of its row, or the prior is not one probability
            for each class.
    """
    limit = matrix.n_classes if matrix.n_options is None else matrix.n_options[:, None]
    if matrix.votes.size and (matrix.votes.min() < ABSTAINED or matrix.votes.max() >= np.min(limit)):
        rows, sources = np.nonzero((matrix.votes >= limit) | (matrix.votes < ABSTAINED))
        for row, source in zip(rows[:1], sources[:1], strict=True):
            raise LabelModelError(
                "T100",
                f"source {matrix.sources[source]!r} votes {matrix.votes[row, source]} in row {row}, which is none of "
                f"its classes. Votes count from 0; {ABSTAINED} abstains.",
            )
    if len(prior) != matrix.n_classes or not np.isclose(prior.sum(), 1.0) or (prior < 0).any():
        raise LabelModelError(
            "T101", f"the class prior {prior.tolist()!r} is not a probability for each of {matrix.n_classes} classes."
        )
