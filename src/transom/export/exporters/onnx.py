"""The exporter `onnx`: the whole model as one ONNX graph, for onnxruntime and whatever else reads ONNX."""

from dataclasses import dataclass

from transom.errors import TrainingError
from transom.export.exporter import Exported, Subject, largest_difference, signature_of
from transom.export.onnx_graph import model_outputs, onnx_bytes, onnx_outputs
from transom.export.signature import NETWORK, SIGNATURE

TOLERANCE = 1e-4
"""Scores may differ by so much: they are sums of thousands of float32 products, taken in another order."""


@dataclass(frozen=True)
class Onnx:
    """Writes ONNX in float32."""

    def export(self, subject: Subject) -> Exported:
        """See `Exporter`."""
        content = onnx_bytes(subject)
        difference = largest_difference(model_outputs(subject), onnx_outputs(content, subject))
        if not difference <= TOLERANCE:
            raise TrainingError("T182", f"What was exported differs from the network by {difference:.2g}.")
        return Exported({NETWORK: content, SIGNATURE: signature_of(subject).as_json()}, difference)
