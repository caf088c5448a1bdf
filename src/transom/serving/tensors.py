"""Tensors and records: what the inputs of the Open Inference Protocol ask, and replies as its outputs.

One BYTES input `[n, 1]` per payload, text as it is and other values as JSON; an input may be left out. Outputs are
`TASK.label`, BYTES `[n, 1]`, JSON where it is no text, and `TASK.probabilities`, FP32 `[n, k]` in the schema's order of
classes, for tasks that put whole examples into classes.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from transom.data.decode import quoted
from transom.data.records import Record, Reply
from transom.schema.payloads import Payload, Singleton
from transom.schema.schema import Schema
from transom.serving.http import require_shallow
from transom.serving.refusal import RefusedError
from transom.serving.versions import Loaded

LABEL, PROBABILITIES = "label", "probabilities"
DEPTH = 32
"""So deep the JSON of a value may be nested."""


@dataclass(frozen=True)
class Tensor:
    """An input as it came, by whichever wire: nothing about it is sure."""

    name: Any
    datatype: Any
    shape: Any
    values: Sequence[Any]


@dataclass(frozen=True)
class Output:
    """A tensor that can be asked for; `classes` are the columns of probabilities."""

    task: str
    part: str
    classes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What clients call it."""
        return f"{self.task}.{self.part}"

    @property
    def datatype(self) -> str:
        """What its values are."""
        return "BYTES" if self.part == LABEL else "FP32"

    @property
    def width(self) -> int:
        """How many values a record has."""
        return 1 if self.part == LABEL else len(self.classes)


def outputs_of(loaded: Loaded) -> list[Output]:
    """The tensors that a version answers with."""
    schema = loaded.predictor.schema
    classes = {task.name: getattr(task, "classes", ()) for task in schema.tasks}
    return [
        output
        for head in loaded.predictor.signature.heads
        for output in (Output(head.task, LABEL), Output(head.task, PROBABILITIES, tuple(classes[head.task])))
        if output.part == LABEL or head.task in loaded.counted
    ]


def wanted(names: Sequence[Any], known: Sequence[Output]) -> list[Output]:
    """The outputs of these names, or all of them if there are none.

    Raises:
        RefusedError: there is no output of a name.
    """
    by_name = {each.name: each for each in known}
    unknown = [name for name in names if not isinstance(name, str) or name not in by_name]
    if unknown:
        raise wrong(f"there is no output {quoted(unknown[0])}. Outputs: {', '.join(by_name)}")
    return [by_name[name] for name in names] or list(known)


def records_of(tensors: Sequence[Tensor], schema: Schema, most: int) -> list[Record]:
    """The records that the input tensors are the columns of.

    Raises:
        RefusedError: a tensor is none, or they differ in length, or there are too many rows.
    """
    payloads = {payload.name: payload for payload in schema.payloads}
    columns: dict[str, list[Any]] = {}
    for tensor in tensors:
        payload = payloads.get(tensor.name) if isinstance(tensor.name, str) else None
        if payload is None or tensor.datatype != "BYTES":
            what = f"the input {quoted(tensor.name)} is no BYTES tensor of a payload"
            raise wrong(f"{what}. Payloads: {', '.join(payloads)}")
        if payload.name in columns:
            raise wrong(f"the input {payload.name!r} is there twice")
        n_values = len(tensor.values)
        if tensor.shape not in ([n_values, 1], [n_values]):
            raise wrong(f"the input {payload.name!r} has {n_values} values and the shape {quoted(tensor.shape)}")
        if n_values > most:
            raise RefusedError(413, "T195", f"{n_values} records are too many. Send at most {most} at once.")
        columns[payload.name] = [_value(payload, each) for each in tensor.values]
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise wrong("the inputs differ in length, or are empty")
    (n_records,) = lengths
    return [{"payloads": {name: values[n] for name, values in columns.items()}} for n in range(n_records)]


def elements(packed: bytes) -> Iterator[bytes]:
    """The byte strings of a binary tensor, each after its length in four bytes.

    Raises:
        RefusedError: it ends too early.
    """
    start = 0
    while start < len(packed):
        if start + 4 > len(packed):
            raise wrong("a binary tensor ends within a length")
        (size,) = struct.unpack_from("<I", packed, start)
        start += 4
        if start + size > len(packed):
            raise wrong("a binary tensor ends within a value")
        yield packed[start : start + size]
        start += size


def listed(output: Output, replies: Sequence[Reply]) -> list[Any]:
    """The values of an output, row by row."""
    answers = [reply["predictions"][output.task] for reply in replies]
    if output.part == LABEL:
        return [_text(answer[LABEL]) for answer in answers]
    return [answer[PROBABILITIES][name] for answer in answers for name in output.classes]


def packed(output: Output, replies: Sequence[Reply]) -> bytes:
    """The values of an output as a binary tensor."""
    values = listed(output, replies)
    if output.part == LABEL:
        encoded = [text.encode() for text in values]
        return b"".join(struct.pack("<I", len(each)) + each for each in encoded)
    return np.asarray(values, "<f4").tobytes()


def wrong(what: str) -> RefusedError:
    """The refusal of a request that is none of the protocol."""
    return RefusedError(400, "T195", f"{what}.")


def _value(payload: Payload, given: Any) -> Any:
    """The value of a payload: text as it is, others from JSON."""
    if not isinstance(given, str | bytes):
        raise wrong(f"the input {payload.name!r} holds {quoted(given)}, which is no text")
    try:
        if isinstance(payload, Singleton) and payload.value in ("text", "category"):
            return given.decode() if isinstance(given, bytes) else given
        content = given if isinstance(given, bytes) else given.encode()
        value = orjson.loads(content)
    except (UnicodeError, orjson.JSONDecodeError) as broken:
        raise wrong(f"a value of the input {payload.name!r} is not the text or JSON that it should be") from broken
    require_shallow(value, content, DEPTH)
    return value


def _text(label: Any) -> str:
    return label if isinstance(label, str) else orjson.dumps(label).decode()
