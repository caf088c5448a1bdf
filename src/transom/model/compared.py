"""The texts that are compared with each other, for the head of a payload's tasks."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice, product

from transom.data.features.overlap import OverlapReading, Place
from transom.data.features.payloads import PayloadReading
from transom.model.seen import is_another_form
from transom.schema.payloads import MemberSet, Payload, Singleton
from transom.schema.payloads import Sequence as Elements

MOST_PAIRS = 28
"""So many pairs of texts are compared, all those of eight, and those of different payloads before those of one."""


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
    beside = [place for other in around for place in _texts(other)]
    match payload:
        case MemberSet(name, fields):
            own = [Place(name, field.name) for field in fields if field.value == "text"]
            others = [*_stretch(payload, around), *beside]
            yield from ((each, other) for other in others for each in own)
            yield from combinations(own, 2)
        case Elements(value="token"):
            yield from product(_texts(payload), beside)
        case Singleton():
            pairs = list(combinations([*_texts(payload), *beside], 2))
            yield from (pair for pair in pairs if pair[0].payload != pair[1].payload)
            yield from (pair for pair in pairs if pair[0].payload == pair[1].payload)


def _stretch(members: MemberSet, around: Iterable[Payload]) -> Iterator[Place]:
    """What members point at, where that is seen."""
    for other in around:
        if isinstance(other, Elements) and other.name == members.range and other.value == "token":
            yield Place(members.name, points_at=other.name, max_length=other.max_length)


def _texts(payload: Payload) -> Iterator[Place]:
    """The texts of a payload, of which every example has one each."""
    match payload:
        case Singleton(name, value="record"):
            yield from (Place(name, field.name) for field in payload.fields if field.value == "text")
        case Singleton(name, value="text") if not is_another_form(payload):
            yield Place(name)
        case Elements(name, value="token"):
            yield Place(name, max_length=payload.max_length)
