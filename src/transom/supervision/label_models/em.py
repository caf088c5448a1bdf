"""Expectation maximisation: sources and classes explain each other until they agree."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from transom.errors import LabelModelError, did_you_mean
from transom.supervision.inference import LargeRows, SparseRows, normalised, posterior, rows_for_passes
from transom.supervision.label_model import require_votes_fit
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import Prior, prior_of_rows
from transom.supervision.statistics import Patterns, patterns

_TINY = 1e-12
_SETTLED = 1e-5


@dataclass(frozen=True)
class Em:
    """Weighs each source by what its votes say of each class, learned from agreement alone.

    A source's vote `v` on a row of class `y` has a log-likelihood `weights[source, v, y]`; an abstention says nothing.
    Which likelihood can be learned depends on the source:

    * One that votes several classes is described by P(v | y, it votes), as Dawid and Skene do.
    * One that votes a single class is always "right" in that description, and learns nothing. What tells is how often
      it fires in each class, P(it votes v | y), which the class prior makes identifiable.
    * In between, the two log-likelihoods are mixed by `1 <= exp(entropy of the classes it votes) <= 2`.

    The class prior is never learned: together with abstentions it collapses onto one class.

    Source: Dawid & Skene (1979), Appl. Statist. 28(1), eq. 2.3 and 2.4, as a maximum a posteriori estimate. We differ
    in the second description; beliefs enter as votes: `pseudo_counts` for each source, and for one-sided sources
    `shrinkage` more for each vote, since few of their votes meet another source that could correct them.

    Attributes:
        prior: the class prior.
        accuracy: the share of right votes that is believed of a source before any vote is seen, in (0, 1).
        beliefs: the same for single sources, by name.
        pseudo_counts: how many votes that belief is worth.
        shrinkage: how many more it is worth for each vote of a source that votes one class only.
        max_iterations: an upper limit; the fit ends when no log-likelihood moves by more than 1e-5.
    """

    prior: Prior = "dev"
    accuracy: float = field(default=0.8, metadata={"exclusiveMinimum": 0.0, "exclusiveMaximum": 1.0})
    beliefs: dict[str, float] = field(default_factory=dict)
    pseudo_counts: float = field(default=20.0, metadata={"exclusiveMinimum": 0.0})
    shrinkage: float = field(default=3.0, metadata={"minimum": 0.0})
    max_iterations: int = field(default=200, metadata={"minimum": 1})

    def fit(self, matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]) -> "FittedEm | FittedExchangeableEm":
        """What each vote of each source tells.

        Raises:
            LabelModelError: a vote is no class of the matrix, or a belief names no source or is not between 0 and 1.
        """
        require_votes_fit(matrix, prior)
        prior = np.maximum(prior, _TINY)
        beliefs = self._beliefs(matrix.sources)
        if matrix.n_options is not None:
            return _fit_exchangeable(self, patterns(matrix), prior, beliefs)
        return _fit_classes(self, rows_for_passes(matrix, np.log(prior)), prior, beliefs)

    def _beliefs(self, sources: tuple[str, ...]) -> Float[np.ndarray, " n_sources"]:
        for source, belief in self.beliefs.items():
            if source not in sources:
                raise LabelModelError(
                    "T102", f"beliefs: {source!r} is no source of this task.{did_you_mean(source, sources)}"
                )
            if not 0 < belief < 1:
                raise LabelModelError("T102", f"beliefs: {source}: {belief!r} is not between 0 and 1.")
        return np.array([self.beliefs.get(source, self.accuracy) for source in sources], dtype=np.float64)


@dataclass(frozen=True)
class FittedEm:
    """Log-likelihood of each source's vote in each class; `accuracies` is the expected share of right votes."""

    weights: Float[np.ndarray, "n_sources n_classes n_classes"]
    prior: Float[np.ndarray, " n_classes"]
    accuracies: Float[np.ndarray, " n_sources"]

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """The posterior probability of each class; rows sum to 1, a row without a vote gets the prior."""
        return posterior(matrix, self.weights, np.log(self.prior))


@dataclass(frozen=True)
class FittedExchangeableEm:
    """Accuracies of sources that choose among options which differ from row to row."""

    accuracies: Float[np.ndarray, " n_sources"]
    smoothed: Float[np.ndarray, " n_sources"]
    prior: Float[np.ndarray, " n_classes"]

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """The posterior probability of each option; rows sum to 1, an option that a row lacks has 0."""
        distinct = patterns(matrix)
        return np.asarray(_exchangeable_posterior(distinct.matrix, self.smoothed, self.prior)[distinct.pattern_of])


def _fit_classes(
    settings: Em,
    rows: LargeRows | SparseRows,
    prior: Float[np.ndarray, " n_classes"],
    beliefs: Float[np.ndarray, " n_sources"],
) -> FittedEm:
    n_votes = rows.n_votes
    believed = _believed(settings, prior, beliefs, n_votes)
    weights = _weights(believed, n_votes[:, :, None] * believed.precision, prior)
    for _ in range(settings.max_iterations):
        expected, of_class = rows.expectation(weights)
        before, weights = weights, _weights(believed, expected, of_class)
        if np.abs(weights - before).max(initial=0.0) < _SETTLED:
            break
    right = np.einsum("jvv->j", rows.expectation(weights)[0])
    return FittedEm(weights, prior, _share(right, n_votes.sum(axis=1)))


@dataclass(frozen=True)
class _Believed:
    """Beliefs as counts of votes: entry `[source, v, y]` is of votes `v` on rows of class `y`."""

    precision: Float[np.ndarray, "n_sources n_classes n_classes"]
    fires: Float[np.ndarray, "n_sources n_classes n_classes"]
    names: Float[np.ndarray, "n_sources n_classes n_classes"]
    rows: Float[np.ndarray, " n_classes"]
    n_votes: Float[np.ndarray, "n_sources n_classes"]
    one_sided: Float[np.ndarray, " n_sources"]


def _believed(
    settings: Em,
    prior: Float[np.ndarray, " n_classes"],
    beliefs: Float[np.ndarray, " n_sources"],
    n_votes: Float[np.ndarray, "n_sources n_classes"],
) -> _Believed:
    """Beliefs about sources that voted so often.

    A source either knows the class, or says so by chance: that share is such that it is right as often as believed if
    classes are equally common. So a vote for a rare class is not taken to be as surely right as one for a common class,
    but no vote ever speaks against its class.
    """
    chance = 1 / len(prior)
    is_right = np.eye(len(prior))
    above_chance = ((beliefs - chance) / max(1 - chance, _TINY))[:, None, None]
    precision = above_chance * is_right + (1 - above_chance) * prior
    confusion = above_chance * is_right + (1 - above_chance) * chance
    strength = settings.pseudo_counts + settings.shrinkage * n_votes[:, :, None]
    return _Believed(
        precision=precision,
        fires=strength * precision,
        names=settings.pseudo_counts * confusion,
        rows=settings.pseudo_counts * prior,
        n_votes=n_votes,
        one_sided=_one_sidedness(n_votes),
    )


def _weights(
    believed: _Believed,
    expected: Float[np.ndarray, "n_sources n_classes n_classes"],
    rows: Float[np.ndarray, " n_classes"],
) -> Float[np.ndarray, "n_sources n_classes n_classes"]:
    """Log-likelihoods from the expected votes `[source, v, y]` and the expected rows of each class."""
    n_votes = believed.n_votes[:, :, None]
    fires = expected + believed.fires
    fires *= n_votes / fires.sum(axis=2, keepdims=True)
    names = expected + believed.names
    names /= names.sum(axis=1, keepdims=True)
    one_sided = believed.one_sided[:, None, None]
    mixed = one_sided * _log(fires / (rows + believed.rows)) + (1 - one_sided) * _log(names)
    return np.asarray(np.where(n_votes > 0, mixed, 0.0))


def _one_sidedness(n_votes: Float[np.ndarray, "n_sources n_classes"]) -> Float[np.ndarray, " n_sources"]:
    """1 for a source that votes one class only, 0 for one whose votes are as varied as two classes in equal parts."""
    shares = n_votes / np.maximum(n_votes.sum(axis=1, keepdims=True), 1)
    entropy = -(shares * _log(shares)).sum(axis=1)
    return np.asarray(np.clip(2 - np.exp(entropy), 0.0, 1.0))


def _fit_exchangeable(
    settings: Em, voted: Patterns, prior: Float[np.ndarray, " n_classes"], beliefs: Float[np.ndarray, " n_sources"]
) -> FittedExchangeableEm:
    """One accuracy a source, errors evenly spread: options that differ from row to row are no classes to learn of."""
    is_vote = voted.matrix.votes >= 0
    rows, sources = np.nonzero(is_vote)
    options = voted.matrix.votes[rows, sources]
    n_votes = voted.counts @ is_vote
    smoothed, right = beliefs, beliefs * n_votes
    for _ in range(settings.max_iterations):
        probabilities = _exchangeable_posterior(voted.matrix, smoothed, prior)
        hits = probabilities[rows, options] * voted.counts[rows]
        right = np.bincount(sources, weights=hits, minlength=len(beliefs))
        before, smoothed = smoothed, (right + settings.pseudo_counts * beliefs) / (n_votes + settings.pseudo_counts)
        if np.abs(smoothed - before).max(initial=0.0) < _SETTLED:
            break
    return FittedExchangeableEm(_share(right, n_votes), smoothed, prior)


def _exchangeable_posterior(
    matrix: LabelMatrix, accuracies: Float[np.ndarray, " n_sources"], prior: Float[np.ndarray, " n_classes"]
) -> Float[np.ndarray, "n_rows n_classes"]:
    row_prior = prior_of_rows(matrix, prior)
    scores = np.log(row_prior, out=np.full(row_prior.shape, -np.inf), where=row_prior > 0)
    n_wrong = np.maximum((row_prior > 0).sum(axis=1) - 1, 1)
    for source, accuracy in enumerate(accuracies):
        rows = np.flatnonzero(matrix.votes[:, source] >= 0)
        scores[rows, matrix.votes[rows, source]] += np.log(accuracy / (1 - accuracy) * n_wrong[rows])
    return normalised(scores)


def _log(values: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return np.asarray(np.log(np.maximum(values, _TINY)))


def _share(right: Float[np.ndarray, " n_sources"], n_votes: np.ndarray) -> Float[np.ndarray, " n_sources"]:
    return np.asarray(np.divide(right, n_votes, out=np.full(len(n_votes), np.nan), where=n_votes > 0))
