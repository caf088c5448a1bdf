"""The exporter `executorch`: the network as a program of ExecuTorch, for phones and other small machines.

It runs on ExecuTorch's portable kernels, as those of XNNPACK take one free axis only. Free axes have a largest length,
by which memory is planned before anything runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from transom.errors import TrainingError
from transom.export.exporter import Exported, Subject, signature_of
from transom.export.packages import package
from transom.export.programs import program_of
from transom.export.signature import SIGNATURE
from transom.export.tracing import ELEMENTS, EXAMPLES, FEATURES, FEW, ROWS, Names, names_of, tracing

PROGRAM = "model.pte"
MOST_EXAMPLES = 8
"""So many examples can be asked about at once."""

LONGER = 4
"""A row may have so many times the features of the longest recorded one."""

FEWEST_FEATURES = 64


@dataclass(frozen=True)
class ExecuTorch:
    """Writes programs of ExecuTorch in float32; trees have no place in them."""

    def export(self, subject: Subject) -> Exported:
        """See `Exporter`."""
        exir = _package("executorch.exir")
        program = program_of(subject, "executorch", dict(most_of_axes(subject)))
        try:
            with tracing():
                content = bytes(exir.to_edge(program).to_executorch().buffer)
            method = _package("executorch.runtime").Runtime.get().load_program(content).load_method("forward")
        except RuntimeError as problem:
            raise _unable(problem) from problem
        files = {PROGRAM: content, SIGNATURE: signature_of(subject).as_json()}
        return Exported(files, partial(_run, names_of(subject), method), most_examples=MOST_EXAMPLES)


def most_of_axes(subject: Subject) -> Iterator[tuple[str, int]]:
    """The largest length of each axis, but for pieces of texts, of which `program_of` knows."""
    yield EXAMPLES, MOST_EXAMPLES
    inputs = subject.network_inputs
    for payload in subject.model.spec.payloads:
        name, elements = payload.reading.key, max(payload.reading.max_length, FEW[ELEMENTS])
        if payload.reading.form in ("text", "sequence", "set"):
            yield f"{payload.reading.name}_{ELEMENTS}", elements
        yield f"{name}_{ROWS}", MOST_EXAMPLES * elements
        yield f"{name}_{FEATURES}", max(LONGER * inputs[f"{name}.ids"].shape[1], FEWEST_FEATURES)


def _run(names: Names, method: Any, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    inputs = [torch.from_numpy(np.ascontiguousarray(arrays[name])) for name in names.inputs]
    try:
        found: Sequence[torch.Tensor] = method.execute(inputs)
    except RuntimeError as problem:
        raise _unable(problem) from problem
    return {name: output.copy() for name, output in names.outputs_from(found).items()}


def _unable(problem: RuntimeError) -> TrainingError:
    reason = str(problem).strip().splitlines()[0]
    return TrainingError("T237", f"ExecuTorch cannot run this network: {reason}. Choose onnx, or another encoder.")


def _package(name: str) -> Any:
    return package(name, extra="edge", what="The format 'executorch'")
