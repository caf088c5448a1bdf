"""Values as one run of bytes, and back: how results of stages are kept without pickle.

The bytes are a head in JSON, then the arrays and byte strings that it numbers. Equal values have equal bytes. A class
is named "module:name", and only one of a given package is ever looked up; nothing in the bytes can run code.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from importlib import import_module
from mmap import mmap
from typing import Any, Protocol, runtime_checkable

import numpy as np
import orjson

MAGIC = b"transom\x01"
_LENGTH = 8  # bytes of the head's length

Parts = list[bytes | memoryview]
"""The arrays, which need not be copied, and byte strings of a value."""


@runtime_checkable
class Places(Protocol):
    """What of a value stands outside its bytes, such as a folder of the store."""

    def to_json(self, value: object) -> Any | None:
        """The value as JSON that names its place; None for a value that stands in the bytes."""
        ...

    def from_json(self, document: Any) -> Any:
        """The value at a place."""
        ...


@dataclass(frozen=True)
class Nowhere:
    """All of a value is in its bytes."""

    def to_json(self, value: object) -> None:  # noqa: ARG002 - the protocol's
        """Nothing stands elsewhere."""
        return

    def from_json(self, document: Any) -> Any:
        """Nothing to look up."""
        raise ValueError(f"{document!r} is at no place")


NOWHERE = Nowhere()


def pack(value: object, places: Places = NOWHERE) -> bytes:
    """A value made of dataclasses, tuples, lists, mappings, arrays, bytes and plain values.

    Fields that do not count when two dataclasses are compared, such as a place in a file, are left out.

    >>> unpack(pack((1, {"a": np.array([0.5])})))
    (1, {'a': array([0.5])})

    Raises:
        TypeError: there is something else in it.
    """
    parts: Parts = []
    document = _to_json(value, places, parts)
    head = orjson.dumps({"value": document, "lengths": [len(part) for part in parts]})
    return b"".join((MAGIC, len(head).to_bytes(_LENGTH, "little"), head, *parts))


def unpack(data: bytes, places: Places = NOWHERE, packages: Sequence[str] = ("transom",)) -> Any:
    """What `pack` was given; its classes are looked up in `packages` only.

    Raises:
        ValueError: the bytes are not what `pack` wrote, or were written by another version of a class.
    """
    head, end = _head(data)
    return _from_json(head["value"], _Reading(places, tuple(_parts(data, end, head["lengths"])), tuple(packages)))


def places_in(data: bytes | mmap) -> Iterator[Any]:
    """The places that a packed value names, as JSON."""
    waiting = [_head(data)[0]["value"]]
    while waiting:
        match waiting.pop():
            case {"at": place}:
                yield place
            case dict(parts):
                waiting += parts.values()
            case list(parts):
                waiting += parts


def _head(data: bytes | mmap) -> tuple[Any, int]:
    """The head, and where it ends."""
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError("these bytes are no packed value")
    start = len(MAGIC) + _LENGTH
    end = start + int.from_bytes(data[len(MAGIC) : start], "little")
    return orjson.loads(data[start:end]), end


@dataclass(frozen=True)
class _Reading:
    """Where the pieces of a value are found while it is put together."""

    places: Places
    parts: tuple[memoryview, ...]
    packages: tuple[str, ...]


def _parts(data: bytes, start: int, lengths: Sequence[int]) -> Iterator[memoryview]:
    view = memoryview(data)
    for length in lengths:
        yield view[start : start + length]
        start += length


def _to_json(value: object, places: Places, parts: Parts) -> Any:  # noqa: PLR0911 - one for each kind of value
    elsewhere = places.to_json(value)
    if elsewhere is not None:
        return {"at": elsewhere}
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return float(value) if math.isfinite(value) else {"float": str(value)}  # NumPy's floats are floats, too
        case tuple():
            return [_to_json(each, places, parts) for each in value]
        case list():
            return {"list": [_to_json(each, places, parts) for each in value]}
        case Mapping():
            pairs = ((_to_json(key, places, parts), _to_json(each, places, parts)) for key, each in value.items())
            return {"map": list(pairs)}
        case bytes():
            parts.append(value)
            return {"bytes": len(parts) - 1}
        case np.ndarray():
            return _array_to_json(value, parts)
        case np.generic():
            return _to_json(value.item(), places, parts)
    if is_dataclass(value) and not isinstance(value, type):
        kept = {each.name: getattr(value, each.name) for each in fields(value) if each.compare}
        name = f"{type(value).__module__}:{type(value).__qualname__}"
        return {"is": name, "of": {key: _to_json(each, places, parts) for key, each in kept.items()}}
    raise TypeError(f"a {type(value).__name__} cannot be kept: {value!r}")


def _array_to_json(array: np.ndarray, parts: Parts) -> Any:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if little.dtype.hasobject:
        raise TypeError("an array of Python objects cannot be kept")
    parts.append(np.ascontiguousarray(little).reshape(-1).view(np.uint8).data)
    return {"array": len(parts) - 1, "dtype": little.dtype.str, "shape": list(little.shape)}


def _from_json(document: Any, reading: _Reading) -> Any:  # noqa: PLR0911 - one for each kind of value
    match document:
        case list():
            return tuple(_from_json(each, reading) for each in document)
        case {"is": str(name), "of": dict(kept)}:
            cls = _class(name, reading.packages)
            try:
                return cls(**{key: _from_json(each, reading) for key, each in kept.items()})
            except TypeError as other:
                raise ValueError(f"{name} was kept with other fields: {other}") from None
        case {"map": list(pairs)}:
            return {_from_json(key, reading): _from_json(each, reading) for key, each in pairs}
        case {"list": list(elements)}:
            return [_from_json(each, reading) for each in elements]
        case {"array": int(number), "dtype": str(dtype), "shape": list(shape)}:
            stored = np.frombuffer(reading.parts[number], dtype).reshape(shape)
            return stored.astype(stored.dtype.newbyteorder("="))  # a copy, which torch may write to
        case {"bytes": int(number)}:
            return bytes(reading.parts[number])
        case {"float": str(text)}:
            return float(text)
        case {"at": place}:
            return reading.places.from_json(place)
    return document


@cache
def _class(name: str, packages: tuple[str, ...]) -> type[Any]:
    module, _, qualname = name.partition(":")
    if module.partition(".")[0] not in packages:
        raise ValueError(f"{name} is of none of the packages {', '.join(packages)}")
    found = getattr(import_module(module), qualname, None)
    if not (isinstance(found, type) and is_dataclass(found)):
        raise ValueError(f"{name} is no dataclass")
    return found
