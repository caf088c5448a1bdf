"""A schema proposed for data lines that have none: payloads and tasks from what the records hold."""

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import replace
from typing import Any

from transom.data.proposal import Proposal
from transom.schema.payloads import Field, FieldValue, MemberSet, Payload, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

Record = Mapping[str, Any]

GOLD_NAMES = {"gold", "truth", "crowd", "expert", "label", "labels", "annotator"}
"""Sources that are proposed as gold."""

MAX_CATEGORIES = 50

NO_CLASSES = ("no", "yes")
"""What is proposed where no label names a class."""


def propose_from_records(records: SequenceOf[Record]) -> Proposal:
    """The schema that data lines seem to follow; of what is written otherwise `check` tells each line."""
    records = [_read(record) for record in records]
    values = _by_name(record["payloads"] for record in records)
    payloads = _related(tuple(_payload(name, found) for name, found in values.items()), records)
    names = dict.fromkeys(name for record in records for name in record["tasks"])
    tasks = tuple(_task(name, records, payloads) for name in names) or (
        Multiclass("label", NO_CLASSES, _main(payloads)),
    )
    sources = {source for record in records for votes in record["tasks"].values() for source in votes}
    notes = {
        task.name: "no payload fits it: name one that it can be learned from" for task in tasks if task.payload is None
    }
    if not names:
        notes["label"] = "no record has a label: say what is predicted"
    return Proposal(Schema(payloads, tasks, (), tuple(sorted(sources & GOLD_NAMES))), notes)


def _read(record: Record) -> Record:
    """The payloads and the labels of a record, none where they are no objects."""
    tasks = _object(record.get("tasks"))
    return {"payloads": _object(record.get("payloads")), "tasks": {name: _object(tasks[name]) for name in tasks}}


def _object(value: Any) -> Record:
    return value if isinstance(value, dict) else {}


def _by_name(objects: Iterable[Record]) -> dict[str, list[Any]]:
    """The values under each key of some objects, without the missing ones."""
    found: dict[str, list[Any]] = {}
    for each in objects:
        for name, value in each.items():
            values = found.setdefault(name, [])
            if value is not None:
                values.append(value)
    return found


def _payload(name: str, values: SequenceOf[Any]) -> Payload:
    if _all(values, dict):
        return Singleton(name, "record", fields=_fields(values))
    if not _all(values, list):
        return Singleton(name, _value(values))
    elements = [element for value in values for element in value]
    longest = max(map(len, values), default=1) or 1
    if elements and _all(elements, dict):
        return MemberSet(name, _fields([_object(each.get("fields")) for each in elements]), max_length=longest)
    if elements and _all(elements, list):
        return Sequence(name, "vector", max_length=longest)
    if not elements or not _all(elements, (int, float)):
        return Sequence(name, "token", max_length=longest)
    is_vector = len(set(map(len, values))) == 1
    return Singleton(name, "vector") if is_vector else Sequence(name, "number", max_length=longest)


def _all(values: Iterable[Any], kind: type | tuple[type, ...]) -> bool:
    return all(isinstance(value, kind) and not isinstance(value, bool) for value in values)


def _fields(records: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    return tuple(Field(name, _value(values)) for name, values in _by_name(records).items())


def _value(values: SequenceOf[Any]) -> FieldValue:
    if values and _all(values, (int, float)):
        return "number"
    texts = [value for value in values if isinstance(value, str)]
    is_category = 0 < len(set(texts)) <= min(MAX_CATEGORIES, len(texts) // 2) and not any(" " in text for text in texts)
    return "category" if is_category else "text"


def _related(payloads: tuple[Payload, ...], records: SequenceOf[Record]) -> tuple[Payload, ...]:
    """The payloads with what ties them together: a text and its tokens, members and the sequence they point into."""
    sequences = [each.name for each in payloads if isinstance(each, Sequence)]
    return tuple(_relate(each, sequences, [record["payloads"] for record in records]) for each in payloads)


def _relate(payload: Payload, sequences: SequenceOf[str], rows: SequenceOf[Record]) -> Payload:
    if isinstance(payload, MemberSet):
        fitting = (name for name in sequences if _points_into(payload.name, name, rows))
        return replace(payload, range=next(fitting, None))
    if isinstance(payload, Singleton) and payload.value == "text":
        return replace(payload, base=tuple(name for name in sequences if _is_text_of(payload.name, name, rows))[:1])
    return payload


def _points_into(members: str, sequence: str, rows: SequenceOf[Record]) -> bool:
    """Whether members have ranges, and all of them lie within the sequence."""
    ends = [
        (each["range"][-1:], len(row.get(sequence) or ()))
        for row in rows
        for each in row.get(members) or ()
        if isinstance(each.get("range"), list)
    ]
    return bool(ends) and all(_all(end, int) and end <= [length] for end, length in ends)


def _is_text_of(text: str, sequence: str, rows: SequenceOf[Record]) -> bool:
    """Whether the sequence holds the tokens of the text."""
    both = [(row[text], row[sequence]) for row in rows if row.get(text) and row.get(sequence)]
    return bool(both) and all(
        _all([whole, *tokens], str) and "".join(whole.split()) == "".join("".join(tokens).split())
        for whole, tokens in both
    )


def _main(payloads: SequenceOf[Payload]) -> str | None:
    """The payload that says most of a whole example: the first text, else a record, else another single value."""
    single = {each.value: each.name for each in reversed(payloads) if isinstance(each, Singleton)}
    return next((single[value] for value in ("text", "record", *single) if value in single), None)


def _task(name: str, records: SequenceOf[Record], payloads: tuple[Payload, ...]) -> Task:
    """A task from all labels of all its sources."""
    labeled = [
        (label, record["payloads"])
        for record in records
        for label in record["tasks"].get(name, {}).values()
        if label is not None
    ]
    labels = [label for label, _ in labeled]
    sets = [each.name for each in payloads if isinstance(each, MemberSet)]
    if labels and _all(labels, (int, float)):
        return Regression(name, _main(payloads))
    if labels and _all(labels, list):
        return _list_task(name, labeled, payloads)
    for members in sets:
        if labels and all(set(_names(label)) <= _ids(row.get(members) or ()) for label, row in labeled):
            return Select(name, members)
    return Multiclass(name, _classes(labels) or NO_CLASSES, _main(payloads))


def _list_task(name: str, labeled: SequenceOf[tuple[list[Any], Record]], payloads: tuple[Payload, ...]) -> Task:
    """A task whose labels are lists: spans, classes that hold of an example, or something of each element."""
    elements = [element for label, _ in labeled for element in label if element is not None]
    if elements and all(isinstance(each, list) and len(each) == 3 and _all(each[:2], int) for each in elements):
        sequences = [each.name for each in payloads if isinstance(each, Sequence)]
        fits = (
            one
            for one in sequences
            if all(span[1] <= len(row.get(one) or ()) for label, row in labeled for span in label if span)
        )
        return Spans(name, _classes([each[2] for each in elements]) or NO_CLASSES, next(fits, None))
    many = [each.name for each in payloads if not isinstance(each, Singleton)]
    of_each = next((one for one in many if all(len(label) == len(row.get(one) or ()) for label, row in labeled)), None)
    if of_each is None:
        return Bitvector(name, _classes(elements) or NO_CLASSES, _main(payloads))
    if elements and _all(elements, (int, float)):
        return Regression(name, of_each)
    if elements and _all(elements, list):
        return Bitvector(name, _classes([each for element in elements for each in element]) or NO_CLASSES, of_each)
    return Multiclass(name, _classes(elements) or NO_CLASSES, of_each)


def _names(label: Any) -> list[str]:
    """The classes or members that a label names."""
    return [label] if isinstance(label, str) else list(label) if isinstance(label, dict) else []


def _ids(members: Iterable[Record]) -> set[str]:
    return {each["id"] for each in members if isinstance(each.get("id"), str)}


def _classes(labels: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted({name for label in labels for name in _names(label)}))
