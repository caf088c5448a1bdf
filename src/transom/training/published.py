"""Pretrained transformers in training: the weights they begin with, and what they say of texts, once for all epochs."""

from dataclasses import replace

from transom.data.features.payloads import Features, FeatureSpec
from transom.data.features.pieces import PieceSpec
from transom.model.graph import Graph, Published
from transom.model.network import Network
from transom.model.pretrained_text import PretrainedText, embedded


def begin_as_published(network: Network) -> None:
    """Gives the transformers of a network their published weights.

    Raises:
        UsageError: there is no such model.
    """
    for block, module in zip(network.graph.blocks, network.parts, strict=True):
        if isinstance(block, Published) and isinstance(module, PretrainedText):
            module.begin_as_published(block.encoder.model)


def with_vectors(graph: Graph, spec: FeatureSpec, features: Features, *, device: str = "cpu") -> Features:
    """Features with what transformers that are not trained say of them, each distinct text worked out once."""
    found = {}
    for block in graph.blocks:
        if isinstance(block, Published) and block.encoder.tune == "frozen":
            name = block.reading.name
            pieces = next(payload.value for payload in spec.payloads if payload.reading == block.reading)
            assert isinstance(pieces, PieceSpec)
            module = PretrainedText(pieces, block.encoder, block.shape.size).to(device).eval()
            module.begin_as_published(block.encoder.model)
            found[name] = embedded(module, features.payloads[name], device)
    return replace(features, payloads={**features.payloads, **found})
