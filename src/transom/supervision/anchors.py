"""Rows whose class is known, which tell of sources beside the rows whose class has to be guessed."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from transom.supervision.inference import Passes, Weights
from transom.supervision.matrix import LabelMatrix
from transom.supervision.statistics import cast_votes, one_hot

WORTH = 3.0
"""How many guessed rows a known one counts for.

If sources were what label models take them for, 1 would be best. They are not: on real projects more is better, 3 as
good as 10, while on planted votes 3 costs nothing and 10 does.
"""


@dataclass(frozen=True)
class Anchors:
    """Votes on rows whose class is known: `truth` counts classes, or of a select task options, from 0."""

    matrix: LabelMatrix
    truth: Int[np.ndarray, " n_rows"]

    @property
    def votes(self) -> Weights:
        """Votes `[source, vote, class]` on them, each counted `WORTH` times."""
        certain = np.eye(self.matrix.n_classes)[self.truth]
        counted = np.asarray(one_hot(self.matrix).T @ certain)
        return WORTH * counted.reshape(-1, self.matrix.n_classes, self.matrix.n_classes)

    @property
    def rows(self) -> Float[np.ndarray, " n_classes"]:
        """Rows of each class, counted likewise."""
        return WORTH * np.bincount(self.truth, minlength=self.matrix.n_classes)

    @property
    def n_cast(self) -> Float[np.ndarray, "2 n_sources"]:
        """How often each source votes on them, and how often rightly, counted likewise."""
        cast, n_sources = cast_votes(self.matrix), len(self.matrix.sources)
        is_right = cast.classes == self.truth[cast.rows]
        every, right = (np.bincount(cast.sources, cast.parts * each, n_sources) for each in (1.0, is_right))
        return WORTH * np.stack([every, right])


@dataclass(frozen=True)
class AnchoredRows:
    """Rows of which some always have the class that they are known to have: `votes` and `rows` count those."""

    guessed: Passes
    votes: Weights
    rows: Float[np.ndarray, "*bits n_classes"]

    @property
    def n_votes(self) -> Float[np.ndarray, "*bits n_sources n_classes"]:
        """How often each source votes each class."""
        return np.asarray(self.guessed.n_votes + self.votes.sum(axis=-1))

    def expectation(self, weights: Weights) -> tuple[Weights, Float[np.ndarray, "*bits n_classes"]]:
        """Those of the rows whose class is guessed, and of the others what is known."""
        votes, rows = self.guessed.expectation(weights)
        return votes + self.votes, rows + self.rows
