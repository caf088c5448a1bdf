"""What weighing sources is expected to be worth beside counting them, and whether it would only follow one source."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from transom.data.ties import are_best
from transom.errors import Problem
from transom.supervision.label_model import FittedLabelModel
from transom.supervision.matrix import LabelMatrix
from transom.supervision.statistics import patterns

_FLAWLESS = 0.95
"""The estimated accuracy of a source from which all agreement may be with that source, and not with the truth."""

_FEW_ROWS = 20
_NEARLY_ALL = 0.99

_PREMIUM = 0.03
"""The share of rows that counting may be expected to lose for an authority to be doubted."""


@dataclass(frozen=True)
class Outlook:
    """On what shares of the rows with votes both ways are right, if the probabilities of weighing hold.

    `authority` is the source that weighing follows wherever it departs from counting, if there is one and it is
    thought nearly flawless. That the others agree with it more than with each other has two explanations: it is
    right, or they look at what it looks at. Votes cannot tell these apart.
    """

    weighed: float
    counted: float
    authority: str | None = None

    @property
    def expected(self) -> str:
        """The two shares in words."""
        return f"expected to be right on {self.weighed:.1%} of the rows with votes, majority on {self.counted:.1%}"

    @property
    def is_cheap_to_doubt(self) -> bool:
        """Whether even counting costs little if the authority is right, while all are its mistakes if it is not."""
        return self.weighed - self.counted <= _PREMIUM

    @property
    def doubts(self) -> tuple[Problem, ...]:
        """A warning where one source explains the votes."""
        if self.authority is None:
            return ()
        message = (
            f"{self.authority!r} alone explains the votes: it is nearly always right, or the others look at what it "
            "looks at. Give gold labels on dev, 30 tell a lot, or a source of another kind."
        )
        return (Problem("T241", message, severity="warning"),)


def outlook(matrix: LabelMatrix, weighing: FittedLabelModel, counting: FittedLabelModel) -> Outlook:
    """What is expected of two label models on the rows of a matrix."""
    distinct = patterns(matrix)
    counts = distinct.counts * (distinct.matrix.votes >= 0).any(axis=1)
    probabilities, shares = weighing.predict(distinct.matrix), counting.predict(distinct.matrix)
    weighed, counted = (
        float(counts @ expected_hits(probabilities, decided) / max(counts.sum(), 1))
        for decided in (probabilities, shares)
    )
    labels = probabilities.argmax(axis=1)
    departs = counts * ~_is_sole_best(shares, labels)
    follows = (departs @ (distinct.matrix.votes == labels[:, None])) / max(departs.sum(), 1)
    is_authority = (follows >= _NEARLY_ALL) & (weighing.accuracies >= _FLAWLESS)
    if departs.sum() < _FEW_ROWS or np.count_nonzero(is_authority) != 1:
        return Outlook(weighed, counted)
    return Outlook(weighed, counted, matrix.sources[int(is_authority.argmax())])


def expected_hits(
    probabilities: Float[np.ndarray, "n_rows n_classes"], scores: Float[np.ndarray, "n_rows n_classes"]
) -> Float[np.ndarray, " n_rows"]:
    """The probability of the class with the highest score; of tied classes, their mean."""
    is_best = are_best(scores)
    return np.asarray((probabilities * is_best).sum(axis=1) / is_best.sum(axis=1))


def _is_sole_best(scores: Float[np.ndarray, "n_rows n_classes"], labels: np.ndarray) -> Bool[np.ndarray, " n_rows"]:
    is_best = are_best(scores)
    return np.asarray(is_best[np.arange(len(labels)), labels] & (is_best.sum(axis=1) == 1))
