"""Numbers that are far off count for nothing, and where none are, nothing changes."""

import numpy as np
import pytest

from transom.data.items import one_each
from transom.supervision.averaging import KnownValues, fit_precisions
from transom.supervision.matrix import ValueMatrix
from transom.supervision.wild_votes import values_near, weigh_wild, wild_errors, wild_votes

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


def test_a_source_of_many_wild_votes_costs_little():
    truth, votes = drawn()
    votes[:, 1] = mistyped(votes[:, 1], share=0.1)[1]
    assert error_of(votes, truth) < error_of(drawn()[1], truth) + 0.1


def test_of_two_sources_alone_the_vote_nearer_to_other_items_counts():
    """A third of the error of their mean: of 2000 items some 80 have one wild vote."""
    truth, votes = drawn()
    votes = mistyped(votes)[1]
    votes[:, 2:] = np.nan
    voted = np.isfinite(votes).any(axis=1)
    plain = np.sqrt(np.mean((np.nanmean(votes[voted], axis=1) - truth[voted]) ** 2))
    assert error_of(votes, truth) < plain / 3


def test_prices_that_are_mistyped_cost_little():
    """Values with a long tail, and errors that grow with them, beside votes that are a hundred times too high."""
    random = np.random.default_rng(0)
    truth = 10 * np.exp(random.normal(size=2000))
    votes = truth[:, None] * np.exp(random.normal(size=(2000, 4)) * SPREADS / 10)
    off = np.where(random.random(votes.shape) < 0.02, 100 * votes, votes)
    assert error_of(off, truth) < truth.std() / 2


def test_far_out_values_on_which_sources_agree_are_believed():
    truth, votes = drawn()
    far = np.array([[500.0, 500.5, 501.0, np.nan]])
    model, matrix = fitted(np.vstack([mistyped(votes)[1], far]))
    assert abs(model.predict(matrix)[-1] - 500.0) < 1.0
    assert len(truth) + 1 == len(matrix.votes)


@pytest.mark.parametrize(("degrees", "least", "most"), [(100, 10, 100), (2, 1, 3)])
def test_far_out_values_show_in_the_degrees(degrees, least, most):
    found = values_near(5 + 2 * np.random.default_rng(0).standard_t(degrees, 5000))
    assert least <= found.degrees <= most
    assert np.allclose([found.centre, found.spread], [5, 2], atol=0.3)


def test_where_values_lie_is_told_by_votes_that_are_not_wild():
    votes = np.array([[1.0, 2.0, 900.0], [3.0, 4.0, np.nan], [5.0, 6.0, 900.0], [np.nan, np.nan, 7.0]])
    found = weigh_wild(votes, votes > 100, np.ones(3))
    assert found.values.centre == 3.5
    assert found.share == 2 / 9


def test_values_that_lie_in_two_heaps_are_not_wild():
    """One of ten items lies a thousand off, and half of the items have one vote only."""
    random = np.random.default_rng(0)
    truth = np.where(random.random(2000) < 0.9, 0.0, 1000.0) + random.normal(size=2000)
    votes = truth[:, None] + random.normal(size=(2000, 4))
    votes[random.random(votes.shape) < 0.5] = np.nan
    assert error_of(mistyped(votes)[1], truth) < 10.0


def test_an_item_alone_has_the_value_that_it_has_among_others():
    model, matrix = fitted(mistyped(drawn(n=200)[1])[1])
    alone = [model.predict(ValueMatrix(matrix.votes[[row]], matrix.sources, one_each(1)))[0] for row in range(200)]
    assert alone == model.predict(matrix).tolist()
    assert model.wild is not None
    assert len(model.predict(ValueMatrix(np.zeros((0, 4)), matrix.sources, one_each(0)))) == 0


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_the_unit_of_numbers_does_not_matter(unit):
    votes = mistyped(drawn(n=300)[1])[1]
    of_one, matrix = fitted(votes)
    of_unit, large = fitted(votes * unit)
    assert np.allclose(of_unit.predict(large) / unit, of_one.predict(matrix), rtol=1e-6, atol=1e-6)


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
