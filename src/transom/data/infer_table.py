"""A project proposed from a table: what each column is, guessed from its name and its values.

A column is the id, the split, the time, the label, another source's votes on that label, or a payload; numbers and
categories together are the fields of one record.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from transom.data.proposal import Proposal
from transom.schema.names import RESERVED, SQL_VALUE
from transom.schema.payloads import Field, FieldValue, Payload, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Task

ID_NAMES = {"id", "_id", "idx", "index", "key", "uuid", "guid", "row_id", "example_id", "record_id"}
SPLIT_NAMES = {"split", "set", "subset", "fold", "partition"}
LABEL_NAMES = {
    *("label", "labels", "class", "target", "y", "gold", "truth", "answer", "outcome", "rating", "score", "stars"),
    *("category", "categories", "sentiment", "intent", "topic", "topics", "spam", "is_spam"),
}
SPLIT_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("dev", "valid", "validation", "val", "development"), "dev"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), "test"),
}
GOLD, RECORD = "gold", "record"

MAX_CLASSES = 50
"""More values than that are no classes."""

UNNAMEABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]|^\s*$")
"""What neither a class nor a field is called."""


@dataclass(frozen=True)
class Roles:
    """Which column is what; `payloads` are columns by the name of the payload, `fields` those of the one record."""

    id: str | None = None
    split: str | None = None
    time: str | None = None
    label: str | None = None
    votes: tuple[str, ...] = ()
    payloads: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def propose_from_table(table: pl.DataFrame) -> Proposal:
    """A schema for a table's columns, and its rows as data lines."""
    frame = _plain(table)
    roles = _roles(frame, left_out=tuple(name for name in table.columns if name not in frame.columns))
    payloads = _payloads(frame, roles)
    task = _task(frame, roles, payloads)
    gold = (GOLD,) if roles.label is not None else ()
    return Proposal(
        schema=Schema(payloads, (task,), (), gold),
        notes=_notes(roles, task),
        remarks=_remarks(roles),
        records=_records(frame, roles, task),
    )


def _plain(table: pl.DataFrame) -> pl.DataFrame:
    """The columns that can be used, in few types: text, whole numbers, numbers, truth values, times, lists of these."""
    columns = []
    for column in table:
        dtype = column.dtype
        if isinstance(dtype, pl.Categorical | pl.Enum):
            columns.append(column.cast(pl.String))
        elif dtype.is_integer():
            columns.append(column.cast(pl.Int64, strict=False))
        elif dtype.is_numeric():
            numbers = column.cast(pl.Float64)
            columns.append(numbers.set(~numbers.is_finite(), None))
        elif isinstance(dtype, pl.Array):
            columns.append(_whole_numbers(column.arr.to_list()))
        elif isinstance(dtype, pl.List):
            columns.append(_whole_numbers(column))
        elif isinstance(dtype, pl.String | pl.Boolean | pl.Datetime | pl.Date):
            columns.append(column)
    return pl.DataFrame([column for column in columns if column.null_count() < len(column) and _is_whole(column)])


def _whole_numbers(column: pl.Series) -> pl.Series:
    """A list column whose whole numbers are of one type, however many bits a file gives them."""
    assert isinstance(column.dtype, pl.List)
    return column.cast(pl.List(pl.Int64), strict=False) if column.dtype.inner.is_integer() else column


def _is_whole(column: pl.Series) -> bool:
    """Whether a list column has plain elements and none of them missing; other columns may miss values."""
    if not isinstance(column.dtype, pl.List):
        return True
    inner = column.dtype.inner
    is_plain = inner == pl.String or inner.is_numeric()
    holes = ~pl.element().is_finite() if inner.is_float() else pl.element().is_null()
    return is_plain and not column.list.eval(holes.fill_null(value=True)).list.any().any()


def _roles(frame: pl.DataFrame, left_out: tuple[str, ...]) -> Roles:
    """Every column gets the first role that its name and values fit."""
    rest = list(frame.columns)
    name = _take(rest, (each for each in rest if each.lower() in ID_NAMES and _is_id(frame[each])))
    split = _take(rest, (each for each in rest if each.lower() in SPLIT_NAMES and _is_split(frame[each])))
    time = _take(rest, (each for each in rest if _is_time(frame[each])))
    named = (each for each in rest if each.lower() in LABEL_NAMES and _is_label(frame[each]))
    last = (each for each in rest[-1:] if not frame.schema[each].is_numeric() and _classes(frame[each]))
    label = _take(rest, named) or _take(rest, last)
    votes = [each for each in rest if label is not None and _votes_on(frame[each], frame[label])]
    fields = [each for each in rest if each not in votes and _field_value(frame[each]) and not UNNAMEABLE.search(each)]
    others = [each for each in rest if each not in votes and (each not in fields or len(fields) == 1)]
    payloads = [each for each in others if not isinstance(frame.schema[each], pl.Datetime | pl.Date)]
    return Roles(
        id=name,
        split=split,
        time=time,
        label=label,
        votes=tuple(votes),
        payloads=dict(zip(_payload_names(payloads), payloads, strict=True)),
        fields=tuple(fields) if len(fields) > 1 else (),
        left_out=(*left_out, *(each for each in others if each not in payloads)),
    )


def _take(rest: list[str], fitting: Iterator[str]) -> str | None:
    """The first column that fits; it has its role then."""
    chosen = next(fitting, None)
    if chosen is not None:
        rest.remove(chosen)
    return chosen


def _is_id(column: pl.Series) -> bool:
    is_plain = isinstance(column.dtype, pl.String | pl.Int64)
    return (
        is_plain and not column.null_count() and column.n_unique() == len(column) and "" not in column.cast(pl.String)
    )


def _is_split(column: pl.Series) -> bool:
    is_full = isinstance(column.dtype, pl.String) and not column.null_count()
    return is_full and set(column.str.to_lowercase().unique()) <= SPLIT_WORDS.keys()


def _is_time(column: pl.Series) -> bool:
    return isinstance(column.dtype, pl.Datetime | pl.Date)


def _is_label(column: pl.Series) -> bool:
    return column.dtype.is_numeric() or bool(_classes(column))


def _classes(column: pl.Series) -> list[str]:
    """The classes that a column seems to hold: a few values, each of them again and again. None if it does not."""
    if not isinstance(column.dtype, pl.String | pl.Boolean | pl.Int64 | pl.List) or column.dtype == pl.List(pl.Int64):
        return []
    values = column.explode() if isinstance(column.dtype, pl.List) else column
    if values.dtype.is_float():
        return []
    found = sorted(values.drop_nulls().unique().to_list())
    names = [_class(each) for each in found]
    is_few = 2 <= len(names) <= min(MAX_CLASSES, max(2, len(values) // 2))
    return names if is_few and not any(map(UNNAMEABLE.search, names)) else []


def _class(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _votes_on(column: pl.Series, label: pl.Series) -> bool:
    """Whether a column says the same classes as the label, as another annotator's does."""
    is_text = isinstance(column.dtype, pl.String) and isinstance(label.dtype, pl.String)
    return is_text and bool(_classes(label)) and set(column.drop_nulls()) <= set(label.drop_nulls())


def _field_value(column: pl.Series) -> FieldValue | None:
    """What the column would be as a field of a record; None for prose and lists."""
    if column.dtype.is_numeric():
        return "number"
    is_category = isinstance(column.dtype, pl.Boolean) or (
        isinstance(column.dtype, pl.String) and not _is_prose(column)
    )
    return "category" if is_category else None


def _is_prose(column: pl.Series) -> bool:
    n_words = int(column.str.count_matches(" ").sum()) + len(column)
    return n_words >= 3 * len(column) or column.n_unique() > len(column) / 2


def _payload_names(columns: list[str]) -> list[str]:
    """Names that payloads can have, each once."""
    taken = {*RESERVED, RECORD}
    names = []
    for column in columns:
        name = re.sub(r"\W", "_", column, flags=re.ASCII)
        name = name if re.match(r"[A-Za-z_]", name) else f"_{name}"
        while name in taken or re.fullmatch(SQL_VALUE, name):
            name += "_"
        taken.add(name)
        names.append(name)
    return names


def _payloads(frame: pl.DataFrame, roles: Roles) -> tuple[Payload, ...]:
    payloads = [_payload(name, frame[column]) for name, column in roles.payloads.items()]
    if roles.fields:
        fields = tuple(Field(name, _field_value(frame[name]) or "text") for name in roles.fields)
        payloads.append(Singleton(RECORD, "record", fields=fields))
    return tuple(payloads)


def _payload(name: str, column: pl.Series) -> Payload:
    if not isinstance(column.dtype, pl.List):
        return Singleton(name, _field_value(column) or "text")
    lengths = set(column.drop_nulls().list.len())
    if column.dtype.inner == pl.String:
        return Sequence(name, "token", max_length=max(1, *lengths))
    return Singleton(name, "vector") if len(lengths) == 1 else Sequence(name, "number", max_length=max(1, *lengths))


def _task(frame: pl.DataFrame, roles: Roles, payloads: tuple[Payload, ...]) -> Task:
    """What is predicted, from the payload that says most: the first text, else the record, else a vector."""
    single = {each.value: each.name for each in reversed(payloads) if isinstance(each, Singleton)}
    payload = next((single[value] for value in ("text", "record", *single) if value in single), None)
    if roles.label is None:
        return Multiclass("label", ("no", "yes"), payload)
    column = frame[roles.label]
    classes = tuple(_classes(column))
    if isinstance(column.dtype, pl.List):
        return Bitvector(_task_name(roles.label), classes, payload)
    return (
        Multiclass(_task_name(roles.label), classes, payload)
        if classes
        else Regression(_task_name(roles.label), payload)
    )


def _task_name(column: str) -> str:
    return "label" if UNNAMEABLE.search(column) else column


def _notes(roles: Roles, task: Task) -> dict[str, str]:
    """Where each payload and the task come from, where that is not plain from the name."""
    notes = {name: f"the column {column!r}" for name, column in roles.payloads.items() if name != column}
    if roles.label is None:
        notes[task.name] = "no column looks like a label: say what is predicted"
    elif roles.label.lower() not in LABEL_NAMES:
        notes[task.name] = "guessed, as it is the last column and has few values"
    return notes


def _remarks(roles: Roles) -> tuple[str, ...]:
    remarks = []
    if roles.votes:
        remarks.append(f"Columns with the same classes as the label became its sources: {', '.join(roles.votes)}.")
    if roles.left_out:
        remarks.append(f"Columns left out: {', '.join(roles.left_out)}.")
    if roles.split is None:
        remarks.append("No column says train, dev or test, so a seeded split is made.")
    return tuple(remarks)


def _records(frame: pl.DataFrame, roles: Roles, task: Task) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(frame.iter_rows(named=True), 1):
        payloads = {name: _value(row[column]) for name, column in roles.payloads.items()}
        if roles.fields:
            payloads[RECORD] = {name: _value(row[name]) for name in roles.fields}
        record: dict[str, Any] = {"id": str(number if roles.id is None else row[roles.id]), "payloads": payloads}
        voted = [(source, column) for source, column in _sources(roles) if row[column] is not None]
        if voted:
            record["tasks"] = {task.name: {source: _label_value(task, row[column]) for source, column in voted}}
        if roles.split is not None:
            record["tags"] = [SPLIT_WORDS[row[roles.split].lower()]]
        if roles.time is not None and row[roles.time] is not None:
            record["time"] = _instant(row[roles.time])
        yield record


def _sources(roles: Roles) -> list[tuple[str, str]]:
    """(source, column) of the label and the votes on it."""
    label = [] if roles.label is None else [(GOLD, roles.label)]
    return [*label, *((f"{each}_" if each == GOLD else each, each) for each in roles.votes)]


def _value(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _label_value(task: Task, value: Any) -> Any:
    if isinstance(task, Bitvector):
        return list(dict.fromkeys(value))
    return value if isinstance(task, Regression) else _class(value)


def _instant(value: date) -> str:
    return (value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)).isoformat()
