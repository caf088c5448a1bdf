"""What is said of today's data beside those of a version: the anomalies, and what follows from them.

It knows nothing of how data are compared, so that a run in which nothing changed need not load that.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal[
    "type changed",
    "missing",
    "new category",
    "vanished category",
    "drift",
    "vanished tag",
    "vanished source",
    "coverage collapsed",
    "accuracy collapsed",
]


@dataclass(frozen=True)
class Anomaly:
    """What is unlike, in which column ("payload price"), source or tag, in words with the figures.

    `size` is the stability index of the change, and `p` how likely it is by chance; both None where nothing is left
    to compare.
    """

    kind: Kind
    where: str
    what: str
    size: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class DataVerdict:
    """What became of a comparison of today's data, or those in `new_files` alone, with those of version `against`."""

    outcome: Literal["passed", "warned", "refused"]
    why: str
    against: int | None
    anomalies: tuple[Anomaly, ...] = ()
    new_files: bool = False

    @property
    def compared(self) -> str:
        """What was compared, as a sentence begins with it."""
        return "The data in new files" if self.new_files else "Today's data"

    @property
    def is_refused(self) -> bool:
        """Whether nothing may be trained on these data."""
        return self.outcome == "refused"

    def as_dict(self) -> dict[str, Any]:
        """The verdict as `--json` prints it."""
        return asdict(self)


def worst_first(anomalies: Iterable[Anomaly]) -> tuple[Anomaly, ...]:
    """Those that cannot be compared at all, then the largest."""
    return tuple(sorted(anomalies, key=lambda each: (each.size is not None, -(each.size or 0.0), each.where)))
