"""Statistics of votes that arrive in batches: counted apart, joined, kept in files, and made into a label model."""

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float, Int

from transom.data.items import one_each
from transom.errors import LabelModelError
from transom.supervision.dependencies import copies_in
from transom.supervision.inference import FittedWeights
from transom.supervision.label_model import require_votes_fit
from transom.supervision.label_models.triplets import Triplets
from transom.supervision.matrix import LabelMatrix
from transom.supervision.moments import fit_moments, require_pairs_countable
from transom.supervision.prior import uniform_prior
from transom.supervision.statistics import VoteCounts, count_votes

_DAMAGES = (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, BadZipFile, zlib.error)
"""What NumPy and zipfile raise where a file is no archive, is cut off, or has a byte changed."""

_ROUNDING = 1e-6
"""How far below 0 counts may be that decayed before others were taken out."""


@dataclass(frozen=True)
class VoteStatistics:
    """In how many rows each pair of votes met: all that the closed-form label model has to know.

    Counts of batches, shards or machines add up to exactly the counts of all their rows, in any order. An old batch is
    taken out of a window with `-`, and `decayed` lets old rows count less. Votes themselves need not be kept.

    >>> votes = np.array([[0, 0, -1], [1, 1, 1], [0, -1, 0]])  # a row an item, a column a source, -1 = abstains
    >>> monday = VoteStatistics.of(votes, sources=("ann", "bob", "eve"), n_classes=2)
    >>> week = monday + monday.decayed(0.5)
    >>> week.n_rows
    4.5
    >>> week.fit().predict(votes).argmax(axis=1)
    array([0, 1, 0])
    """

    sources: tuple[str, ...]
    counts: VoteCounts

    @classmethod
    def of(
        cls, votes: Int[np.ndarray, "n_rows n_sources"], *, sources: tuple[str, ...], n_classes: int
    ) -> "VoteStatistics":
        """Those of some votes.

        Raises:
            LabelModelError: a vote is no class, or there are too many sources and classes to count every pair.
        """
        matrix = _matrix(votes, sources, n_classes)
        require_pairs_countable(matrix)
        return cls(sources, count_votes(matrix))

    @property
    def n_rows(self) -> int | float:
        """How many rows were counted, less than that where they have decayed."""
        return self.counts.n_rows

    def __add__(self, other: "VoteStatistics") -> "VoteStatistics":
        self._require_alike(other)
        return replace(self, counts=self.counts + other.counts)

    def __sub__(self, other: "VoteStatistics") -> "VoteStatistics":
        self._require_alike(other)
        rest = self.counts + other.counts.scaled(-1)
        if min(rest.n_rows, rest.together.min(initial=0)) < -_ROUNDING:
            raise LabelModelError("T115", "more votes would be taken out than were counted. Take out what was added.")
        return replace(self, counts=rest)

    def decayed(self, factor: int | float) -> "VoteStatistics":
        """The same, each row counting `factor` times as much, from 0 to 1."""
        if not 0 <= factor <= 1:
            raise LabelModelError("T115", f"rows cannot decay by {factor!r}. Give a factor from 0 to 1.")
        return replace(self, counts=self.counts.scaled(factor))

    def fit(self, prior: Float[np.ndarray, " n_classes"] | None = None) -> "VoteModel":
        """The label model `triplets` with its defaults, copies discounted; `prior` is uniform if not given."""
        shares = uniform_prior(self.counts.n_classes) if prior is None else prior
        require_votes_fit(_matrix(self._no_votes, self.sources, self.counts.n_classes), shares)
        beliefs = Triplets().beliefs_about(self.sources)
        copies = copies_in(self.counts, shares)
        return VoteModel(self.sources, fit_moments(self.counts, shares, beliefs, copies=copies))

    def save(self, path: Path | str) -> None:
        """Writes a NumPy archive (.npz) without any code in it."""
        with Path(path).open("wb") as file:
            np.savez_compressed(
                file,
                sources=np.array(self.sources, dtype=np.str_),
                together=self.counts.together,
                n_rows=np.array(self.n_rows),
                n_classes=np.array(self.counts.n_classes),
            )

    @classmethod
    def load(cls, path: Path | str) -> "VoteStatistics":
        """What `save` wrote.

        Raises:
            LabelModelError: the file is not there, or holds something else.
        """
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as held:
                counts = VoteCounts(held["together"], held["n_rows"].item(), int(held["n_classes"]))
                sources = tuple(held["sources"].tolist())
        except _DAMAGES as error:
            raise LabelModelError("T116", f"{str(path)!r} holds no vote statistics ({error}).") from error
        n_votes = len(sources) * counts.n_classes
        if counts.together.shape != (n_votes, n_votes):
            raise LabelModelError("T116", f"{str(path)!r} holds no vote statistics (its parts do not fit together).")
        return cls(sources, counts)

    @property
    def _no_votes(self) -> Int[np.ndarray, "0 n_sources"]:
        return np.empty((0, len(self.sources)), np.int8)

    def _require_alike(self, other: "VoteStatistics") -> None:
        if (self.sources, self.counts.n_classes) != (other.sources, other.counts.n_classes):
            mine, theirs = (f"{list(each.sources)} on {each.counts.n_classes} classes" for each in (self, other))
            raise LabelModelError("T115", f"statistics of {mine} and of {theirs} do not add up. Count them alike.")


@dataclass(frozen=True)
class VoteModel:
    """What each vote of each source tells, ready to weigh votes."""

    sources: tuple[str, ...]
    weights: FittedWeights

    @property
    def accuracies(self) -> Float[np.ndarray, " n_sources"]:
        """The share of each source's votes that are right; NaN where it never voted."""
        return self.weights.accuracies

    def predict(self, votes: Int[np.ndarray, "n_rows n_sources"]) -> Float[np.ndarray, "n_rows n_classes"]:
        """The probability of each class in each row; rows sum to 1, one without a vote gets the prior.

        Raises:
            LabelModelError: a vote is no class.
        """
        return self.weights.predict(_matrix(votes, self.sources, len(self.weights.prior)))


def _matrix(votes: Int[np.ndarray, "n_rows n_sources"], sources: tuple[str, ...], n_classes: int) -> LabelMatrix:
    if n_classes < 1:
        raise LabelModelError("T115", f"nothing can be voted of {n_classes!r} classes. Give one or more.")
    if votes.shape[1] != len(sources):
        raise LabelModelError("T115", f"votes have {votes.shape[1]} columns for {len(sources)} sources.")
    matrix = LabelMatrix(votes, sources, n_classes, one_each(len(votes)))
    require_votes_fit(matrix, uniform_prior(n_classes))
    return matrix
