"""How near is near enough: thresholds chosen on dev gold, one for all sources unless dev is sure about one of them."""

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.data.ties import NEARLY_EQUAL
from transom.supervision.label_model import FittedLabelModel
from transom.supervision.matrix import ABSTAINED, LabelMatrix
from transom.supervision.near_votes import NEVER, Thresholds, shared, with_near_votes
from transom.supervision.nearest import Neighbours
from transom.supervision.outlook import expected_hits
from transom.supervision.statistics import rows_of

_CANDIDATES = 12
_LUCK = 0.05  # the probability that anything that only seems to help is taken up

Limits = Float[np.ndarray, " n_sources"]


@dataclass(frozen=True)
class DevRows:
    """Rows of a label matrix with gold: their class, the example of each, their neighbours, and who weighs the votes.

    `model` was fitted on the votes as they are.
    """

    matrix: LabelMatrix
    rows: Int[np.ndarray, " n_rows"]
    truth: Int[np.ndarray, " n_rows"]
    examples: Int[np.ndarray, " n_rows"]
    near: Neighbours
    model: FittedLabelModel

    def having(self, chosen: Bool[np.ndarray, " n_rows"]) -> "DevRows":
        """Some of the rows."""
        near = Neighbours(self.near.rows[chosen], self.near.similarities[chosen])
        return replace(
            self, rows=self.rows[chosen], truth=self.truth[chosen], examples=self.examples[chosen], near=near
        )

    def votes(self, thresholds: Thresholds) -> Int[np.ndarray, "n_rows n_sources"]:
        """The votes on these rows, extended."""
        return with_near_votes(self.matrix.votes, self.rows, self.near, thresholds)

    def hits(self, thresholds: Thresholds) -> Float[np.ndarray, " n_rows"]:
        """The probability that each row's label is right after extension."""
        extended = replace(rows_of(self.matrix, self.rows), votes=self.votes(thresholds))
        return hits(self.model, extended, self.truth)


def hits(
    model: FittedLabelModel, matrix: LabelMatrix, truth: Int[np.ndarray, " n_rows"]
) -> Float[np.ndarray, " n_rows"]:
    """The probability that each row's label is right; a tie, and a row without votes, is decided at random."""
    is_covered = (matrix.votes != ABSTAINED).any(axis=1, keepdims=True)
    scores = np.where(is_covered, model.predict(matrix), 0.0)
    return expected_hits(np.eye(matrix.n_classes)[truth], scores)


def choose_thresholds(dev: DevRows) -> Thresholds:
    """The thresholds under which most labels of dev rows are right.

    Rows on which no source votes get the threshold that dev likes best. Rows with votes stay as they are unless dev
    shows with 95 % certainty that more votes help them; and a source keeps the threshold that all share unless dev
    shows with 95 % certainty that what it adds between there and a higher one is right less often than by chance. The
    more that is tried, the more it takes to be certain (Bonferroni).

    Source: Chen et al. (2020), arXiv 2006.15168, sec. 3.2. There each source has a threshold of its own; tuned freely
    on some hundred rows, these fit dev and nothing else.
    """
    is_alone = (dev.matrix.votes[dev.rows] == ABSTAINED).all(axis=1)
    return Thresholds(
        alone=_limits(dev.having(is_alone), must_be_sure=False),
        beside=_limits(dev.having(~is_alone), must_be_sure=True),
    )


def _limits(dev: DevRows, *, must_be_sure: bool) -> Limits:
    """Thresholds for rows that all are alone, or all are not."""
    n_sources = len(dev.matrix.sources)
    candidates = _candidates(dev)
    usual = dev.hits(shared(NEVER, NEVER, n_sources))
    needed = _errors_needed(len(candidates)) if must_be_sure else 0.0
    best, most = NEVER, 0.0
    for candidate in candidates:
        gain = _by_example(dev, dev.hits(shared(candidate, candidate, n_sources)) - usual)
        if gain.sum() > most + NEARLY_EQUAL and gain.sum() > needed * np.sqrt(gain @ gain):
            best, most = candidate, gain.sum()
    return _raised(dev, np.full(n_sources, best), [NEVER, *candidates[candidates > best]])


def _raised(dev: DevRows, limits: Limits, candidates: list[float]) -> Limits:
    """The limits, higher for sources whose votes between there and a candidate are surely worse than chance."""
    if (limits == NEVER).all():
        return limits
    raised, most = limits.copy(), np.zeros(len(limits))
    usual = _worth(dev, limits)
    needed = _errors_needed(len(candidates) * len(limits))
    for candidate in candidates:
        gain = _by_example(dev, _worth(dev, np.full(len(limits), candidate)) - usual)
        total = gain.sum(axis=0)
        is_better = (total > most + NEARLY_EQUAL) & (total > needed * np.sqrt((gain**2).sum(axis=0)))
        raised[is_better], most[is_better] = candidate, total[is_better]
    return raised


def _errors_needed(n_tried: int) -> float:
    """How many standard errors above 0 the best of several gains is luck once in 20 times, at most."""
    return NormalDist().inv_cdf(1 - _LUCK / max(n_tried, 1))


def _worth(dev: DevRows, limits: Limits) -> Float[np.ndarray, "n_rows n_sources"]:
    """What each added vote is worth: whether it is right, less the share that would be right by chance."""
    votes = dev.votes(Thresholds(limits, limits))
    is_added = (votes != ABSTAINED) & (dev.matrix.votes[dev.rows] == ABSTAINED)
    return np.where(is_added, (votes == dev.truth[:, None]) - 1 / dev.matrix.n_classes, 0.0)


def _candidates(dev: DevRows) -> Float[np.ndarray, " n_candidates"]:
    """Falling thresholds, each of which is the first to give some more rows a neighbour."""
    nearest = dev.near.similarities[:, 0].astype(np.float64)
    if not (nearest > 0).any():
        return np.zeros(0)
    limits = np.unique(np.quantile(nearest[nearest > 0], np.linspace(0, 1, _CANDIDATES)))[::-1]
    return np.asarray(np.maximum(limits - 1e-5, 0.0))


def _by_example(dev: DevRows, values: np.ndarray) -> np.ndarray:
    """Sums over the rows of each example, which depend on each other."""
    _, place = np.unique(dev.examples, return_inverse=True)
    sums = np.zeros((int(place.max(initial=-1)) + 1, *values.shape[1:]))
    np.add.at(sums, place, values)
    return sums
