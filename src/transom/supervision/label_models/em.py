"""Expectation maximisation: sources and classes explain each other until they agree."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from jaxtyping import Float

from transom.supervision.anchors import AnchoredRows, Anchors
from transom.supervision.beliefs import believed_accuracies, believed_precision
from transom.supervision.exchangeable import FittedExchangeable, option_posterior
from transom.supervision.inference import (
    TINY,
    FittedWeights,
    Passes,
    Weights,
    floored_log,
    one_sidedness,
    rows_for_passes,
)
from transom.supervision.label_model import require_votes_fit
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import Prior, uniform_prior
from transom.supervision.statistics import cast_votes, patterns, share_right

SETTLED = 1e-5

_MANY = 200
"""With more classes a source has one accuracy: most pairs of vote and class are never seen, and looking at all of them
takes minutes, with 400 classes, ten sources and 20,000 rows five instead of a quarter of one with 600."""


@dataclass(frozen=True)
class Em:
    """Weighs each source by what its votes say of each class, learned from agreement alone.

    A source's vote `v` on a row of class `y` has a log-likelihood `weights[source, v, y]`; an abstention says nothing.
    Which likelihood can be learned depends on the source:

    * One that votes several classes is described by P(v | y, it votes), as Dawid and Skene do.
    * One that votes a single class is always "right" in that description, and learns nothing. What tells is how often
      it fires in each class, P(it votes v | y), which the class prior makes identifiable.
    * In between, the two log-likelihoods are mixed by how one-sided it is.
    * Where there are more than 200 classes, or options differ from row to row, a source has one accuracy.

    The class prior is never learned: together with abstentions it collapses onto one class. A soft vote counts as votes
    of its weights, in what is learned of its source and in what it tells.

    Rows whose class is known, where there are some, take part with their class; see `Anchors`. One that is among the
    rows of the matrix, too, as gold on train may be, is guessed there beside it, and so counts once more.

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

    def fit(
        self, matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"], *, anchors: Anchors | None = None
    ) -> FittedWeights | FittedExchangeable:
        """What each vote of each source tells, on the rows of the matrix and on some whose class is known.

        Raises:
            LabelModelError: a vote is no class of the matrix, or a belief names no source or is not between 0 and 1.
        """
        require_votes_fit(matrix, prior)
        prior = np.maximum(prior, TINY)
        beliefs = believed_accuracies(matrix.sources, self.accuracy, self.beliefs)
        if not tells_classes_apart(matrix):
            return _fit_exchangeable(self, matrix, prior, beliefs=beliefs, anchors=anchors)
        guessed = rows_for_passes(matrix, np.log(prior))
        rows = guessed if anchors is None else AnchoredRows(guessed, anchors.votes, anchors.rows)
        believed = believed_votes(self, prior, beliefs, rows.n_votes)
        prior = np.exp(guessed.log_prior)
        begin = believed.n_votes[..., None] * believed.precision, prior
        weights, votes = settled(rows, partial(log_likelihoods, believed), begin, matrix.worth, self.max_iterations)
        return FittedWeights(weights, prior, share_right(np.einsum("jvv->j", votes), believed.n_votes.sum(axis=1)))


def tells_classes_apart(matrix: LabelMatrix) -> bool:
    """Whether what a source says of each class is weighed, and not one accuracy for all: see `Em`."""
    return matrix.n_options is None and matrix.n_classes <= _MANY


def settled(
    rows: Passes,
    likelihoods: Callable[[Weights, Float[np.ndarray, "*bits n_classes"]], Weights],
    begin: tuple[Weights, Float[np.ndarray, "*bits n_classes"]],
    worth: Float[np.ndarray, " n_sources"],
    max_iterations: int,
) -> tuple[Weights, Weights]:
    """The weights of votes that no further pass moves, each times what a vote is worth, and the votes expected then.

    `likelihoods` makes weights of expected votes and rows of each class; `begin` is what is expected at first.
    """
    of_votes = worth[:, None, None]
    weights = likelihoods(*begin)
    for _ in range(max_iterations):
        before, weights = weights, likelihoods(*rows.expectation(weights * of_votes))
        if np.abs(weights - before).max(initial=0.0) < SETTLED:
            break
    weights = weights * of_votes
    return weights, rows.expectation(weights)[0]


@dataclass(frozen=True)
class BelievedVotes:
    """Beliefs as counts of votes: entry `[source, v, y]` is of votes `v` on rows of class `y`.

    Of sources that are weighed bit by bit there is another axis in front, here and below.
    """

    precision: Weights
    fires: Weights
    names: Float[np.ndarray, "n_sources n_classes n_classes"]
    rows: Float[np.ndarray, "*bits n_classes"]
    n_votes: Float[np.ndarray, "*bits n_sources n_classes"]
    one_sided: Float[np.ndarray, "*bits n_sources"]


def believed_votes(
    settings: Em,
    prior: Float[np.ndarray, "*bits n_classes"],
    beliefs: Float[np.ndarray, " n_sources"],
    n_votes: Float[np.ndarray, "*bits n_sources n_classes"],
) -> BelievedVotes:
    """Beliefs about sources that voted so often."""
    chance = uniform_prior(prior.shape[-1])
    precision = believed_precision(beliefs, prior)
    strength = settings.pseudo_counts + settings.shrinkage * n_votes[..., None]
    return BelievedVotes(
        precision=precision,
        fires=strength * precision,
        names=settings.pseudo_counts * believed_precision(beliefs, chance),
        rows=settings.pseudo_counts * prior,
        n_votes=n_votes,
        one_sided=one_sidedness(n_votes),
    )


def log_likelihoods(
    believed: BelievedVotes,
    expected: Weights,
    rows: Float[np.ndarray, "*bits n_classes"],
) -> Weights:
    """Entries `[source, v, y]` from the expected votes `[source, v, y]` and the expected rows of each class."""
    n_votes = believed.n_votes[..., None]
    fires = expected + believed.fires
    fires *= n_votes / fires.sum(axis=-1, keepdims=True)
    names = expected + believed.names
    names /= names.sum(axis=-2, keepdims=True)
    one_sided = believed.one_sided[..., None, None]
    of_class = (rows + believed.rows)[..., None, None, :]
    mixed = one_sided * floored_log(fires / of_class) + (1 - one_sided) * floored_log(names)
    return np.asarray(np.where(n_votes > 0, mixed, 0.0))


def _fit_exchangeable(
    settings: Em,
    matrix: LabelMatrix,
    prior: Float[np.ndarray, " n_classes"],
    *,
    beliefs: Float[np.ndarray, " n_sources"],
    anchors: Anchors | None,
) -> FittedExchangeable:
    """One accuracy a source, errors evenly spread: options that differ from row to row are no classes to learn of.

    Nor are classes of which a source has hardly a vote each.
    """
    voted, worth = patterns(matrix), matrix.worth
    cast = cast_votes(voted.matrix)
    weight = cast.parts * voted.counts[cast.rows]
    n_known, known_right = np.zeros((2, len(beliefs))) if anchors is None else anchors.n_cast
    n_votes = np.bincount(cast.sources, weights=weight, minlength=len(beliefs)) + n_known
    smoothed, right = beliefs, beliefs * n_votes
    for _ in range(settings.max_iterations):
        probabilities = option_posterior(voted.matrix, smoothed, prior, worth=worth)
        hits = probabilities[cast.rows, cast.classes] * weight
        right = np.bincount(cast.sources, weights=hits, minlength=len(beliefs)) + known_right
        before, smoothed = smoothed, (right + settings.pseudo_counts * beliefs) / (n_votes + settings.pseudo_counts)
        if np.abs(smoothed - before).max(initial=0.0) < SETTLED:
            break
    return FittedExchangeable(share_right(right, n_votes), smoothed, prior, worth)
