"""The exporter `onnx-int8`: the ONNX graph with weights of eight bits, a quarter of the size.

Weights of matrix products and of embeddings are rounded; convolutions keep theirs, as onnxruntime runs them slower in
int8 than in float32 (measured in benchmarks/export.py).
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.export.exporter import Exported, Subject, signature_of
from transom.export.onnx_graph import onnx_bytes
from transom.export.onnx_runner import onnx_runner
from transom.export.packages import package
from transom.export.signature import NETWORK, SIGNATURE

ROUNDED = ("MatMul", "Gemm", "Gather")
"""The operations whose weights are rounded."""


@dataclass(frozen=True)
class OnnxInt8:
    """Writes ONNX with weights of eight bits; its scores differ a little, which the gate judges as any other change."""

    def export(self, subject: Subject) -> Exported:
        """See `Exporter`."""
        content = rounded(onnx_bytes(subject))
        files = {NETWORK: content, SIGNATURE: signature_of(subject).as_json()}
        return Exported(files, onnx_runner(content), is_exact=False)


def rounded(content: bytes) -> bytes:
    """An ONNX file with the weights of matrix products and embeddings in eight bits."""
    onnx: Any = package("onnx")
    quantization: Any = package("onnxruntime.quantization")
    model = onnx.load_from_string(content)
    with tempfile.TemporaryDirectory() as folder, _without_advice():
        path = Path(folder) / NETWORK
        quantization.quantize_dynamic(
            model, path, op_types_to_quantize=list(ROUNDED), weight_type=quantization.QuantType.QInt8
        )
        return path.read_bytes()


@contextmanager
def _without_advice() -> Iterator[None]:
    """The root logger would advise to optimize before rounding, which torch has done."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
