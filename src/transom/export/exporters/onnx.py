"""The exporter `onnx`: the whole model as one ONNX graph, for onnxruntime and whatever else reads ONNX."""

from dataclasses import dataclass

from transom.export.exporter import Exported, Subject, signature_of
from transom.export.onnx_graph import onnx_bytes
from transom.export.onnx_runner import onnx_runner
from transom.export.signature import NETWORK, SIGNATURE


@dataclass(frozen=True)
class Onnx:
    """Writes ONNX: the network in float32, trees in float64."""

    def export(self, subject: Subject) -> Exported:
        """See `Exporter`."""
        content = onnx_bytes(subject)
        return Exported({NETWORK: content, SIGNATURE: signature_of(subject).as_json()}, onnx_runner(content))
