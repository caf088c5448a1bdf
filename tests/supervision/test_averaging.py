"""Numbers of several sources become one, and no source looks better than it can be known to be."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transom.data.items import one_each
from transom.supervision.averaging import KnownValues, fit_mean, fit_precisions
from transom.supervision.matrix import ValueMatrix


def values(votes):
    votes = np.array(votes, dtype=np.float64)
    return ValueMatrix(votes, tuple(f"s{j}" for j in range(votes.shape[1])), one_each(len(votes)))


def test_the_mean_leaves_out_who_abstains():
    matrix = values([[1.0, 3.0, np.nan], [np.nan, np.nan, 8.0], [np.nan] * 3])
    assert fit_mean(matrix).predict(matrix).tolist() == [2.0, 8.0, 4.0]


def drawn(spreads, offsets=0.0, *, n=3000, seed=0):
    random = np.random.default_rng(seed)
    truth = random.normal(size=n) * 2
    return truth, truth[:, None] + random.normal(size=(n, len(spreads))) * np.array(spreads) + np.array(offsets)


def error_of(votes, truth, known=None):
    """The root of the mean squared error."""
    return float(np.sqrt(np.mean((fit_precisions(values(votes), known).predict(values(votes)) - truth) ** 2)))


def test_weighing_comes_near_to_the_best_weights():
    truth, votes = drawn([0.5, 1.0, 2.0, 3.0])
    best = np.sqrt(1 / (1 / 0.5**2 + 1 + 1 / 2**2 + 1 / 3**2))
    assert error_of(votes, truth) < 1.1 * best


def test_sources_that_share_an_offset_do_not_win():
    truth, votes = drawn([0.7, 0.7, 1.0, 1.0], [2, 2, 0, 0])
    # the median of the offsets is 1 above the truth, and nobody can tell: the error is that of the plain mean or less
    assert error_of(votes, truth) < np.sqrt(np.mean((votes.mean(axis=1) - truth) ** 2))


def test_gold_shows_what_half_of_the_sources_add():
    truth, votes = drawn([0.7, 0.7, 1.0, 1.0], [2, 2, 0, 0])
    # the best weights give sqrt(1 / (2 / .49 + 2)) = .41; 20 labels know each offset to .2 and their mean to .1
    assert error_of(votes, truth, KnownValues(votes[:20], truth[:20])) < 0.5


def test_gold_shows_that_sources_share_an_error():
    truth, votes = drawn([0.5, 0.5, 1.2, 1.2])
    votes[:, :2] += np.random.default_rng(1).normal(size=(len(votes), 1)) * 2
    assert error_of(votes, truth, KnownValues(votes[:150], truth[:150])) < 0.9 * error_of(votes, truth)


def test_a_dozen_labels_of_sources_that_are_right_change_little():
    truth, votes = drawn([0.5, 1.0, 2.0])
    errors = [error_of(votes, truth, KnownValues(votes[k : k + 12], truth[k : k + 12])) for k in range(0, 600, 12)]
    assert np.mean(errors) < 1.15 * error_of(votes, truth)


def test_one_source_is_corrected_by_gold():
    truth, votes = drawn([1.0], 1.7e9)
    assert error_of(votes, truth, KnownValues(votes[:20], truth[:20])) < 1.2


def test_a_source_that_is_silent_where_others_are_learned_still_has_a_vote():
    _, votes = drawn([0.5, 1.0])
    fitted = fit_precisions(values(np.column_stack([votes, np.full(len(votes), np.nan)])))
    assert np.allclose(fitted.weights[:2], fit_precisions(values(votes)).weights)
    assert fitted.predict(values([[np.nan, np.nan, 4.0]])).tolist() == [4.0]


def test_an_item_without_a_vote_gets_the_mean_less_the_offsets():
    truth, votes = drawn([1.0, 1.0], 50.0)
    fitted = fit_precisions(values(votes), KnownValues(votes[:150], truth[:150]))
    assert abs(fitted.predict(values([[np.nan, np.nan]]))[0] - truth.mean()) < 0.3


def test_equal_numbers_are_their_own_mean():
    matrix = values([[2.0, 2.0], [2.0, np.nan]])
    assert fit_precisions(matrix).predict(matrix).tolist() == [2.0, 2.0]


def test_one_source_is_followed():
    matrix = values([[1.0], [5.0], [np.nan]])
    assert np.allclose(fit_precisions(matrix).predict(matrix), [1.0, 5.0, 3.0])


def test_no_votes_give_zero():
    assert fit_precisions(values([[np.nan]])).predict(values([[np.nan]])).tolist() == [0.0]


@settings(max_examples=50, deadline=None)
@given(arrays(np.float64, (6, 3), elements=st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))))
def test_a_weighted_mean_lies_among_its_votes_less_their_offsets(votes):
    fitted = fit_precisions(values(votes))
    predicted, corrected = fitted.predict(values(votes)), votes - fitted.offsets
    for row, mean in zip(corrected, predicted, strict=True):
        if np.isfinite(row).any():
            assert np.nanmin(row) - 1e-6 <= mean <= np.nanmax(row) + 1e-6
    assert np.isfinite(predicted).all()
    assert np.isfinite(fitted.weights).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(1e-3, 1e6), st.floats(-1e6, 1e6), st.permutations(range(4)))
def test_neither_the_unit_nor_the_order_of_sources_matters(seed, unit, zero, order):
    truth, votes = drawn([0.5, 1.0, 1.0, 2.0], [0, 0, 1, -2], n=60, seed=seed)
    votes[np.random.default_rng(seed).random(votes.shape) < 0.3] = np.nan
    known = KnownValues(votes[:15], truth[:15])
    plain = fit_precisions(values(votes), known).predict(values(votes))
    moved = votes[:, order] * unit + zero
    fitted = fit_precisions(values(moved), KnownValues(moved[:15], truth[:15] * unit + zero))
    rounding = 1e-6 + 1e-9 * abs(zero) / unit
    assert np.allclose((fitted.predict(values(moved)) - zero) / unit, plain, atol=rounding)
