"""Which version of the model a request of the Open Inference Protocol is for, and what is said of it."""

import asyncio
from collections.abc import Sequence
from typing import Any

from transom.data.records import Record
from transom.export.layout import numbers
from transom.serving.answering import Answering
from transom.serving.refusal import RefusedError
from transom.serving.routing import Choice
from transom.serving.tensors import Tensor, outputs_of, records_of
from transom.serving.versions import Loaded

PLATFORM = "transom_onnx"


def is_loaded(answering: Answering, version: str) -> bool:
    """Whether a version that is named could answer without being loaded first; an empty name is the server's choice."""
    return not version or (answering.routing.version(version) or answering.shelf.kept(version)) is not None


async def version_asked(answering: Answering, model: str, version: str) -> Loaded | None:
    """The version of that number or alias, loaded if need be; None where the choice is left to the server.

    Raises:
        RefusedError: there is no such model or version.
    """
    if model != answering.model:
        raise RefusedError(404, "T197", f"there is no such model. It is called {answering.model!r}.")
    if not version:
        return None
    return answering.routing.version(version) or await answering.shelf.version(version)


def chosen(answering: Answering, tensors: Sequence[Tensor], asked: Loaded | None) -> tuple[list[Record], Choice]:
    """The records in tensors, and the version that answers them: the one asked for, or the policy's choice.

    Raises:
        RefusedError: the tensors hold no records.
    """
    loaded = asked or answering.versions.current
    records = records_of(tensors, loaded.predictor.schema, answering.versions.bounds.max_queue)
    return records, Choice(asked) if asked else answering.routing.choose(records)


async def described(answering: Answering, asked: Loaded | None) -> dict[str, Any]:
    """The model's metadata, under the names that both wires have for them; `versions` are those one may ask for."""
    loaded = asked or answering.versions.current
    payloads = loaded.predictor.schema.payloads
    known = await asyncio.to_thread(numbers, answering.versions.store)
    return {
        "name": answering.model,
        "versions": [str(number) for number in known],
        "platform": PLATFORM,
        "inputs": [{"name": each.name, "datatype": "BYTES", "shape": [-1, 1]} for each in payloads],
        "outputs": [
            {"name": each.name, "datatype": each.datatype, "shape": [-1, each.width]} for each in outputs_of(loaded)
        ],
    }
