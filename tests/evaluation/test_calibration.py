import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.evaluation.calibration import expected_calibration_error


def by_the_book(confidence: np.ndarray, is_right: np.ndarray) -> float:
    error = 0.0
    for b in range(15):
        inside = (confidence > b / 15) & (confidence <= (b + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(is_right[inside].mean() - confidence[inside].mean())
    return error


@given(st.lists(st.tuples(st.floats(0.01, 1), st.booleans()), min_size=1, max_size=50))
@settings(max_examples=50)
def test_the_error_is_the_weighted_gap_of_fifteen_bins(items: list[tuple[float, bool]]) -> None:
    confidence, is_right = np.array([c for c, _ in items]), np.array([right for _, right in items])
    estimate = expected_calibration_error(confidence, is_right, np.arange(len(items)))
    assert estimate.value == pytest.approx(by_the_book(confidence, is_right), abs=1e-6)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1 + 1e-9


def test_a_source_that_is_always_sure_errs_by_its_share_of_mistakes() -> None:
    is_right = np.array([True, True, True, False])
    assert expected_calibration_error(np.ones(4), is_right, np.arange(4)).value == pytest.approx(0.25)


def test_stated_probabilities_that_come_true_have_almost_no_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 20_000)
    estimate = expected_calibration_error(confidence, rng.random(20_000) < confidence, np.arange(20_000))
    # The sd of a bin of about 2,500 items is .01, and the mean of eight absolute gaps is below it.
    assert estimate.value < 0.015
