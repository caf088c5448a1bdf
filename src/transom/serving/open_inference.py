"""The Open Inference Protocol, version 2, over REST with binary tensors: what `tritonclient.http` and KServe speak.

Source: https://github.com/kserve/open-inference-protocol (REST), and Triton's extension for binary data.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from transom.data.decode import quoted
from transom.data.records import Reply
from transom.serving.answering import Answering
from transom.serving.http import BodyBounds, Request, Response, body_of, json_of, json_response
from transom.serving.refusal import RefusedError
from transom.serving.tensors import (
    Output,
    Tensor,
    described,
    elements,
    listed,
    outputs_of,
    packed,
    records_of,
    wanted,
    wrong,
)

PATH = re.compile(r"/v2/models/(?P<model>[^/]+)(?:/versions/(?P<version>[^/]+))?(?P<what>/ready|/infer)?")
HEAD_LENGTH = "inference-header-content-length"
PLATFORM = "transom_onnx"


def require_model(answering: Answering, model: str, version: str | None) -> None:
    """Refuses a model or a version that does not answer here; without a version any will do.

    Raises:
        RefusedError: with what does.
    """
    loaded = answering.versions.current
    if model != answering.model:
        raise RefusedError(404, "T197", f"there is no such model. It is called {answering.model!r}.")
    if version and answering.routing.version(version) is None:
        raise RefusedError(404, "T197", f"that version does not answer here. Version {loaded.number} does.")


def require_served(answering: Answering, path: str) -> None:
    """Refuses a path whose model or version does not answer here.

    Raises:
        RefusedError: with what does.
    """
    asked = PATH.fullmatch(path)
    require_model(answering, asked["model"] if asked else "", asked["version"] if asked else None)


def metadata(answering: Answering) -> Response:
    """What `GET /v2/models/{name}` answers."""
    loaded = answering.versions.current
    inputs, outputs = described(loaded)
    document = {
        "name": answering.model,
        "versions": [str(loaded.number)],
        "platform": PLATFORM,
        "inputs": inputs,
        "outputs": outputs,
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
        raise wrong(f"{HEAD_LENGTH} is {head_length[:20]!r}, which is no length within the body")
    head = json_of(body[: int(head_length)], bounds)
    if not isinstance(head, dict):
        raise wrong(f"{quoted(head)} is not an object")
    tensors = tensors_of(head, body[int(head_length) :])
    records = records_of(tensors, answering.versions.current.predictor.schema, answering.versions.bounds.max_queue)
    asked = PATH.fullmatch(request.path)
    choice = answering.routing.choose(records, asked["version"] if asked else None)
    outputs = _outputs(head, outputs_of(choice.loaded))
    replies = await answering.answer(request, records, choice=choice)
    named = {"model_name": answering.model, "model_version": str(replies[0]["version"])}
    if isinstance(head.get("id"), str):
        named["id"] = head["id"]
    return _response(named, replies, outputs)


def tensors_of(head: Mapping[str, Any], rest: bytes) -> list[Tensor]:
    """The inputs of a request; `rest` is what follows the JSON, where the binary ones are.

    Raises:
        RefusedError: there is none.
    """
    inputs, start = head.get("inputs"), 0
    if not isinstance(inputs, list) or not inputs or not all(isinstance(each, dict) for each in inputs):
        raise wrong(f"inputs is {quoted(inputs)}, which is no list of tensors")
    tensors: list[Tensor] = []
    for each in inputs:
        size, data = _parameters(each).get("binary_data_size"), each.get("data")
        if isinstance(size, int) and 0 <= size <= len(rest) - start:
            values: list[Any] = list(elements(rest[start : start + size]))
            start += size
        else:
            rows = data if isinstance(data, list) else []
            values = [row[0] if isinstance(row, list) and len(row) == 1 else row for row in rows]
        tensors.append(Tensor(each.get("name"), each.get("datatype"), each.get("shape"), values))
    return tensors


def _outputs(head: Mapping[str, Any], known: Sequence[Output]) -> list[tuple[Output, bool]]:
    """The outputs to answer with, and whether each is to be binary."""
    as_default = bool(_parameters(head).get("binary_data_output", False))
    asked = head.get("outputs") or []
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise wrong(f"outputs is {quoted(asked)}, which is no list of tensors")
    found = wanted([each.get("name") for each in asked], known)
    are_binary = [bool(_parameters(each).get("binary_data", as_default)) for each in asked]
    return list(zip(found, are_binary or [as_default] * len(found), strict=True))


def _response(named: Mapping[str, str], replies: Sequence[Reply], outputs: Sequence[tuple[Output, bool]]) -> Response:
    tensors: list[dict[str, Any]] = []
    binary: list[bytes] = []
    for output, is_binary in outputs:
        tensor: dict[str, Any] = {
            "name": output.name,
            "datatype": output.datatype,
            "shape": [len(replies), output.width],
        }
        if is_binary:
            binary.append(packed(output, replies))
            tensor["parameters"] = {"binary_data_size": len(binary[-1])}
        else:
            tensor["data"] = listed(output, replies)
        tensors.append(tensor)
    head = orjson.dumps({**named, "outputs": tensors})
    version = int(named["model_version"])
    if not binary:
        return Response(200, head, version=version)
    headers = ((HEAD_LENGTH, str(len(head))),)
    return Response(200, head + b"".join(binary), "application/octet-stream", headers, version)


def _parameters(tensor: Mapping[str, Any]) -> Mapping[str, Any]:
    found = tensor.get("parameters")
    return found if isinstance(found, dict) else {}
