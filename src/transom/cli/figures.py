"""Figures: numbers, intervals and small plots as people read them in a table."""

from dataclasses import dataclass

UNITLESS = frozenset({"mae", "rmse", "r2"})
"""The metrics that are no shares in [0, 1]."""
MISSING = "-"


def figure(value: float, metric: str = "accuracy") -> str:
    """A share as .83 and 1.0, always three characters; a number of any size with three digits.

    >>> figure(0.8333), figure(1.0), figure(1234.5, "mae")
    ('.83', '1.0', '1.23e+03')
    """
    if metric in UNITLESS:
        return f"{value:.3g}"
    return "1.0" if value >= 0.995 else f"{value:.2f}".removeprefix("0")


def with_interval(value: float, low: float | None, high: float | None, metric: str = "accuracy") -> str:
    """A value and its interval.

    >>> with_interval(0.83, 0.79, 0.87), with_interval(0.83, None, None)
    ('.83 [.79, .87]', '.83 [-]')
    """
    if low is None or high is None:
        return f"{figure(value, metric)} [{MISSING}]"
    return f"{figure(value, metric)} [{figure(low, metric)}, {figure(high, metric)}]"


def signed(difference: float, metric: str = "accuracy") -> str:
    """A difference with its sign; nothing that rounds to zero has one.

    >>> signed(0.061), signed(-0.2), signed(-0.001)
    ('+.06', '-.20', '.00')
    """
    size = figure(abs(difference), metric)
    return size if not size.strip(".0") else f"{'+' if difference > 0 else '-'}{size}"


def counted(n: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "file"), counted(1200, "example")
    ('1 file', '1,200 examples')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


@dataclass(frozen=True)
class Axis:
    """A scale from `low` to `high` on `width` characters."""

    low: float
    high: float
    width: int

    def place(self, value: float) -> int:
        """The character that stands for a value; what is off the scale is put at its end."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(min(1.0, max(0.0, share)) * (self.width - 1))


def whisker(axis: Axis, value: float, low: float, high: float, reference: float | None = None) -> str:
    """A value as a dot on the line of its interval, and where a reference stands.

    >>> whisker(Axis(0.0, 1.0, 11), 0.5, 0.3, 0.8, reference=0.9)
    '   ──●───┊ '
    """
    start, stop = axis.place(low), axis.place(high) + 1
    cells = [" "] * start + ["─"] * (stop - start) + [" "] * (axis.width - stop)
    if reference is not None:
        place = axis.place(reference)
        cells[place] = "┼" if start <= place < stop else "┊"
    cells[axis.place(value)] = "●"
    return "".join(cells)
