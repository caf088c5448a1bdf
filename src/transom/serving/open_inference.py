"""The Open Inference Protocol, version 2, over REST with binary tensors: what `tritonclient` and KServe speak.

One BYTES input `[n, 1]` per payload, text as it is and other values as JSON; an input may be left out. Outputs are
`TASK.label`, BYTES `[n, 1]`, JSON where it is no text, and `TASK.probabilities`, FP32 `[n, k]` in the schema's order of
classes, for tasks that put whole examples into classes.

Source: https://github.com/kserve/open-inference-protocol (REST), and Triton's extension for binary data.
"""

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from transom.data.decode import quoted
from transom.data.records import Record, Reply
from transom.schema.payloads import Payload, Singleton
from transom.schema.schema import Schema
from transom.serving.answering import Answering
from transom.serving.http import BodyBounds, Request, Response, body_of, json_of, json_response
from transom.serving.refusal import RefusedError
from transom.serving.versions import Loaded

PATH = re.compile(r"/v2/models/(?P<model>[^/]+)(?:/versions/(?P<version>[^/]+))?(?P<what>/ready|/infer)?")
HEAD_LENGTH = "inference-header-content-length"
LABEL, PROBABILITIES = "label", "probabilities"


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

    def as_dict(self) -> dict[str, Any]:
        """What a model's metadata say of it."""
        if self.part == LABEL:
            return {"name": self.name, "datatype": "BYTES", "shape": [-1, 1]}
        return {"name": self.name, "datatype": "FP32", "shape": [-1, len(self.classes)]}


def require_served(answering: Answering, path: str) -> None:
    """Refuses a model or a version that does not answer here.

    Raises:
        RefusedError: with what does.
    """
    asked, loaded = PATH.fullmatch(path), answering.versions.current
    if not asked or asked["model"] != answering.model:
        raise RefusedError(404, "T197", f"there is no such model. It is called {answering.model!r}.")
    if asked["version"] not in (None, str(loaded.number)):
        raise RefusedError(404, "T197", f"that version does not answer here. Version {loaded.number} does.")


def metadata(answering: Answering) -> Response:
    """What `GET /v2/models/{name}` answers."""
    loaded = answering.versions.current
    schema = loaded.predictor.schema
    document = {
        "name": answering.model,
        "versions": [str(loaded.number)],
        "platform": "transom_onnx",
        "inputs": [{"name": each.name, "datatype": "BYTES", "shape": [-1, 1]} for each in schema.payloads],
        "outputs": [each.as_dict() for each in outputs_of(loaded)],
    }
    return json_response(200, document, version=loaded.number)


async def infer(request: Request, answering: Answering, bounds: BodyBounds) -> Response:
    """Tensors in, tensors out.

    Raises:
        RefusedError: the request cannot be answered, or not now.
        ClientGoneError: there is nobody to answer any more.
    """
    body = await body_of(request, bounds)
    head_length = request.headers.get(HEAD_LENGTH, str(len(body)))
    if not head_length.isdecimal() or int(head_length) > len(body):
        raise _wrong(f"{HEAD_LENGTH} is {head_length[:20]!r}, which is no length within the body")
    head = json_of(body[: int(head_length)], bounds)
    if not isinstance(head, dict):
        raise _wrong(f"{quoted(head)} is not an object")
    loaded = answering.versions.current
    wanted = _wanted(head, outputs_of(loaded))
    records = records_of(head, body[int(head_length) :], loaded.predictor.schema, answering.versions.bounds.max_queue)
    replies = await answering.answer(request, records)
    named = {"model_name": answering.model, "model_version": str(replies[0]["version"])}
    if isinstance(head.get("id"), str):
        named["id"] = head["id"]
    return _response(named, replies, wanted)


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


def records_of(head: Mapping[str, Any], rest: bytes, schema: Schema, most: int) -> list[Record]:
    """The records that the input tensors are the columns of; `rest` is what follows the JSON.

    Raises:
        RefusedError: a tensor is none, or they differ in length, or there are too many rows.
    """
    payloads = {payload.name: payload for payload in schema.payloads}
    inputs, columns, start = head.get("inputs"), {}, 0
    if not isinstance(inputs, list) or not inputs or not all(isinstance(each, dict) for each in inputs):
        raise _wrong(f"inputs is {quoted(inputs)}, which is no list of tensors")
    for tensor in inputs:
        name, payload = tensor.get("name"), payloads.get(str(tensor.get("name")))
        if payload is None or tensor.get("datatype") != "BYTES":
            raise _wrong(f"the input {quoted(name)} is no BYTES tensor of a payload. Payloads: {', '.join(payloads)}")
        size = _parameters(tensor).get("binary_data_size")
        if isinstance(size, int) and 0 <= size <= len(rest) - start:
            values: list[Any] = list(_elements(rest[start : start + size]))
            start += size
        else:
            values = tensor.get("data") if isinstance(tensor.get("data"), list) else []
            values = [each[0] if isinstance(each, list) and len(each) == 1 else each for each in values]
        if tensor.get("shape") not in ([len(values), 1], [len(values)]):
            raise _wrong(f"the input {name!r} has {len(values)} values and the shape {quoted(tensor.get('shape'))}")
        columns[name] = [_value(payload, each) for each in values]
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise _wrong("the inputs differ in length, or are empty")
    (n_records,) = lengths
    if n_records > most:
        raise RefusedError(413, "T195", f"{n_records} records are too many. Send at most {most} at once.")
    return [{"payloads": {name: values[n] for name, values in columns.items()}} for n in range(n_records)]


def _wanted(head: Mapping[str, Any], known: Sequence[Output]) -> list[tuple[Output, bool]]:
    """The outputs to answer with, and whether each is to be binary."""
    as_default = bool(_parameters(head).get("binary_data_output", False))
    asked, by_name = head.get("outputs"), {each.name: each for each in known}
    if not asked:
        return [(each, as_default) for each in known]
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise _wrong(f"outputs is {quoted(asked)}, which is no list of tensors")
    unknown = [each.get("name") for each in asked if str(each.get("name")) not in by_name]
    if unknown:
        raise _wrong(f"there is no output {quoted(unknown[0])}. Outputs: {', '.join(by_name)}")
    return [(by_name[each["name"]], bool(_parameters(each).get("binary_data", as_default))) for each in asked]


def _response(named: Mapping[str, str], replies: Sequence[Reply], wanted: Sequence[tuple[Output, bool]]) -> Response:
    tensors: list[dict[str, Any]] = []
    binary: list[bytes] = []
    for output, is_binary in wanted:
        answers = [reply["predictions"][output.task] for reply in replies]
        tensor = {**output.as_dict(), "shape": [len(replies), len(output.classes) or 1]}
        if output.part == LABEL:
            texts = [_text(answer[LABEL]) for answer in answers]
            encoded = [text.encode() for text in texts]
            data, packed = texts, b"".join(struct.pack("<I", len(each)) + each for each in encoded)
        else:
            rows = [[answer[PROBABILITIES][name] for name in output.classes] for answer in answers]
            packed = np.asarray(rows, "<f4").tobytes()
            data = [value for row in rows for value in row]
        if is_binary:
            tensor["parameters"] = {"binary_data_size": len(packed)}
            binary.append(packed)
        else:
            tensor["data"] = data
        tensors.append(tensor)
    head = orjson.dumps({**named, "outputs": tensors})
    version = int(named["model_version"])
    if not binary:
        return Response(200, head, version=version)
    headers = ((HEAD_LENGTH, str(len(head))),)
    return Response(200, head + b"".join(binary), "application/octet-stream", headers, version)


def _elements(packed: bytes) -> Iterator[bytes]:
    """The byte strings of a tensor, each after its length in four bytes."""
    start = 0
    while start < len(packed):
        if start + 4 > len(packed):
            raise _wrong("a binary tensor ends within a length")
        (size,) = struct.unpack_from("<I", packed, start)
        start += 4
        if start + size > len(packed):
            raise _wrong("a binary tensor ends within a value")
        yield packed[start : start + size]
        start += size


def _value(payload: Payload, given: Any) -> Any:
    """The value of a payload: text as it is, others from JSON."""
    try:
        text = given.decode() if isinstance(given, bytes) else given
        if not isinstance(text, str):
            raise _wrong(f"the input {payload.name!r} holds {quoted(given)}, which is no text")
        is_text = isinstance(payload, Singleton) and payload.value in ("text", "category")
        return text if is_text else orjson.loads(text)
    except (UnicodeDecodeError, orjson.JSONDecodeError) as broken:
        raise _wrong(f"a value of the input {payload.name!r} is not the text or JSON that it should be") from broken


def _text(label: Any) -> str:
    return label if isinstance(label, str) else orjson.dumps(label).decode()


def _parameters(tensor: Mapping[str, Any]) -> Mapping[str, Any]:
    found = tensor.get("parameters")
    return found if isinstance(found, dict) else {}


def _wrong(what: str) -> RefusedError:
    return RefusedError(400, "T195", f"{what}.")
