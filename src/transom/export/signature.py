"""The signature of an exported network: what its inputs and outputs are called, and which task each output answers.

It is all that a process without torch must know of the model to feed it and to read it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NETWORK, SIGNATURE = "model.onnx", "signature.json"

SLICES = "slices"
"""The output that says how likely each example is in each slice."""


@dataclass(frozen=True)
class HeadOutput:
    """The output `name` holds the scores of a task, of whole examples or of the elements of a payload."""

    name: str
    task: str
    elements: str | None = None


@dataclass(frozen=True)
class Signature:
    """The inputs of a network, the scores that it gives, and the slices whose membership it gives, in order."""

    inputs: tuple[str, ...]
    heads: tuple[HeadOutput, ...]
    slices: tuple[str, ...] = ()

    def as_json(self) -> bytes:
        """The signature as an artifact keeps it."""
        heads = [{"name": head.name, "task": head.task, "elements": head.elements} for head in self.heads]
        document = {"inputs": list(self.inputs), "heads": heads, "slices": list(self.slices)}
        return json.dumps(document, ensure_ascii=False, indent=1).encode()


def signature_from_json(stored: Mapping[str, Any]) -> Signature:
    """The signature that `as_json` wrote."""
    heads: Sequence[Mapping[str, Any]] = stored["heads"]
    return Signature(
        inputs=tuple(stored["inputs"]),
        heads=tuple(HeadOutput(each["name"], each["task"], each["elements"]) for each in heads),
        slices=tuple(stored["slices"]),
    )
