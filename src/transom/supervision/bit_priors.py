"""The class prior of each bit of a bitvector: some hold often, some hardly ever."""

import numpy as np
from jaxtyping import Float, Int

from transom.supervision.bit_rows import BitPriors, counts_by_bit, sums_by_bit, votes_by_bit
from transom.supervision.counted_prior import decided
from transom.supervision.inference import one_sidedness
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import uniform_prior
from transom.supervision.statistics import patterns

_WORTH = 40.0
"""How many rows with gold what votes say of a bit is worth."""

_LOOKED = 0.9
"""How far votes are believed on how common a bit is: majorities of sources that overlook what holds call too little."""


def bit_priors_of_gold(judged: LabelMatrix, truth: Int[np.ndarray, " n_rows"], voted: BitPriors) -> BitPriors:
    """Shares of the classes in gold of each bit, drawn to what votes say of it, at the level of gold of all bits.

    Votes tell well which bits hold more often than others, and badly how often: sources overlook, or see too much. So
    the odds of `voted`, which `bit_priors_of_votes` gives, are scaled alike, to where their mean is about that of gold.

    Source: Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., sec. 5.3, with a prior of fixed worth.
    """
    counts = counts_by_bit(judged, truth, len(voted))
    levelled = voted * (counts.sum(axis=0) + 1) / voted.mean(axis=0)
    drawn = counts + _WORTH * levelled / levelled.sum(axis=1, keepdims=True)
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))


def bit_priors_of_votes(matrix: LabelMatrix) -> BitPriors:
    """As `prior_of_votes`, bit by bit: shares that majorities decide on, as far as sources tell; the rest is uniform.

    A source tells how common a bit is if it votes both on it, or if it names this bit and others, too: then its votes
    against a rare bit are votes. Those of a rule for one bit say nothing, it has not looked at the others.
    """
    n_bits = int(np.asarray(matrix.bits).max()) + 1
    distinct = patterns(matrix)
    uniform = uniform_prior(matrix.n_classes)
    n_votes = (votes_by_bit(distinct.matrix, n_bits).T @ distinct.counts).reshape(n_bits, -1, matrix.n_classes)
    of_class = decided(distinct.matrix, uniform) * distinct.counts[:, None]
    counts = np.stack([sums_by_bit(distinct.matrix, each, n_bits) for each in of_class.T], axis=1) + 1
    share = _LOOKED * _told(n_votes)[:, None]
    return np.asarray(share * counts / counts.sum(axis=1, keepdims=True) + (1 - share) * uniform)


def _told(n_votes: Float[np.ndarray, "n_bits n_sources n_classes"]) -> Float[np.ndarray, " n_bits"]:
    """The share of the votes on each bit that are of sources that tell how common it is, in [0, 1]."""
    names_one = one_sidedness(n_votes[:, :, 1].T)  # as if bits were the classes that its yes is for
    is_silent_on = np.where(n_votes[:, :, 1] > 0, names_one, 1.0)
    several = (1 - np.minimum(one_sidedness(n_votes), is_silent_on)) ** 2
    cast = n_votes.sum(axis=2)
    return np.asarray((several * cast).sum(axis=1) / np.maximum(cast.sum(axis=1), 1.0))
