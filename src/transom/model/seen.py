"""What the head of a task sees beside its own payload."""

from transom.data.features.columns import ColumnReading
from transom.errors import listed
from transom.model.readings import columns_of, encoders_for, unread_by
from transom.model.settings import Trees
from transom.registry import resolve
from transom.schema.payloads import MemberSet, Payload, Singleton
from transom.schema.schema import Schema


def seen_beside(schema: Schema, payload: Payload) -> list[Payload]:
    """What the head of a task sees beside its payload: what that is built on, or else all other payloads."""
    return _built_on(schema, payload) or [other for other in schema.payloads if other is not payload]


def _built_on(schema: Schema, payload: Payload) -> list[Payload]:
    """What `base` and `range` reach, at any number of steps."""
    reached: dict[str, Payload] = {}
    for name in (*payload.base, *([payload.range] if isinstance(payload, MemberSet) and payload.range else [])):
        part = schema.payload(name)
        reached |= {part.name: part} | {further.name: further for further in _built_on(schema, part)}
    return list(reached.values())


def is_another_form(payload: Payload) -> bool:
    """Whether a payload is a text that is not encoded again, as it is another form of what it is built on."""
    return isinstance(payload, Singleton) and payload.value == "text" and bool(payload.base)


def not_encoded(payload: Payload) -> str:
    """Why the choice of an encoder for another form changes nothing, and what to choose instead."""
    on = listed(payload.base)
    return f"Payload {payload.name!r} is a text with a base: a model sees {on} instead. Choose the encoder of {on}."


def columns_for(schema: Schema, payload: Payload) -> tuple[ColumnReading, ...]:
    """The columns that trees see where a head would see this payload; text, sequences and sets have none."""
    seen = [part for part in (payload, *seen_beside(schema, payload)) if isinstance(part, Singleton)]
    return tuple(column for part in seen for column in columns_of(part))


def unfit_encoder(schema: Schema, payload: Payload, name: str) -> str | None:
    """Why a registered encoder is no choice for a payload, and what to choose instead; None where it is one."""
    if is_another_form(payload):
        return not_encoded(payload)
    encoder = resolve("encoders", name)
    if unread := unread_by(encoder, payload):
        wrong = f"cannot read {unread}, which payload {payload.name!r} holds"
    elif encoder is Trees and not columns_for(schema, payload):
        wrong = f"reads numbers, categories and vectors, and a task on payload {payload.name!r} sees none"
    else:
        return None
    others = [other for other in encoders_for(payload) if other != name]
    return f"Encoder {name!r} {wrong}. Encoders for it: {listed(others)}."
