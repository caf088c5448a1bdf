"""ONNX files that answer: what onnxruntime makes of named arrays."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from transom.export.packages import package

Run = Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]
"""Gives the outputs of a model by name; inputs that it does not ask for do not matter."""


def onnx_runner(content: bytes, *, n_threads: int = 1) -> Run:
    """A model in the bytes of an ONNX file, ready to run.

    Raises:
        MissingExtraError: onnxruntime is not installed.
    """
    runtime = package("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = n_threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it keeps a plan and a block for each shape; padded batches have ever new ones
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    inputs = tuple(each.name for each in session.get_inputs())
    outputs = tuple(each.name for each in session.get_outputs())
    return partial(_run, session, inputs, outputs)


def _run(
    session: Any, inputs: Sequence[str], outputs: Sequence[str], arrays: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    found = session.run(outputs, {name: arrays[name] for name in inputs})
    return dict(zip(outputs, found, strict=True))
