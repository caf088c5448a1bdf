"""The ONNX form of a model, which exporters write: its network in float32, its trees in float64, every axis dynamic.

Source: torch.export traces the network, torch.onnx writes it (opset 20).
"""

from typing import Any

import torch

from transom.export.exporter import Subject, forest_outputs
from transom.export.onnx_forests import add_forests
from transom.export.packages import package
from transom.export.tracing import dynamic_axes, example_inputs, tracing
from transom.model.exportable import ExportableNetwork, output_names

OPSET, IR = 20, 10


def onnx_bytes(subject: Subject) -> bytes:
    """The model as the bytes of an ONNX file; equal models have equal bytes."""
    if subject.onnx is not None:
        return subject.onnx
    model = subject.model
    proto = _traced(subject) if model.network.graph.heads else _empty()
    if model.forests:
        add_forests(proto, model.forests, forest_outputs(model))
    content: bytes = proto.SerializeToString(deterministic=True)
    return content


def _traced(subject: Subject) -> Any:
    """The network as torch traces it."""
    package("onnxscript")
    inputs = example_inputs(subject)
    with tracing():
        program = torch.onnx.export(
            ExportableNetwork(subject.model.network),
            kwargs={"inputs": inputs},
            dynamo=True,
            dynamic_shapes={"inputs": dynamic_axes(inputs)},
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
