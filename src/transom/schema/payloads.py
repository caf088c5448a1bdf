"""Payloads: what a model sees of an example."""

from dataclasses import dataclass, field
from typing import Literal

from transom.errors import NOWHERE, Location

SingletonValue = Literal["text", "number", "category", "vector", "record"]
SequenceValue = Literal["token", "number", "vector"]
FieldValue = Literal["text", "number", "category"]


@dataclass(frozen=True)
class Field:
    """One field of a record."""

    name: str
    value: FieldValue


@dataclass(frozen=True)
class Singleton:
    """One value an example; `base` names the payloads it is built on, `fields` belong to a record."""

    name: str
    value: SingletonValue
    base: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class Sequence:
    """An ordered list of elements; a model sees the first `max_length` of them."""

    name: str
    value: SequenceValue
    max_length: int = field(default=512, metadata={"minimum": 1})
    base: tuple[str, ...] = ()
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class MemberSet:
    """A set of records, each with an id; `range` names the sequence that members point into."""

    name: str
    fields: tuple[Field, ...] = ()
    range: str | None = None
    max_length: int = field(default=64, metadata={"minimum": 1})
    base: tuple[str, ...] = ()
    at: Location = field(default=NOWHERE, compare=False, repr=False)


Payload = Singleton | Sequence | MemberSet
