"""What a search may vary: its parameters with the values to try, and when each means anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Value = str | int | float | bool


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`, whole ones where both are; with `log` evenly spread in their logarithm."""

    low: int | float
    high: int | float
    log: bool = False

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ValueError(f"low ({self.low:g}) must be below high ({self.high:g}).")
        if self.log and self.low <= 0:
            raise ValueError(f"low ({self.low:g}) must be above 0 with log.")

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)


Options = tuple[Value, ...] | Range


@dataclass(frozen=True)
class Parameter:
    """One thing to vary.

    It means something only while each parameter that `only_with` names has one of the values beside it: an encoder's
    number of layers while that encoder is chosen. Those parameters stand before it in the space.
    """

    key: str
    options: Options
    only_with: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    def applies(self, chosen: Mapping[str, Value]) -> bool:
        """Whether it means something beside what was chosen so far.

        >>> Parameter("query.layers", (1, 2), {"query.encoder": ("lstm",)}).applies({"query.encoder": "bag"})
        False
        """
        return all(chosen.get(key) in values for key, values in self.only_with.items())


def is_continuous(space: Sequence[Parameter]) -> bool:
    """Whether every parameter is a range and always means something: a Gaussian process suits such a space."""
    return all(isinstance(each.options, Range) and not each.only_with for each in space)
