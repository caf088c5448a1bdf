"""Tasks: what a model predicts of an example, or of each element of a payload."""

from dataclasses import dataclass, field
from typing import Literal

from transom.errors import NOWHERE, Location

OrderedBy = Literal["order", "time"]


@dataclass(frozen=True)
class Multiclass:
    """Exactly one of `classes` holds of each item."""

    name: str
    classes: tuple[str, ...] = field(metadata={"minItems": 1, "uniqueItems": True})
    payload: str | None = None
    ordered_by: OrderedBy | None = None
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class Bitvector:
    """Any number of `classes` hold of each item; each is a yes-or-no question of its own."""

    name: str
    classes: tuple[str, ...] = field(metadata={"minItems": 1, "uniqueItems": True})
    payload: str | None = None
    ordered_by: OrderedBy | None = None
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class Spans:
    """Stretches `[start, end)` of a sequence, each with one of `classes`; they do not overlap."""

    name: str
    classes: tuple[str, ...] = field(metadata={"minItems": 1, "uniqueItems": True})
    payload: str | None = None
    ordered_by: OrderedBy | None = None
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class Select:
    """One member of a set, or none of them."""

    name: str
    payload: str | None = None
    ordered_by: OrderedBy | None = None
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class Regression:
    """A number of each item."""

    name: str
    payload: str | None = None
    ordered_by: OrderedBy | None = None
    at: Location = field(default=NOWHERE, compare=False, repr=False)


Task = Multiclass | Bitvector | Spans | Select | Regression
