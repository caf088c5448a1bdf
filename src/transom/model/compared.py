"""The texts that are compared with each other, for the head of a payload's tasks."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations, islice, product

from transom.data.features.overlap import OverlapReading, Place
from transom.data.features.payloads import PayloadReading
from transom.model.seen import is_another_form
from transom.schema.payloads import MemberSet, Payload, Singleton
from transom.schema.payloads import Sequence as Elements

MOST_PAIRS = 28
"""So many pairs of texts are compared, all those of eight; a record of more texts has too many to learn from."""


def overlap_of(payload: Payload, around: Sequence[Payload], seen_by: Payload) -> PayloadReading | None:
    """How the texts of a payload and of those `around` it are compared for a head; None where there are no two.

    Members of a set and tokens are compared one by one.
    """
    pairs = tuple(islice(_pairs(payload, around), MOST_PAIRS))
    if not pairs:
        return None
    reading = OverlapReading(seen_by.name, pairs)
    match payload:
        case MemberSet(name):
            return PayloadReading(name, "set", reading, payload.max_length)
        case Elements(name):
            return PayloadReading(name, "sequence", reading, payload.max_length)
        case Singleton(name):
            return PayloadReading(name, "singleton", reading)


def is_of_elements(reading: PayloadReading) -> bool:
    """Whether tokens or members are compared one by one."""
    return isinstance(reading.value, OverlapReading) and reading.form != "singleton"


def _pairs(payload: Payload, around: Iterable[Payload]) -> Iterator[tuple[Place, Place]]:
    beside = list(chain.from_iterable(map(_texts, around)))
    match payload:
        case MemberSet(name, fields):
            own = [Place(name, field.name) for field in fields if field.value == "text"]
            stretch = [Place(name, points_at=payload.range)] if payload.range is not None else []
            yield from product(own, [*stretch, *beside])
            yield from combinations(own, 2)
        case Elements(name, value="token"):
            yield from product([Place(name)], beside)
        case Singleton():
            yield from combinations([*_texts(payload), *beside], 2)


def _texts(payload: Payload) -> Iterator[Place]:
    """The texts of a payload, of which every example has one each."""
    match payload:
        case Singleton(name, value="record"):
            yield from (Place(name, field.name) for field in payload.fields if field.value == "text")
        case Singleton(name, value="text") if not is_another_form(payload):
            yield Place(name)
        case Elements(name, value="token"):
            yield Place(name)
