"""Numbers of several sources become one, and no source looks better than it can be known to be."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transom.data.items import one_each
from transom.supervision.averaging import fit_mean, fit_precisions
from transom.supervision.matrix import ValueMatrix


def values(votes):
    votes = np.array(votes, dtype=np.float64)
    return ValueMatrix(votes, tuple(f"s{j}" for j in range(votes.shape[1])), one_each(len(votes)))


def test_the_mean_leaves_out_who_abstains():
    matrix = values([[1.0, 3.0, np.nan], [np.nan, np.nan, 8.0], [np.nan] * 3])
    assert fit_mean(matrix).predict(matrix).tolist() == [2.0, 8.0, 4.0]


def test_precisions_are_recovered():
    random = np.random.default_rng(0)
    truth = random.normal(size=5000) * 2
    spreads = np.array([0.5, 1.0, 2.0])
    votes = truth[:, None] + random.normal(size=(5000, 3)) * spreads
    votes[random.random((5000, 3)) < 0.3] = np.nan
    # the standard error of a variance from 3500 draws is 2.4 %; some more as the truth is not known
    assert np.allclose(fit_precisions(values(votes)).precisions, 1 / spreads**2, rtol=0.15)


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
def test_a_weighted_mean_lies_among_its_votes(votes):
    predicted = fit_precisions(values(votes)).predict(values(votes))
    for row, mean in zip(votes, predicted, strict=True):
        if np.isfinite(row).any():
            assert np.nanmin(row) - 1e-6 <= mean <= np.nanmax(row) + 1e-6
    assert np.isfinite(predicted).all()
