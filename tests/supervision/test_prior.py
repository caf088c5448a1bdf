"""The class prior comes from gold, from the user, or is even."""

import numpy as np
import pytest

from transom.data.items import one_each
from transom.errors import LabelModelError
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import class_prior, prior_of_rows, uniform_prior
from transom.testing.label_models import matrix_of


def judged(n_rows, n_classes):
    return matrix_of(np.zeros((n_rows, 1), dtype=np.int8), n_classes)


def options(n_options, n_classes):
    n = np.array(n_options)
    return LabelMatrix(np.zeros((len(n), 1), dtype=np.int8), ("s",), n_classes, one_each(len(n)), n_options=n)


def test_gold_is_counted_with_one_more_for_each_class():
    assert class_prior("dev", judged(3, 3), np.array([0, 0, 1])).tolist() == [3 / 6, 2 / 6, 1 / 6]


def test_without_gold_classes_are_equally_likely():
    assert class_prior("dev", judged(0, 4), np.array([], dtype=np.int64)).tolist() == [0.25] * 4


def test_a_uniform_prior_does_not_look_at_gold():
    assert class_prior("uniform", judged(3, 2), np.array([1, 1, 1])).tolist() == [0.5, 0.5]


def test_shares_that_a_user_gives_are_scaled():
    assert class_prior((3.0, 1.0), judged(0, 2), np.array([], dtype=np.int64)).tolist() == [0.75, 0.25]


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ((1.0,), "T101 prior: [1.0] has 1 shares for 2 classes. Give one each."),
        ((1.0, 0.0), "T101 prior: [1.0, 0.0] has a share that is not above 0. Give each class some."),
        ((1.0, np.nan), "T101 prior: [1.0, nan] has a share that is not above 0. Give each class some."),
    ],
)
def test_shares_that_cannot_be_used_are_refused(shares, message):
    with pytest.raises(LabelModelError) as raised:
        class_prior(shares, judged(0, 2), np.array([], dtype=np.int64))
    assert str(raised.value) == message


def test_of_a_select_task_only_none_of_them_is_counted():
    prior = class_prior("dev", options([3, 4, 3, 3], 4), np.array([2, 0, 1, 0]))
    assert prior[-1] == (1 + 1) / (4 + 2)
    assert np.allclose(prior[:-1], (1 - prior[-1]) / 3)


def test_members_share_what_none_of_them_leaves():
    rows = prior_of_rows(options([3, 1], 4), np.array([0.3, 0.3, 0.2, 0.2]))
    assert np.allclose(rows, [[0.4, 0.4, 0.2, 0], [1, 0, 0, 0]])


def test_one_row_stands_for_all_where_all_have_every_class():
    assert prior_of_rows(judged(5, 2), uniform_prior(2)).shape == (1, 2)
