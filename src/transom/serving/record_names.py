"""Names of values in records, as settings write them: `id`, a payload, or a field of one as `person.age`."""

from collections.abc import Iterator, Mapping
from typing import Any

from transom.schema.payloads import MemberSet, Payload, Singleton
from transom.schema.schema import Schema

ID = "id"


def names_in(schema: Schema) -> Iterator[str]:
    """Every name that records of a schema have."""
    yield ID
    for payload in schema.payloads:
        yield payload.name
        yield from (f"{payload.name}.{name}" for name in fields_of(payload))


def fields_of(payload: Payload) -> Iterator[str]:
    """The names of a payload's fields, if it has some."""
    if isinstance(payload, Singleton | MemberSet):
        yield from (field.name for field in payload.fields)


def value_at(record: Any, name: str) -> Any:
    """The value of this name in something that should be a record; None where there is none.

    >>> value_at({"payloads": {"person": {"age": 31}}}, "person.age")
    31
    """
    found = record
    for key in (ID,) if name == ID else ("payloads", *name.split(".", 1)):
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found
