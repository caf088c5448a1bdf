"""Exporters: a trained model as files in which another runtime runs it, proved to say the same.

An exporter is registered as an entry point (`transom.exporters`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from transom.data.features.columns import encode_table
from transom.data.features.inputs import inputs_of
from transom.data.features.payloads import encode_features
from transom.export.onnx_runner import Run
from transom.export.signature import HeadOutput, Signature, table_input
from transom.model.exportable import output_names
from transom.model.saved import Model

Outputs = Mapping[str, np.ndarray]

_HIDDEN = -1e8
"""Scores of padding are lower than any score of something."""


@dataclass(frozen=True)
class Subject:
    """What is exported: a model, and the payloads of some recorded examples with which it is tried out.

    `onnx` is the ONNX file of the version that holds the model: tracing takes most of an export.
    """

    model: Model
    recorded: Mapping[str, Sequence[Any]]
    onnx: bytes | None = None

    @property
    def network_inputs(self) -> dict[str, np.ndarray]:
        """The recorded examples as the network of the model is given them."""
        return inputs_of(encode_features(self.model.spec, self.recorded))

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """The recorded examples as all of the model is given them, its trees too."""
        tables = {table_input(each.task.name): encode_table(each.table, self.recorded) for each in self.model.forests}
        return self.network_inputs | tables


@dataclass(frozen=True)
class Exported:
    """The files of an exported model, and the model that they hold, ready to run.

    `is_exact` says that it must give the scores of the model; else its quality is measured and judged. It can be asked
    about `most_examples` at once, or any number.
    """

    files: Mapping[str, bytes]
    run: Run
    is_exact: bool = True
    most_examples: int | None = None

    @property
    def size_bytes(self) -> int:
        """How large the files are."""
        return sum(map(len, self.files.values()))


@runtime_checkable
class Exporter(Protocol):
    """Writes models in one form."""

    def export(self, subject: Subject) -> Exported:
        """The files of a model.

        Raises:
            TrainingError: the form cannot hold this model.
            MissingExtraError: a package is not installed.
        """
        ...


def signature_of(subject: Subject) -> Signature:
    """What a model's inputs and outputs are called once it is exported."""
    model = subject.model
    graph = model.network.graph
    named = zip(output_names(model.network), graph.heads, strict=False)  # the slices come last, and are no head
    heads = [HeadOutput(name, head.task.name, head.shape.elements) for name, head in named]
    grown = zip(forest_outputs(model), model.forests, strict=True)
    trees = [HeadOutput(name, forest.task.name, table=forest.table) for name, forest in grown]
    return Signature(tuple(subject.inputs), (*heads, *trees), graph.slices)


def forest_outputs(model: Model) -> tuple[str, ...]:
    """What the scores of forests are called, after those of the network."""
    n_heads = len(model.network.graph.heads)
    return tuple(f"scores.{place}" for place in range(n_heads, n_heads + len(model.forests)))


def largest_difference(ours: Outputs, theirs: Outputs) -> float:
    """The largest difference between outputs of the same names; scores of what is not there do not count.

    Of an output whose scores exceed 1 it is the share of the largest of them: so does float32 round.
    """
    return max((_difference(ours[name], theirs[name]) for name in ours), default=0.0)


def _difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    is_there = ours > _HIDDEN
    largest = np.abs(ours)[is_there].max(initial=1.0)
    return float(np.abs(ours - theirs)[is_there].max(initial=0.0) / largest)
