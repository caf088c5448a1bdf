"""Sources weighed bit by bit: what is learned of a source on all bits is what is believed of it on each."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from transom.supervision.anchors import AnchoredRows, Anchors, anchored
from transom.supervision.beliefs import believed_accuracies
from transom.supervision.inference import (
    TINY,
    LargeRows,
    SparseRows,
    Weights,
    floored_log,
    posterior,
    rows_for_passes,
)
from transom.supervision.label_model import require_votes_fit
from transom.supervision.label_models.em import (
    SETTLED,
    BelievedVotes,
    Em,
    believed_votes,
    log_likelihoods,
    share_right,
)
from transom.supervision.matrix import LabelMatrix
from transom.supervision.statistics import rows_of

BitPriors = Float[np.ndarray, "n_bits n_classes"]
"""The class prior of each bit; rows sum to 1."""

BitWeights = Float[np.ndarray, "n_bits n_sources n_classes n_classes"]
"""Entries `[bit, source, vote, class]`: log-likelihoods, expected votes, or beliefs counted as votes."""

_Rows = AnchoredRows | LargeRows | SparseRows


@dataclass(frozen=True)
class FittedBits:
    """A label model that adds up log-likelihoods of votes, those of the bit that a row asks about.

    It predicts matrices that say which bit each row asks about.
    """

    weights: BitWeights
    priors: BitPriors
    accuracies: Float[np.ndarray, " n_sources"]

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """The posterior probability of each class; rows sum to 1, a row without a vote gets the prior of its bit."""
        probabilities = np.empty((len(matrix.votes), matrix.n_classes))
        by_bit = rows_by_bit(matrix, len(self.priors))
        for rows, weights, prior in zip(by_bit, self.weights, self.priors, strict=True):
            probabilities[rows] = posterior(rows_of(matrix, rows), weights, floored_log(prior))
        return probabilities


def fit_bits(settings: Em, matrix: LabelMatrix, priors: BitPriors, *, anchors: Anchors | None = None) -> FittedBits:
    """What each vote of each source tells of each bit, by expectation maximisation as `em` does it on all rows alike.

    Sources differ from bit to bit, and few votes tell of a rare bit. So a source has likelihoods of its own on each
    bit, and a belief about them that is worth `pseudo_counts` votes: its likelihoods on all bits together, which are
    learned with them. What is believed of a source before any vote is seen enters there, once. The precision
    P(class | vote) carries over as how much likelier a vote makes a class, so that rare bits stay rare.

    Source: Kim & Ghahramani (2012), Bayesian classifier combination, AISTATS, sec. 2: likelihoods of a source that have
    a Dirichlet prior. Its mean is learned from all bits and its worth is fixed, the partial pooling of Gelman et al.
    (2013), Bayesian Data Analysis, 3rd ed., ch. 5; theirs are sampled, ours is a maximum a posteriori estimate.

    Raises:
        LabelModelError: a vote is no class of the matrix, or a belief names no source or is not between 0 and 1.
    """
    require_votes_fit(matrix, priors.mean(axis=0))
    priors = np.maximum(priors, TINY)
    beliefs = believed_accuracies(matrix.sources, settings.accuracy, settings.beliefs)
    bits = _rows_for_passes(matrix, priors, anchors)
    believed = _believed(settings, priors, beliefs, np.stack([rows.n_votes for rows in bits]))
    worth = matrix.worth[:, None, None]
    expected, of_class = believed.n_votes[..., None] * believed.precision, priors
    weights = _weights(believed, expected, of_class)
    for _ in range(settings.max_iterations):
        expected, of_class = _expectation(bits, weights * worth)
        before, weights = weights, _weights(believed, expected, of_class)
        if np.abs(weights - before).max(initial=0.0) < SETTLED:
            break
    right = np.einsum("bjvv->j", _expectation(bits, weights * worth)[0])
    return FittedBits(weights * worth, priors, share_right(right, believed.n_votes.sum(axis=(0, 2))))


def rows_by_bit(matrix: LabelMatrix, n_bits: int) -> list[Int[np.ndarray, " n_asking"]]:
    """The rows that ask about each bit, in their order; sorted once, as looking for each bit in all rows takes longer.

    A bit that no row asks about has none.
    """
    bits = np.asarray(matrix.bits)
    ends = np.cumsum(np.bincount(bits, minlength=n_bits))
    return np.split(np.argsort(bits, kind="stable"), ends[:-1])


def _rows_for_passes(matrix: LabelMatrix, priors: BitPriors, anchors: Anchors | None) -> tuple[_Rows, ...]:
    """The rows of each bit, and of the bit those whose class is known."""
    of_bits = [
        rows_for_passes(rows_of(matrix, rows), np.log(prior))
        for rows, prior in zip(rows_by_bit(matrix, len(priors)), priors, strict=True)
    ]
    if anchors is None:
        return tuple(of_bits)
    known = rows_by_bit(anchors.matrix, len(priors))
    return tuple(
        anchored(guessed, Anchors(rows_of(anchors.matrix, rows), anchors.truth[rows]))
        for guessed, rows in zip(of_bits, known, strict=True)
    )


def _expectation(bits: tuple[_Rows, ...], weights: BitWeights) -> tuple[BitWeights, BitPriors]:
    """Expected votes `[bit, source, vote, class]`, and expected rows of each class of each bit."""
    passes = [rows.expectation(of_bit) for rows, of_bit in zip(bits, weights, strict=True)]
    return np.stack([votes for votes, _ in passes]), np.stack([rows for _, rows in passes])


@dataclass(frozen=True)
class _Believed:
    """Beliefs about sources on all bits together, and on each; `pseudo_counts` is what the former are worth there."""

    together: BelievedVotes
    of_bits: tuple[BelievedVotes, ...]
    priors: BitPriors
    pseudo_counts: float
    shrinkage: float

    @property
    def n_votes(self) -> Float[np.ndarray, "n_bits n_sources n_classes"]:
        """How often each source votes each class of each bit."""
        return np.stack([bit.n_votes for bit in self.of_bits])

    @property
    def precision(self) -> BitWeights:
        """P(class | vote) as believed before any vote is seen."""
        return np.stack([bit.precision for bit in self.of_bits])


def _believed(
    settings: Em,
    priors: BitPriors,
    beliefs: Float[np.ndarray, " n_sources"],
    n_votes: Float[np.ndarray, "n_bits n_sources n_classes"],
) -> _Believed:
    return _Believed(
        believed_votes(settings, priors.mean(axis=0), beliefs, n_votes.sum(axis=0)),
        tuple(believed_votes(settings, prior, beliefs, votes) for prior, votes in zip(priors, n_votes, strict=True)),
        priors,
        settings.pseudo_counts,
        settings.shrinkage,
    )


def _weights(believed: _Believed, expected: BitWeights, rows: BitPriors) -> BitWeights:
    """Log-likelihoods from the expected votes `[bit, source, v, y]` and the expected rows of each class of each bit."""
    names = believed.pseudo_counts * _names_together(believed, expected)
    likelier = _likelier_together(believed, expected)
    weights = []
    for bit, prior, votes, of_class in zip(believed.of_bits, believed.priors, expected, rows, strict=True):
        precision = prior * likelier
        strength = believed.pseudo_counts + believed.shrinkage * bit.n_votes[:, :, None]
        fires = strength * precision / precision.sum(axis=2, keepdims=True)
        weights.append(log_likelihoods(replace(bit, fires=fires, names=names), votes, of_class))
    return np.stack(weights)


def _names_together(believed: _Believed, expected: BitWeights) -> Weights:
    """P(vote | class, the source votes) on all bits."""
    names = expected.sum(axis=0) + believed.together.names
    return np.asarray(names / names.sum(axis=1, keepdims=True))


def _likelier_together(believed: _Believed, expected: BitWeights) -> Weights:
    """How many times likelier a vote makes a class on all bits: expected votes over those that chance would bring."""
    fires = believed.together.fires
    by_chance = np.einsum("bjv,by->jvy", believed.n_votes, believed.priors)
    by_chance += fires.sum(axis=2, keepdims=True) * believed.priors.mean(axis=0)
    return np.asarray((expected.sum(axis=0) + fires) / by_chance)
