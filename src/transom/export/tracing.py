"""Tracing: what a network is given while torch records what it does, and which axes stay free."""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.export import Dim

from transom.data.features.pieces import PieceSpec
from transom.export.exporter import Subject
from transom.model.exportable import output_names
from transom.training.threads import one_thread

Limits = Mapping[str, int]
"""The largest length of an axis by its name, as `dynamic_axes` names them."""

EXAMPLES, ROWS, FEATURES, ELEMENTS = "examples", "rows", "features", "elements"

FEW = {ROWS: 5, FEATURES: 6, EXAMPLES: 3, ELEMENTS: 4}
"""What a network is traced with: few of everything, as memories are traced step by step, and of each another number."""

MEMORIES = (torch.ops.aten.lstm.input, torch.ops.aten.gru.input)
"""What torch traces as loops, of any length, only for as long as an export lasts."""

_NOISY = ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")


def example_inputs(subject: Subject) -> dict[str, Tensor]:
    """The recorded examples with few of everything; an axis of one would be taken for constant."""
    return {name: _small(name, array) for name, array in subject.network_inputs.items()}


def dynamic_axes(inputs: Mapping[str, Tensor], limits: Limits | None = None) -> dict[str, dict[int, Any]]:
    """The dynamic axes of each input: `examples`, and PAYLOAD_rows, PAYLOAD_features and PAYLOAD_elements.

    Those that must be equal have the same name.
    """
    names = {name: axis_names(name)[: tensor.dim()] for name, tensor in inputs.items()}
    dims = {axis: _dim(axis, limits or {}) for axes in names.values() for axis in axes}
    return {name: {place: dims[axis] for place, axis in enumerate(axes)} for name, axes in names.items()}


def _dim(axis: str, limits: Limits) -> Any:
    """A dynamic axis; torch wants a name of Python for it, of a second reading one that no payload's axis has."""
    name = f"{axis.replace('.', '_')}_" if "." in axis else axis
    return Dim(name, min=1, max=limits.get(axis))


def most_pieces(subject: Subject) -> dict[str, int]:
    """The largest number of pieces of each text that a published transformer reads; it has not many more positions."""
    return {
        f"{payload.reading.key}_{FEATURES}": max(payload.value.max_pieces, FEW[FEATURES])
        for payload in subject.model.spec.payloads
        if isinstance(payload.value, PieceSpec)
    }


def axis_names(name: str) -> tuple[str, str]:
    """The names of the first axes of an input."""
    key, _, part = name.rpartition(".")
    is_rows, payload = part in ("ids", "weights"), key.partition(".")[0]
    return (f"{key}_{ROWS}", f"{key}_{FEATURES}") if is_rows else (EXAMPLES, f"{payload}_{ELEMENTS}")


@dataclass(frozen=True)
class Names:
    """What the inputs and outputs of a network are called, in order."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def outputs_from(self, tensors: Sequence[Tensor]) -> dict[str, np.ndarray]:
        """The tensors that a program of the network gives, by name."""
        return {name: tensor.numpy() for name, tensor in zip(self.outputs, tensors, strict=True)}


def names_of(subject: Subject) -> Names:
    """The names of the inputs and outputs of the network that is exported."""
    return Names(tuple(subject.network_inputs), output_names(subject.model.network))


@contextmanager
def tracing() -> Iterator[None]:
    """Torch tells of every step and of packages that nobody asked for, and would learn."""
    loggers = [logging.getLogger(name) for name in _NOISY]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    for memory in MEMORIES:
        memory._dispatch_cache.clear()  # torch does not when it has them traced as loops: a second one would unroll
    try:
        with warnings.catch_warnings(), one_thread(), torch.no_grad():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _small(name: str, array: np.ndarray) -> Tensor:
    lengths = tuple(FEW[axis.rpartition("_")[2]] for axis in axis_names(name))
    few = torch.from_numpy(np.resize(array, (*lengths[: array.ndim], *array.shape[2:])))
    return few.clamp(max=FEW[ROWS]) if name.endswith(".index") else few
