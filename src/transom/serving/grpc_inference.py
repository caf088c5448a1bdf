"""The Open Inference Protocol, version 2, by its gRPC messages: what each method answers, without the wire.

Source: https://github.com/kserve/open-inference-protocol (gRPC).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

from google.protobuf.message import DecodeError

from transom.serving.app import ACCESS, Application
from transom.serving.grpc_messages import messages
from transom.serving.http import Request
from transom.serving.model_versions import chosen, described, is_loaded, version_asked
from transom.serving.tensors import Tensor, elements, outputs_of, packed, wanted, wrong

Message = Any
"""A message of `grpc_messages`, which have no types of their own."""


@dataclass(frozen=True)
class Method:
    """What answers a call, and to whom."""

    answer: Callable[[Application, Request, Message], Awaitable[Message]]
    access: Literal["anybody", "serving"]


async def answer(app: Application, name: str, request: Request, content: bytes) -> Message:
    """The answer of a method to a call, whose message is still packed; `request` holds its metadata as headers.

    Raises:
        RefusedError: it cannot be answered, or not now.
    """
    method = METHODS[name]
    ACCESS[method.access](app.tokens, request.headers.get("authorization", ""))
    try:
        message = messages()[f"{name}Request"].FromString(content)
    except DecodeError as broken:
        raise wrong(f"the message is no {name}Request") from broken
    return await method.answer(app, request, message)


async def _server_live(_app: Application, _request: Request, _message: Message) -> Message:
    return messages()["ServerLiveResponse"](live=True)


async def _server_ready(_app: Application, _request: Request, _message: Message) -> Message:
    return messages()["ServerReadyResponse"](ready=True)


async def _server(_app: Application, _request: Request, _message: Message) -> Message:
    return messages()["ServerMetadataResponse"](name="transom", version=version("transom"))


async def _model_ready(app: Application, request: Request, message: Message) -> Message:
    if not is_loaded(app.answering, message.version):
        app.tokens.require_serving(request.headers.get("authorization", ""))
    await version_asked(app.answering, message.name, message.version)
    return messages()["ModelReadyResponse"](ready=True)


async def _model(app: Application, _request: Request, message: Message) -> Message:
    asked = await version_asked(app.answering, message.name, message.version)
    return messages()["ModelMetadataResponse"](**await described(app.answering, asked))


async def _infer(app: Application, request: Request, message: Message) -> Message:
    answering = app.answering
    asked = await version_asked(answering, message.model_name, message.model_version)
    records, choice = chosen(answering, tensors_of(message), asked)
    outputs = wanted([each.name for each in message.outputs], outputs_of(choice.loaded))
    replies = await answering.answer(request, records, choice=choice)
    number = str(replies[0]["version"])
    response = messages()["ModelInferResponse"](model_name=answering.model, model_version=number, id=message.id)
    for output in outputs:
        response.outputs.add(name=output.name, datatype=output.datatype, shape=[len(replies), output.width])
        response.raw_output_contents.append(packed(output, replies))
    return response


def tensors_of(message: Message) -> list[Tensor]:
    """The inputs of a ModelInferRequest, whose values are all in their contents or all raw.

    Raises:
        RefusedError: they are in both, or not as many are raw as there are inputs.
    """
    raw, inputs = message.raw_input_contents, message.inputs
    if not raw:
        return [
            Tensor(each.name, each.datatype, list(each.shape), list(each.contents.bytes_contents)) for each in inputs
        ]
    if len(raw) != len(inputs):
        raise wrong(f"there are {len(inputs)} inputs, and {len(raw)} raw contents")
    if any(each.HasField("contents") for each in inputs):
        raise wrong("an input has contents, and raw contents beside them")
    return [
        Tensor(each.name, each.datatype, list(each.shape), list(elements(values)))
        for each, values in zip(inputs, raw, strict=True)
    ]


METHODS: Mapping[str, Method] = {
    "ServerLive": Method(_server_live, "anybody"),
    "ServerReady": Method(_server_ready, "anybody"),
    "ServerMetadata": Method(_server, "anybody"),
    "ModelReady": Method(_model_ready, "anybody"),
    "ModelMetadata": Method(_model, "serving"),
    "ModelInfer": Method(_infer, "serving"),
}
