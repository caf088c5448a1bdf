"""Pretrained transformers in training: the weights they begin with, and what they say of texts, once for all epochs."""

from collections.abc import Mapping
from dataclasses import replace

from torch.nn import Parameter

from transom.data.features.payloads import Features, FeatureSpec
from transom.data.features.pieces import PieceSpec
from transom.model.graph import Graph, Published
from transom.model.network import Network
from transom.model.pretrained_text import PretrainedText, embedded
from transom.model.settings import Tune

RATES: Mapping[Tune, float] = {"top": 5e-5, "all": 3e-5, "adapters": 5e-4}
"""Learning rates that the papers of BERT (Devlin et al., 2019, section 4.1) and LoRA (appendix D) settled on."""


def begin_as_published(network: Network) -> None:
    """Gives the transformers of a network their published weights.

    Raises:
        UsageError: there is no such model.
    """
    for block, module in zip(network.graph.blocks, network.parts, strict=True):
        if isinstance(block, Published) and isinstance(module, PretrainedText):
            module.begin_as_published(block.encoder.model)


def own_rates(network: Network) -> dict[Parameter, float]:
    """The weights of transformers that are trained, and the learning rate of each: they need small steps."""
    return {
        weight: RATES[block.encoder.tune] if block.encoder.learning_rate == "auto" else block.encoder.learning_rate
        for block, module in zip(network.graph.blocks, network.parts, strict=True)
        if isinstance(block, Published) and isinstance(module, PretrainedText)
        for weight in module.trunk.parameters()
        if weight.requires_grad
    }


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
