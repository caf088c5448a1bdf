"""The class prior of each bit of a bitvector: some hold often, some hardly ever."""

import numpy as np
from jaxtyping import Float, Int

from transom.supervision.bitwise import BitPriors, rows_by_bit
from transom.supervision.counted_prior import shares_decided
from transom.supervision.inference import one_sidedness
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import uniform_prior
from transom.supervision.statistics import one_hot, rows_of

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
    n_bits, n_classes = voted.shape
    places = np.asarray(judged.bits) * n_classes + truth
    counts = np.bincount(places, minlength=n_bits * n_classes).reshape(n_bits, n_classes)
    levelled = voted * (counts.sum(axis=0) + 1) / voted.mean(axis=0)
    drawn = counts + _WORTH * levelled / levelled.sum(axis=1, keepdims=True)
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))


def bit_priors_of_votes(matrix: LabelMatrix) -> BitPriors:
    """As `prior_of_votes`, bit by bit: shares that majorities decide on, as far as sources tell; the rest is uniform.

    A source tells how common a bit is if it votes both on it, or if it names this bit and others, too: then its votes
    against a rare bit are votes. Those of a rule for one bit say nothing, it has not looked at the others.
    """
    n_bits = int(np.asarray(matrix.bits).max()) + 1
    bits = [rows_of(matrix, rows) for rows in rows_by_bit(matrix, n_bits)]
    n_votes = np.stack([_n_votes(rows) for rows in bits])
    names_one = one_sidedness(n_votes[:, :, 1].T)  # as if bits were the classes that its yes is for
    uniform = uniform_prior(matrix.n_classes)
    priors = []
    for rows, cast in zip(bits, n_votes, strict=True):
        share = _LOOKED * _told(cast, names_one)
        priors.append(share * shares_decided(rows, uniform) + (1 - share) * uniform)
    return np.stack(priors)


def _told(cast: Float[np.ndarray, "n_sources n_classes"], names_one: Float[np.ndarray, " n_sources"]) -> float:
    """The share of the votes on a bit that are of sources that tell how common it is, in [0, 1]."""
    is_silent_on = np.where(cast[:, 1] > 0, names_one, 1.0)
    several = (1 - np.minimum(one_sidedness(cast), is_silent_on)) ** 2
    return float(several @ cast.sum(axis=1) / max(cast.sum(), 1.0))


def _n_votes(matrix: LabelMatrix) -> Float[np.ndarray, "n_sources n_classes"]:
    """How often each source votes each class."""
    return np.asarray(one_hot(matrix).sum(axis=0), dtype=np.float64).reshape(-1, matrix.n_classes)
