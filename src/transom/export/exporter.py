"""Exporters: a trained network as files in which another runtime runs it, proved to say the same.

An exporter is registered as an entry point (`transom.exporters`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from transom.data.features.payloads import Features
from transom.export.signature import HeadOutput, Signature
from transom.model.exportable import output_names
from transom.model.network import Network

Outputs = Mapping[str, np.ndarray]

_HIDDEN = -1e8
"""Scores of padding are lower than any score of something."""


@dataclass(frozen=True)
class Subject:
    """What is exported: a network, and the features of some recorded examples with which it is tried out."""

    network: Network
    recorded: Features


@dataclass(frozen=True)
class Exported:
    """The files of an exported network, and how far its scores are from those of the network, at most."""

    files: Mapping[str, bytes]
    largest_difference: float

    @property
    def size_bytes(self) -> int:
        """How large the files are."""
        return sum(map(len, self.files.values()))


@runtime_checkable
class Exporter(Protocol):
    """Writes networks in one form."""

    def export(self, subject: Subject) -> Exported:
        """The files of a network.

        Raises:
            ExportError: the exported network does not say what the network says.
            MissingExtraError: a package is not installed.
        """
        ...


def signature_of(network: Network, inputs: tuple[str, ...]) -> Signature:
    """What a network's inputs and outputs are called once it is exported."""
    heads = network.graph.heads
    named = zip(output_names(network), heads, strict=False)  # the slices come last, and are no head
    outputs = tuple(HeadOutput(name, head.task.name, head.shape.elements) for name, head in named)
    return Signature(inputs, outputs, network.graph.slices)


def largest_difference(ours: Outputs, theirs: Outputs) -> float:
    """The largest difference between outputs of the same names; scores of what is not there do not count."""
    return max((_difference(ours[name], theirs[name]) for name in ours), default=0.0)


def _difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    is_there = ours > _HIDDEN
    return float(np.abs(ours - theirs)[is_there].max(initial=0.0))
