"""The exporter `torch`: the network as a program of torch, which `torch.export.load` reads without transom."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from transom.export.exporter import Exported, Subject, signature_of
from transom.export.programs import program_of
from transom.export.signature import SIGNATURE
from transom.export.tracing import Names, names_of
from transom.training.threads import one_thread

PROGRAM = "model.pt2"


@dataclass(frozen=True)
class TorchProgram:
    """Writes programs of torch in float32; trees have no place in them."""

    def export(self, subject: Subject) -> Exported:
        """See `Exporter`."""
        written = io.BytesIO()
        torch.export.save(program_of(subject, "torch"), written)
        program = torch.export.load(io.BytesIO(written.getvalue())).module()
        files = {PROGRAM: written.getvalue(), SIGNATURE: signature_of(subject).as_json()}
        return Exported(files, partial(_run, names_of(subject), program))


def _run(names: Names, program: torch.nn.Module, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    inputs = {name: torch.from_numpy(arrays[name]) for name in names.inputs}
    with torch.no_grad(), one_thread():
        return names.outputs_from(program(inputs=inputs))
