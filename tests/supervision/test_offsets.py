"""What sources of numbers add is told from what is noise, in any unit."""

import numpy as np
import pytest

from transom.supervision.offsets import relative_offsets, shrunk

nan = np.nan


def drawn(offsets, *, n=1000, coverage=1.0, seed=0):
    random = np.random.default_rng(seed)
    shape = (n, len(offsets))
    votes = random.normal(size=(n, 1)) * 2 + random.normal(size=shape) + np.array(offsets)
    votes[random.random(shape) >= coverage] = nan
    return votes


@pytest.mark.parametrize("coverage", [1.0, 0.3])
def test_offsets_are_recovered_beside_the_median_source(coverage):
    found = relative_offsets(drawn([0.0, 0.0, 3.0, -2.0, 0.0], n=3000, coverage=coverage))
    # the standard error of a difference of two means is sqrt(2 / 3000) = .026, at 30 % coverage about three times that
    assert np.allclose(found, [0, 0, 3, -2, 0], atol=0.2)


def test_one_source_far_off_moves_no_other():
    votes = drawn([0.0, 0.0, 0.0, 1.7e9])
    assert np.allclose(relative_offsets(votes), [0, 0, 0, 1.7e9], atol=0.2)


def test_few_rows_show_no_offset():
    votes = np.array([[0.0, 1.0], [2.0, 0.5], [5.0, 5.5]])
    assert relative_offsets(votes).tolist() == [0, 0]


def test_sources_that_share_no_item_have_no_offsets():
    assert relative_offsets(np.array([[1.0, nan], [2.0, nan], [nan, 8.0], [nan, 9.0]])).tolist() == [0, 0]


def test_a_source_of_one_number_has_no_offset():
    votes = drawn([0.0, 0.0, 0.0])
    votes[:, 2] = np.where(votes[:, 0] > 1, 5.0, nan)
    assert relative_offsets(votes)[2] == 0


def test_means_that_may_be_chance_are_0_and_others_hardly_shrink():
    found = shrunk(np.array([0.1, -0.1, 2.0]), np.array([100.0, 300.0, 100.0]), np.ones(3))
    assert np.allclose(found, [0.0, -0.1 / 3, 2 * (1 - 2 / 400)])


def test_each_group_of_sources_that_no_item_joins_has_its_own_median():
    votes = drawn([0.0, 0.0, 10.0, 0.0, 0.0])
    votes[:500, 3:] = nan
    votes[500:, :3] = nan
    votes[500:750, 3] = votes[750:, 4] = nan
    # one of three is off, and of two that meet nobody nothing is known; five in a row had a median between these
    assert np.allclose(relative_offsets(votes), [0, 0, 10, 0, 0], atol=0.2)
