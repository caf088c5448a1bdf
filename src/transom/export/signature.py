"""The signature of an exported network: what its inputs and outputs are called, and which task each output answers.

It is all that a process without torch must know of the model to feed it and to read it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transom.data.features.columns import TableSpec
from transom.data.features.stored import READINGS, SPECS
from transom.data.frozen_json import from_json, to_json

NETWORK, SIGNATURE, FEATURES = "model.onnx", "signature.json", "features.json"

SLICES = "slices"
"""The output that says how likely each example is in each slice."""


@dataclass(frozen=True)
class HeadOutput:
    """The output `name` holds the scores of a task, of whole examples or of the elements of a payload.

    A task that trees have learned reads a `table`, which is an input of its own.
    """

    name: str
    task: str
    elements: str | None = None
    table: TableSpec | None = None


@dataclass(frozen=True)
class Signature:
    """The inputs of a network, the scores that it gives, and the slices whose membership it gives, in order."""

    inputs: tuple[str, ...]
    heads: tuple[HeadOutput, ...]
    slices: tuple[str, ...] = ()

    def as_json(self) -> bytes:
        """The signature as an artifact keeps it."""
        heads = [_head_as_json(head) for head in self.heads]
        document = {"inputs": list(self.inputs), "heads": heads, "slices": list(self.slices)}
        return json.dumps(document, ensure_ascii=False, indent=1).encode()


def table_input(task: str) -> str:
    """What the input is called that holds the table of a task that trees have learned."""
    return f"{task}.table"


def signature_from_json(stored: Mapping[str, Any]) -> Signature:
    """The signature that `as_json` wrote."""
    heads: Sequence[Mapping[str, Any]] = stored["heads"]
    return Signature(
        inputs=tuple(stored["inputs"]),
        heads=tuple(_head_from_json(each) for each in heads),
        slices=tuple(stored["slices"]),
    )


def _head_as_json(head: HeadOutput) -> dict[str, Any]:
    plain = {"name": head.name, "task": head.task, "elements": head.elements}
    return plain if head.table is None else {**plain, "table": to_json(head.table)}


def _head_from_json(stored: Mapping[str, Any]) -> HeadOutput:
    table = from_json(stored["table"], {**READINGS, **SPECS}) if "table" in stored else None
    return HeadOutput(stored["name"], stored["task"], stored["elements"], table)
