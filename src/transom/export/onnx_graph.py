"""The ONNX form of a model, which exporters write: its network in float32, its trees in float64, every axis dynamic.

Source: torch.export traces the network, torch.onnx writes it (opset 20).
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.export import Dim

from transom.data.features.columns import encode_table
from transom.export.exporter import Outputs, Subject, forest_outputs
from transom.export.onnx_forests import add_forests
from transom.export.packages import package
from transom.model.exportable import ExportableNetwork, output_names
from transom.model.forest import forest_scores
from transom.training.threads import one_thread

OPSET, IR = 20, 10

_NOISY = ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")


def onnx_bytes(subject: Subject) -> bytes:
    """The model as the bytes of an ONNX file; equal models have equal bytes."""
    model = subject.model
    proto = _traced(subject) if model.network.graph.heads else _empty()
    if model.forests:
        add_forests(proto, model.forests, forest_outputs(model))
    content: bytes = proto.SerializeToString(deterministic=True)
    return content


def tensors_of(subject: Subject) -> dict[str, Tensor]:
    """The recorded examples as the inputs of an exportable network."""
    return {name: torch.from_numpy(array) for name, array in subject.network_inputs.items()}


def model_outputs(subject: Subject) -> Outputs:
    """What the model says of the recorded examples."""
    model = subject.model
    outputs: dict[str, np.ndarray] = {}
    if model.network.graph.heads:
        with torch.no_grad(), one_thread():
            found = ExportableNetwork(model.network)(tensors_of(subject))
        names = output_names(model.network)
        outputs = {name: output.numpy() for name, output in zip(names, found, strict=True)}
    for name, forest in zip(forest_outputs(model), model.forests, strict=True):
        outputs[name] = forest_scores(forest, encode_table(forest.table, subject.recorded))
    return outputs


def _traced(subject: Subject) -> Any:
    """The network as torch traces it."""
    package("onnxscript")
    network = ExportableNetwork(subject.model.network)
    inputs = {name: _small(name, tensor) for name, tensor in tensors_of(subject).items()}
    with _quietly(), one_thread(), torch.no_grad():
        axes = {name: _axes(name, tensor) for name, tensor in inputs.items()}
        program = torch.onnx.export(
            network,
            kwargs={"inputs": inputs},
            dynamo=True,
            dynamic_shapes={"inputs": axes},
            input_names=list(inputs),
            output_names=list(output_names(subject.model.network)),
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None
    return _without_traces(program.model_proto)


def _empty() -> Any:
    """A model without a network."""
    helper = package("onnx").helper
    graph = helper.make_graph([], "main_graph", [], [])
    return helper.make_model(graph, ir_version=IR, opset_imports=[helper.make_opsetid("", OPSET)])


_ROWS, _FEATURES, _EXAMPLES, _ELEMENTS = 5, 6, 3, 4
"""What a network is traced with: few of everything, as memories are traced step by step, and of each another number."""


def _small(name: str, tensor: Tensor) -> Tensor:
    """An input of the same form with few of everything; an axis of one would be taken for constant."""
    part = name.rpartition(".")[2]
    lengths = (_ROWS, _FEATURES) if part in ("ids", "weights") else (_EXAMPLES, _ELEMENTS)
    shape = (*lengths[: tensor.dim()], *tensor.shape[2:])
    few = torch.from_numpy(np.resize(tensor.numpy(), shape))
    return few.clamp(max=_ROWS) if part == "index" else few


def _axes(name: str, tensor: Tensor) -> dict[int, Any]:
    """The dynamic axes of an input; those that must be equal have the same name."""
    payload, _, part = name.rpartition(".")
    rows = {0: Dim(f"{payload}_rows", min=1), 1: Dim(f"{payload}_features", min=1)}
    elements = {0: Dim("examples", min=1), 1: Dim(f"{payload}_elements", min=1)}
    axes = rows if part in ("ids", "weights") else elements
    return {axis: dim for axis, dim in axes.items() if axis < tensor.dim()}


def _without_traces(proto: Any) -> Any:
    """The graph without the places in source files that its nodes came from, and without guesses at inner shapes.

    torch gives axes of different lengths one name where it cannot tell them apart, and onnxruntime believes it.
    """
    graph = proto.graph
    graph.ClearField("value_info")
    for part in (proto, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
    for node in graph.node:
        node.ClearField("doc_string")
    return proto


@contextmanager
def _quietly() -> Iterator[None]:
    """Torch tells of every step and of packages that nobody asked for."""
    loggers = [logging.getLogger(name) for name in _NOISY]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
