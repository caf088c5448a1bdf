"""Variances of sources are recovered from their differences, and near ones are not believed blindly."""

import numpy as np
import pytest

from transom.supervision.disagreement import scatter

nan = np.nan


def drawn(spreads, *, n=4000, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(n, 1)) * 2 + random.normal(size=(n, len(spreads))) * np.array(spreads), random


def test_variances_are_recovered_but_for_what_is_added():
    votes, random = drawn([0.5, 1.0, 2.0])
    votes[random.random(votes.shape) < 0.3] = nan
    found = scatter(votes)
    # a tenth of the median variance is added; a variance of differences is known to 3 % of up to 5
    assert np.allclose(found.variances - 0.1, [0.25, 1.0, 4.0], atol=0.2)
    assert found.worth.tolist() == [1, 1, 1]


def test_of_two_sources_the_one_that_varies_more_scatters_more():
    votes, _ = drawn([0.5, 2.0])
    low, high = scatter(votes).variances
    assert high > 3 * low


def test_copies_share_a_vote_and_are_not_precise():
    votes, _ = drawn([2.0, 1.0, 1.0, 1.0])
    found = scatter(np.column_stack([votes[:, 0], votes]))
    assert found.worth.tolist() == [0.5, 0.5, 1, 1, 1]
    assert np.allclose(found.variances - 0.1, [4, 4, 1, 1, 1], rtol=0.15)


def test_copies_that_meet_nobody_else_have_the_usual_variance():
    votes, _ = drawn([1.0, 1.0, 2.0])
    alone = np.full((50, 5), nan)
    alone[:, 3:] = np.arange(50.0)[:, None]
    found = scatter(np.vstack([np.column_stack([votes, np.full((len(votes), 2), nan)]), alone]))
    assert (found.variances[:2].max() < found.variances[3:]).all()
    assert (found.variances[3:] < found.variances[2]).all()
    assert found.worth.tolist() == [1, 1, 1, 0.5, 0.5]


def test_of_three_sources_two_that_are_alike_are_believed():
    votes, _ = drawn([0.05, 0.05, 2.0])
    found = scatter(votes)
    assert found.worth.tolist() == [1, 1, 1]
    assert found.variances[:2].max() < found.variances[2] / 10


def test_two_that_share_an_error_do_not_drown_the_others():
    votes, random = drawn([0.5, 0.5, 1.2, 1.2])
    votes[:, :2] += random.normal(size=(len(votes), 1)) * 2
    weights = 1 / scatter(votes).variances
    assert weights.max() < 2.5 * weights.min()  # least squares gives 1.7; the likelihood believes the two alone


def test_wild_sources_do_not_blur_the_others():
    votes, _ = drawn([0.5, 1.0, 1.5, 20.0, 20.0])
    assert scatter(votes).variances[:3].max() < scatter(votes).variances[3:].min() / 20


@pytest.mark.parametrize(
    "votes", [[[1.0], [2.0]], [[3.0, 3.0], [5.0, 5.0]], [[1.0, nan], [nan, 2.0]], [[1.0, 4.0], [1.0, 4.0]]]
)
def test_where_nothing_can_be_seen_all_count_the_same(votes):
    assert len(set(scatter(np.array(votes)).variances.tolist())) == 1


def test_the_variances_are_in_the_squared_unit():
    votes, _ = drawn([0.5, 1.0, 2.0, 0.7])
    assert np.allclose(scatter(votes * 1000).variances, scatter(votes).variances * 1e6)


def test_near_pairs_that_meet_nobody_else_are_taken_one_by_one():
    pairs = np.full((330, 5), nan)
    votes, random = drawn([0.01, 0.01], n=300)
    pairs[:100, [0, 1]], pairs[100:200, [1, 2]], pairs[200:300, [0, 2]] = np.split(votes, 3)
    pairs[200:300, 2] += random.normal(size=100) * 3
    pairs[300:315, 3], pairs[315:, 4] = random.normal(size=(2, 15))
    found = scatter(pairs)
    assert np.isfinite(found.variances).all()
    assert found.worth.tolist() == [1, 1, 1, 1, 1]


def test_items_far_apart_do_not_drown_what_sources_scatter():
    random = np.random.default_rng(0)
    votes = random.normal(size=(5000, 1)) * 1e9 + random.normal(size=(5000, 4)) * np.array([1, 1, 3, 10])
    found = scatter(votes)
    # .1 is added; 5,000 rows and numbers that are rounded at 1e-7 tell a variance to 5 % of the largest
    assert found.variances[:2].max() < found.variances[2] / 3 < found.variances[3] / 12
    assert found.worth.tolist() == [1, 1, 1, 1]
