"""Sources weighed bit by bit: what is learned of a source on all bits is what is believed of it on each."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from jaxtyping import Float

from transom.supervision import kernels
from transom.supervision.anchors import Anchors
from transom.supervision.beliefs import believed_accuracies
from transom.supervision.bit_rows import BitPriors, BitWeights, bit_rows, bit_scores, rows_by_bit
from transom.supervision.inference import TINY, Weights, floored_log, normalised, posterior
from transom.supervision.label_model import require_votes_fit
from transom.supervision.label_models.em import (
    BelievedVotes,
    Em,
    believed_votes,
    log_likelihoods,
    settled,
)
from transom.supervision.matrix import LabelMatrix
from transom.supervision.statistics import patterns, rows_of, share_right


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
        log_priors = floored_log(self.priors)
        if not kernels.is_large(matrix):
            distinct = patterns(matrix)
            return np.asarray(normalised(bit_scores(distinct.matrix, self.weights, log_priors))[distinct.pattern_of])
        probabilities = np.empty((len(matrix.votes), matrix.n_classes))
        by_bit = rows_by_bit(matrix, len(self.priors))
        for rows, weights, prior in zip(by_bit, self.weights, log_priors, strict=True):
            probabilities[rows] = posterior(rows_of(matrix, rows), weights, prior)
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
    rows = bit_rows(matrix, np.log(priors), anchors)
    on_bits = believed_votes(settings, priors, beliefs, rows.n_votes)
    together = believed_votes(settings, priors.mean(axis=0), beliefs, on_bits.n_votes.sum(axis=0))
    believed = _Believed(settings, priors, together, on_bits)
    begin = on_bits.n_votes[..., None] * on_bits.precision, priors
    weights, votes = settled(rows, partial(_weights, believed), begin, matrix.worth, settings.max_iterations)
    return FittedBits(weights, priors, share_right(np.einsum("bjvv->j", votes), together.n_votes.sum(axis=1)))


@dataclass(frozen=True)
class _Believed:
    """Beliefs about sources on all bits together, and on each, where the former are worth `pseudo_counts` votes."""

    settings: Em
    priors: BitPriors
    together: BelievedVotes
    on_bits: BelievedVotes


def _weights(believed: _Believed, expected: BitWeights, rows: BitPriors) -> BitWeights:
    """Log-likelihoods from the expected votes `[bit, source, v, y]` and the expected rows of each class of each bit."""
    on_bits = believed.on_bits
    names = believed.settings.pseudo_counts * _names_together(believed, expected)
    precision = believed.priors[:, None, None] * _likelier_together(believed, expected)
    strength = believed.settings.pseudo_counts + believed.settings.shrinkage * on_bits.n_votes[..., None]
    fires = strength * precision / precision.sum(axis=-1, keepdims=True)
    return log_likelihoods(replace(on_bits, fires=fires, names=names), expected, rows)


def _names_together(believed: _Believed, expected: BitWeights) -> Weights:
    """P(vote | class, the source votes) on all bits."""
    names = expected.sum(axis=0) + believed.together.names
    return np.asarray(names / names.sum(axis=1, keepdims=True))


def _likelier_together(believed: _Believed, expected: BitWeights) -> Weights:
    """How many times likelier a vote makes a class on all bits: expected votes over those that chance would bring."""
    fires = believed.together.fires
    by_chance = np.einsum("bjv,by->jvy", believed.on_bits.n_votes, believed.priors)
    by_chance += fires.sum(axis=2, keepdims=True) * believed.priors.mean(axis=0)
    return np.asarray((expected.sum(axis=0) + fires) / by_chance)
