"""Networks as programs of torch, which torch itself and ExecuTorch run."""

import torch
from torch.export import ExportedProgram

# Memories would be unrolled to one length; torch.onnx brings these in, too.
from torch.export._patches import register_gru_while_loop_decomposition, register_lstm_while_loop_decomposition

from transom.errors import TrainingError
from transom.export.exporter import Subject
from transom.export.tracing import Limits, dynamic_axes, example_inputs, most_pieces, tracing
from transom.model.exportable import ExportableNetwork


def program_of(subject: Subject, form: str, limits: Limits | None = None) -> ExportedProgram:
    """The network as a program, for the form of that name.

    Raises:
        TrainingError: trees have learned a task, and a program cannot hold them.
    """
    for forest in subject.model.forests:
        message = f"{form!r} cannot hold trees, which learned task {forest.task.name!r}. Choose onnx."
        raise TrainingError("T236", message)
    inputs = example_inputs(subject)
    with tracing(), register_lstm_while_loop_decomposition(), register_gru_while_loop_decomposition():
        return torch.export.export(
            ExportableNetwork(subject.model.network),
            (),
            kwargs={"inputs": inputs},
            dynamic_shapes={"inputs": dynamic_axes(inputs, {**(limits or {}), **most_pieces(subject)})},
        )
