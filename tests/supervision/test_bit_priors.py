"""How common each bit is shows in gold, and in the votes of sources that look at it."""

import numpy as np

from transom.data.items import one_each
from transom.supervision.bit_priors import bit_priors_of_gold, bit_priors_of_votes
from transom.supervision.matrix import ABSTAINED, LabelMatrix


def matrix_of_bits(*columns):
    """A column is what one source votes: (n_items, n_bits)."""
    columns = [np.asarray(column, dtype=np.int8) for column in columns]
    n_items, n_bits = columns[0].shape
    votes = np.stack([column.reshape(-1) for column in columns], axis=1)
    sources = tuple(f"s{j}" for j in range(len(columns)))
    return LabelMatrix(votes, sources, 2, one_each(n_items), bits=np.tile(np.arange(n_bits), n_items))


def told(shares, n_items=2000, n_sources=3, seed=0):
    """Bits that hold for such shares of the items, and the votes of sources that are right on 95 % of them."""
    random = np.random.default_rng(seed)
    truth = random.random((n_items, len(shares))) < shares
    columns = [truth ^ (random.random(truth.shape) < 0.05) for _ in range(n_sources)]
    return matrix_of_bits(*columns), truth.astype(np.int64)


def test_sources_that_name_several_bits_tell_how_common_each_is():
    """A tenth stays with an even prior, 4 points at most; standard errors of shares of 2000 are about one."""
    shares = np.array([0.03, 0.2, 0.5])
    assert np.allclose(bit_priors_of_votes(told(shares)[0])[:, 1], shares, atol=0.07)


def test_rules_for_one_bit_each_do_not_tell_how_common_bits_are():
    rules = []
    for bit in range(3):
        fires = np.arange(60)[:, None] % 4 == bit
        rules.append(np.where(fires, np.eye(3, dtype=np.int8)[bit], ABSTAINED))
    assert np.allclose(bit_priors_of_votes(matrix_of_bits(*rules)), 0.5)


def test_much_gold_outweighs_votes():
    matrix, _ = told(np.array([0.1, 0.4]))
    truth = np.tile([1, 0], 2000)
    priors = bit_priors_of_gold(matrix, truth, np.array([[0.9, 0.1], [0.6, 0.4]]))
    assert np.allclose(priors, [[0, 1], [1, 0]], atol=0.02)


def test_little_gold_gives_the_level_and_votes_which_bits_are_commoner():
    """Of six items with gold, half the bits hold: what votes take for .1 and .3 is scaled up, but keeps its order."""
    judged = matrix_of_bits(np.zeros((6, 2)))
    priors = bit_priors_of_gold(judged, np.tile([0, 1, 1, 0], 3), np.array([[0.9, 0.1], [0.7, 0.3]]))
    assert 0.2 < priors[0, 1] < 0.5 < priors[1, 1] + 0.05
    assert np.allclose(priors.sum(axis=1), 1)


def test_a_bit_that_gold_does_not_have_is_possible():
    matrix, truth = told(np.array([0.001, 0.5]), n_items=40)
    priors = bit_priors_of_gold(matrix, truth.reshape(-1), bit_priors_of_votes(matrix))
    assert np.all(priors > 0.001)
