"""Numbers that are far off count for nothing, and where none are, nothing changes."""

import numpy as np
import pytest

from transom.data.items import one_each
from transom.supervision.averaging import KnownValues, fit_precisions
from transom.supervision.matrix import ValueMatrix
from transom.supervision.wild_votes import values_of_items, wild_errors, wild_shares, wild_votes

SPREADS = np.array([0.5, 1.0, 2.0, 4.0])


def drawn(seed=0, *, n=2000, coverage=0.7):
    """Values of deviation 3, and votes with normal errors; NaN = abstain."""
    random = np.random.default_rng(seed)
    truth = random.normal(size=n) * 3
    votes = truth[:, None] + random.normal(size=(n, 4)) * SPREADS
    votes[random.random(votes.shape) > coverage] = np.nan
    return truth, votes


def mistyped(votes, share=0.02, seed=7):
    """Which votes are off by 50, and the votes."""
    random = np.random.default_rng(seed)
    is_off = (random.random(votes.shape) < share) & np.isfinite(votes)
    return is_off, votes + is_off * random.choice([-50, 50], votes.shape)


def fitted(votes, known=None):
    matrix = ValueMatrix(votes, ("a", "b", "c", "d"), one_each(len(votes)))
    return fit_precisions(matrix, known), matrix


def error_of(votes, truth, known=None):
    """The root of the mean squared error where there is a vote."""
    model, matrix = fitted(votes, known)
    off = (model.predict(matrix) - truth)[np.isfinite(votes).any(axis=1)]
    return float(np.sqrt(np.mean(off**2)))


@pytest.mark.parametrize("seed", range(5))
def test_normal_errors_are_not_wild(seed):
    assert not wild_votes(drawn(seed)[1]).any()


def test_numbers_that_are_mistyped_are_wild():
    votes = drawn()[1]
    is_off, off = mistyped(votes)
    several = np.isfinite(votes).sum(axis=1) > 2
    assert (wild_votes(off)[several] == is_off[several]).mean() > 0.995  # of some items two of three are off


@pytest.mark.parametrize("seed", range(3))
def test_mistyped_numbers_cost_little(seed):
    """Without a vote that is right nobody knows better than the centre: of 2000 items about 4, with an error of 3."""
    truth, votes = drawn(seed)
    assert error_of(mistyped(votes)[1], truth) < error_of(votes, truth) + 0.1


@pytest.mark.parametrize("n_gold", [0, 10, 20, 150])
def test_mistyped_numbers_on_gold_do_not_discredit_their_source(n_gold):
    truth, votes = drawn()
    off = mistyped(votes)[1]
    off[0, 0] = truth[0] + 50
    assert error_of(off, truth, KnownValues(off[:n_gold], truth[:n_gold])) < error_of(votes, truth) + 0.1


def test_heavy_tails_are_cut():
    truth, votes = drawn()
    tails = np.random.default_rng(1).standard_t(1.5, votes.shape) * SPREADS
    heavy = np.where(np.isfinite(votes), truth[:, None] + tails, np.nan)
    voted = np.isfinite(heavy).any(axis=1)
    plain = np.nanmean(heavy[voted], axis=1)
    assert error_of(heavy, truth) < 3.0 < np.sqrt(np.mean((plain - truth[voted]) ** 2))


def test_of_two_votes_the_one_out_of_the_ordinary_is_wild():
    truth, votes = drawn()
    votes = np.vstack([mistyped(votes)[1], [[1.0, 51.0, np.nan, np.nan]]])
    model, matrix = fitted(votes)
    assert abs(model.predict(matrix)[-1] - 1.0) < 0.5
    assert len(truth) + 1 == len(votes)


def test_errors_that_grow_with_the_values_are_not_wild():
    random = np.random.default_rng(0)
    truth = 10 * np.exp(random.normal(size=2000))
    votes = truth[:, None] * (1 + random.normal(size=(2000, 4)) * SPREADS / 10)
    assert not wild_votes(votes).any()


def test_numbers_that_mostly_are_the_same_tell_of_nothing_wild():
    votes = np.tile(np.arange(100.0)[:, None], (1, 3))
    votes[:5, 0] += 1
    assert not wild_votes(votes).any()


def test_a_source_of_many_wild_votes_is_known():
    votes = drawn(n=4000)[1]
    votes[:, 1] = mistyped(votes[:, 1], share=0.1)[1]
    shares = wild_shares(votes, wild_votes(votes))
    assert abs(shares[1] - 0.1) < 0.03  # the standard error of a tenth of some 2,000 is .7 points
    assert np.all(shares[[0, 2, 3]] < 0.02)


@pytest.mark.parametrize(("degrees", "least", "most"), [(100, 10, 100), (2, 1, 3)])
def test_far_out_values_show_in_the_degrees(degrees, least, most):
    numbers = 5 + 2 * np.random.default_rng(0).standard_t(degrees, 5000)
    found = values_of_items(numbers[:, None])
    assert least <= found.degrees <= most
    assert np.allclose([found.centre, found.spread], [5, 2], atol=0.3)


def test_errors_are_wild_beside_what_is_believed_or_seen_of_their_source():
    errors = np.array([[0.1, 3.0], [-0.2, -4.0], [0.0, 5.0], [9.0, 9.0], [np.nan, 0.0]])
    assert wild_errors(errors, np.array([0.5, 0.5])).nonzero()[0].tolist() == [3]


def test_gold_weighs_sources_that_are_silent_on_train():
    """Their plain mean would have an error of 1.1, the best weights one of .43."""
    truth, votes = drawn(n=300, coverage=1.0)
    silent = ValueMatrix(np.full((5, 4), np.nan), ("a", "b", "c", "d"), one_each(5))
    asked = ValueMatrix(votes, silent.sources, one_each(300))
    model = fit_precisions(silent, KnownValues(votes[:100], truth[:100]))
    off = (model.predict(asked) - truth)[100:]
    assert np.sqrt(np.mean(off**2)) < 0.5 * np.sqrt(np.mean((votes.mean(axis=1) - truth)[100:] ** 2))
