"""Example: one record as a user's function sees it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final


class Abstain(Enum):
    """The type of `ABSTAIN`."""

    ABSTAIN = "ABSTAIN"

    def __repr__(self) -> str:
        return "ABSTAIN"


ABSTAIN: Final = Abstain.ABSTAIN
"""What a labelling function returns to give no vote."""


@dataclass(frozen=True)
class Example:
    """One record: payloads are attributes by name (`x.query`), and the rest of the line beside them.

    >>> x = Example("q1", {"query": "how tall is obama"}, tags=("train",))
    >>> x.query
    'how tall is obama'
    """

    id: str
    payloads: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    time: datetime | None = None
    order: float | None = None

    def __getattr__(self, name: str) -> Any:
        """A payload by its name; AttributeError names the payloads there are."""
        payloads = self.__dict__.get("payloads", {})
        if name in payloads:
            return payloads[name]
        raise AttributeError(f"this example has no payload {name!r}; it has {', '.join(payloads) or 'none'}")
