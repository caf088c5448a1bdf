"""The forests of a model as nodes of its ONNX graph: a table of columns in, the scores of a task out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from transom.export.packages import package
from transom.export.signature import table_input
from transom.export.tree_ensemble import ensemble_of
from transom.model.forest import Forest
from transom.schema.tasks import Regression

TREES, TREES_OPSET = "ai.onnx.ml", 5
"""The operators for trees, and the version that knows sets of categories and numbers of 64 bits."""


def add_forests(model: Any, forests: Sequence[Forest], outputs: Sequence[str]) -> None:
    """Adds forests to an ONNX model, each with the output of that name."""
    onnx = package("onnx")
    model.opset_import.append(onnx.helper.make_opsetid(TREES, TREES_OPSET))
    for forest, output in zip(forests, outputs, strict=True):
        _add(onnx, model.graph, forest, output)


def _add(onnx: Any, graph: Any, forest: Forest, output: str) -> None:
    """Table → float64 → the sum of the trees → calibration; a value has no axis of classes."""
    helper, array = onnx.helper, onnx.numpy_helper.from_array
    float32, float64 = onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE
    table, is_value = table_input(forest.task.name), isinstance(forest.task, Regression)
    wide, raw, scaled, shifted = (f"{table}.{step}" for step in ("wide", "raw", "scaled", "shifted"))
    attributes = {
        name: array(value, name) if isinstance(value, np.ndarray) else value
        for name, value in ensemble_of(forest).items()
    }
    scale, shift, axis = f"{table}.scale", f"{table}.shift", f"{table}.axis"
    graph.node.extend(
        [
            helper.make_node("Cast", [table], [wide], to=float64),
            helper.make_node("TreeEnsemble", [wide], [raw], domain=TREES, aggregate_function=1, **attributes),
            helper.make_node("Mul", [raw, scale], [scaled]),
            helper.make_node("Add", [scaled, shift], [shifted if is_value else output]),
        ]
    )
    graph.initializer.extend([array(forest.scale, scale), array(forest.shift, shift)])
    if is_value:
        graph.node.append(helper.make_node("Squeeze", [shifted, axis], [output]))
        graph.initializer.append(array(np.array([1]), axis))
    shape = ["examples"] if is_value else ["examples", len(forest.scale)]
    graph.input.append(helper.make_tensor_value_info(table, float32, ["examples", forest.table.n_columns]))
    graph.output.append(helper.make_tensor_value_info(output, float64, shape))
