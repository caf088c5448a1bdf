"""Dev chooses how near is near enough, and is believed no further than it shows."""

import numpy as np
import pytest

from transom.data.items import one_each
from transom.supervision.label_models.majority import Majority
from transom.supervision.matrix import LabelMatrix
from transom.supervision.near_votes import NEVER, shared
from transom.supervision.nearest import Neighbours
from transom.supervision.prior import uniform_prior
from transom.supervision.thresholds import DevRows, choose_thresholds


def dev_rows(votes, truth, *, said, similarities):
    """Dev rows with these votes, each with one neighbour, which `said` something and lies so near."""
    votes, said = np.array(votes, dtype=np.int8), np.array(said, dtype=np.int8)
    n = len(votes)
    matrix = LabelMatrix(np.concatenate([votes, said]), tuple("abc"[: votes.shape[1]]), 2, one_each(2 * n))
    near = Neighbours(np.arange(n, 2 * n)[:, None], np.array(similarities, dtype=np.float32)[:, None])
    model = Majority().fit(matrix, uniform_prior(2))
    return DevRows(matrix, np.arange(n), np.array(truth), np.arange(n), near, model)


def alone(truth, said, similarities):
    """Rows without votes of one source."""
    return dev_rows([[-1]] * len(truth), truth, said=np.reshape(said, (-1, 1)), similarities=similarities)


def test_the_threshold_lies_where_neighbours_stop_being_right():
    near = np.linspace(0.2, 0.9, 40)
    truth = np.tile([0, 1], 20)
    said = np.where(near > 0.5, truth, 1 - truth)
    limit = choose_thresholds(alone(truth, said, near)).alone[0]
    assert limit == pytest.approx(0.5, abs=0.06)  # a twelfth of the rows lie between two candidates


def test_a_lower_threshold_takes_more_only_if_dev_gains():
    truth = np.tile([0, 1], 10)
    assert choose_thresholds(alone(truth, truth, np.linspace(0.1, 0.9, 20))).alone[0] < 0.11
    assert choose_thresholds(alone(truth, 1 - truth, np.linspace(0.1, 0.9, 20))).alone[0] == NEVER


def test_rows_with_votes_need_more_than_a_lucky_dev():
    votes = [[0, 1, -1]] * 20  # a tie, which the third source decides

    def beside(n_right):
        said = [[-1, -1, int(row >= n_right)] for row in range(20)]
        return choose_thresholds(dev_rows(votes, np.zeros(20, int), said=said, similarities=[0.8] * 20)).beside[0]

    assert beside(12) == NEVER
    assert beside(20) == pytest.approx(0.8, abs=1e-4)


def test_a_source_whose_added_votes_are_surely_wrong_has_a_higher_threshold():
    n = 60
    truth, near = np.tile([0, 1], n // 2), np.linspace(0.3, 0.9, n)
    wrong_when_far = np.where(near > 0.6, truth, 1 - truth)
    said = np.column_stack([truth, truth, wrong_when_far])
    limits = choose_thresholds(dev_rows([[-1, -1, -1]] * n, truth, said=said, similarities=near)).alone
    assert limits[0] == limits[1] < 0.31
    assert limits[2] == pytest.approx(0.6, abs=0.06)


def test_a_source_that_is_wrong_a_few_times_shares_the_threshold():
    n = 60
    truth, near = np.tile([0, 1], n // 2), np.linspace(0.3, 0.9, n)
    wrong_thrice = np.where(np.arange(n) < 3, 1 - truth, truth)
    said = np.column_stack([truth, truth, wrong_thrice])
    limits = choose_thresholds(dev_rows([[-1, -1, -1]] * n, truth, said=said, similarities=near)).alone
    assert (limits == limits[0]).all()


@pytest.mark.slow
def test_chance_on_dev_seldom_extends_rows_with_votes():
    random = np.random.default_rng(0)
    n_taken = 0
    for _ in range(100):
        votes = np.column_stack([random.integers(0, 2, (60, 2)), np.full(60, -1)])
        said = np.column_stack([np.full((60, 2), -1), random.integers(0, 2, 60)])
        dev = dev_rows(votes, random.integers(0, 2, 60), said=said, similarities=random.random(60))
        n_taken += choose_thresholds(dev).beside[0] < NEVER
    assert n_taken <= 10  # 5 of 100 at most are expected


def test_no_row_is_near_to_any():
    dev = alone([0, 1], [0, 1], [-1.0, -1.0])
    assert choose_thresholds(dev).alone.tolist() == [NEVER]


def test_hits_of_rows_without_votes_are_those_of_guessing():
    dev = alone([0, 1], [0, 0], [0.9, 0.9])
    assert dev.hits(shared(NEVER, NEVER, 1)).tolist() == [0.5, 0.5]
    assert dev.hits(shared(0.5, 0.5, 1)).tolist() == [1, 0]


def test_bits_of_one_example_count_as_one_finding():
    n = 60
    truth = np.zeros(n, dtype=np.int64)
    votes = [[0, 1, -1]] * n
    said = [[-1, -1, 0]] * n
    dev = dev_rows(votes, truth, said=said, similarities=[0.8] * n)
    one_example = DevRows(dev.matrix, dev.rows, dev.truth, np.zeros(n, int), dev.near, dev.model)
    assert choose_thresholds(dev).beside[0] < NEVER
    assert choose_thresholds(one_example).beside[0] == NEVER
