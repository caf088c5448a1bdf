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
from transom.serving.http import BodyBounds, Request, Response, body_of, json_of, json_response, require_json
from transom.serving.model_versions import chosen, described, is_loaded, version_asked
from transom.serving.operations import BINARY
from transom.serving.tensors import (
    Output,
    Tensor,
    elements,
    listed,
    outputs_of,
    packed,
    wanted,
    wrong,
)
from transom.serving.tokens import Tokens

PATH = re.compile(r"/v2/models/(?P<model>[^/]+)(?:/versions/(?P<version>[^/]+))?(?P<what>/ready|/infer)?")
HEAD_LENGTH = "inference-header-content-length"
LENGTH = re.compile(r"[0-9]{1,18}")
"""As many digits as a length may have; Python refuses to read a number of thousands."""


def asked_of(path: str) -> tuple[str, str]:
    """The model and the version that a path names; an empty version leaves the choice to the server."""
    asked = PATH.fullmatch(path)
    return (asked["model"], asked["version"] or "") if asked else ("", "")


async def metadata(request: Request, answering: Answering) -> Response:
    """What `GET /v2/models/{name}` answers."""
    asked = await version_asked(answering, *asked_of(request.path))
    document = await described(answering, asked)
    return json_response(200, document, version=(asked or answering.versions.current).number)


async def ready(request: Request, answering: Answering, tokens: Tokens) -> Response:
    """What `GET /v2/models/{name}/ready` answers; a version that must be loaded for that asks for the token.

    Raises:
        RefusedError: it is not ready.
    """
    model, version = asked_of(request.path)
    if not is_loaded(answering, version):
        tokens.require_serving(request.headers.get("authorization", ""))
    await version_asked(answering, model, version)
    return json_response(200, {"name": answering.model, "ready": True})


async def infer(request: Request, answering: Answering, bounds: BodyBounds) -> Response:
    """Tensors in, tensors out.

    Raises:
        RefusedError: the request cannot be answered, or not now.
        ClientGoneError: there is nobody to answer any more.
    """
    require_json(request, BINARY, "")  # Triton's client declares nothing
    body = await body_of(request, bounds)
    head_length = request.headers.get(HEAD_LENGTH, str(len(body)))
    if not LENGTH.fullmatch(head_length) or int(head_length) > len(body):
        raise wrong(f"{HEAD_LENGTH} is {head_length[:20]!r}, which is no length within the body")
    head = json_of(body[: int(head_length)], bounds)
    if not isinstance(head, dict):
        raise wrong(f"{quoted(head)} is not an object")
    tensors = tensors_of(head, body[int(head_length) :])
    asked = await version_asked(answering, *asked_of(request.path))
    records, choice = chosen(answering, tensors, asked)
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
    return Response(200, head + b"".join(binary), BINARY, headers, version)


def _parameters(tensor: Mapping[str, Any]) -> Mapping[str, Any]:
    found = tensor.get("parameters")
    return found if isinstance(found, dict) else {}
