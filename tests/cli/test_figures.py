import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.cli.figures import Axis, counted, figure, signed, whisker, with_interval


@pytest.mark.parametrize(
    ("value", "metric", "written"),
    [
        (0.834, "accuracy", ".83"),
        (0.0, "ece", ".00"),
        (0.999, "coverage", "1.0"),
        (1.0, "macro_f1", "1.0"),
        (0.0412, "mae", "0.0412"),
        (12.345, "rmse", "12.3"),
        (-0.25, "r2", "-0.25"),
    ],
)
def test_shares_have_two_digits_and_numbers_three(value: float, metric: str, written: str) -> None:
    assert figure(value, metric) == written


def test_an_interval_stands_beside_its_value() -> None:
    assert with_interval(0.83, 0.79, 0.87) == ".83 [.79, .87]"
    assert with_interval(2.5, 1.25, 3.0, "mae") == "2.5 [1.25, 3]"


@pytest.mark.parametrize(
    ("difference", "written"), [(0.061, "+.06"), (-0.2, "-.20"), (0.001, ".00"), (-0.001, ".00"), (1.0, "+1.0")]
)
def test_a_difference_has_a_sign_unless_it_rounds_to_nothing(difference: float, written: str) -> None:
    assert signed(difference) == written


def test_things_are_counted_in_the_plural() -> None:
    assert [counted(n, "file") for n in (0, 1, 1200)] == ["0 files", "1 file", "1,200 files"]


def test_a_reference_is_seen_beside_and_on_the_line() -> None:
    axis = Axis(0.0, 1.0, 11)
    assert whisker(axis, 0.5, 0.3, 0.8, reference=0.9) == "   ──●───┊ "
    assert whisker(axis, 0.5, 0.3, 0.8, reference=0.7) == "   ──●─┼─  "
    assert whisker(axis, 0.5, 0.3, 0.8) == "   ──●───  "


def test_a_scale_of_one_value_puts_it_in_the_middle() -> None:
    assert whisker(Axis(1.0, 1.0, 5), 1.0, 1.0, 1.0) == "  ●  "


@given(st.tuples(*[st.floats(-2, 2)] * 3).map(sorted), st.floats(-2, 2))
def test_a_plot_has_one_dot_and_the_width_of_its_axis(limits: list[float], reference: float) -> None:
    low, value, high = limits
    plot = whisker(Axis(-1.0, 1.0, 24), value, low, high, reference)
    assert (len(plot), plot.count("●")) == (24, 1)
