"""Metrics of numbers from totals."""

import numpy as np
import pytest

from transom.evaluation.number_errors import mae, parts_of, r2, rmse

GOLD, PREDICTED = np.array([1.0, 2.0, 6.0]), np.array([2.0, 2.0, 4.0])


def test_totals_make_the_errors_of_the_numbers():
    totals = parts_of(PREDICTED, GOLD).sum(axis=0)
    assert (mae(totals), rmse(totals)) == (1.0, pytest.approx((5 / 3) ** 0.5))
    assert r2(totals) == pytest.approx(1 - 5 / 14)


def test_a_draw_of_some_numbers_has_its_own_mean():
    parts = parts_of(PREDICTED, GOLD)[1:]
    assert r2(parts.sum(axis=0)) == pytest.approx(1 - 4 / 8)


def test_nothing_is_said_of_no_number_nor_explained_where_all_gold_is_equal():
    nothing, equal = parts_of(GOLD[:0], GOLD[:0]).sum(axis=0), 3 * parts_of(PREDICTED, GOLD / 7)[0]
    assert np.isnan([mae(nothing), rmse(nothing), r2(nothing), r2(equal)]).all()
    assert mae(equal) > 0
