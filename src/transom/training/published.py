"""Pretrained transformers in training: the weights they begin with, and what they say of texts, once for all epochs."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from torch.nn import Parameter

from transom.data.features.payloads import Features, FeatureSpec
from transom.data.features.pieces import PieceSpec
from transom.data.positions import beyond_positions
from transom.errors import TrainingError
from transom.model.graph import Graph, Published
from transom.model.network import Network
from transom.model.pretrained_text import PretrainedText, embedded
from transom.model.settings import Tune
from transom.model.trunk import published_trunk

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


def refuse_beyond_positions(graph: Graph, spec: FeatureSpec) -> None:
    """Refuses a length that settings name and a transformer has no places for; what is left to it is cut.

    Raises:
        TrainingError: there is one, whose model was not on this machine when the settings were read.
    """
    asked = {
        block.reading: block.encoder.max_length
        for block in graph.blocks
        if isinstance(block, Published) and block.encoder.max_length != "auto"
    }
    for payload in spec.payloads:
        if payload.reading in asked and isinstance(payload.value, PieceSpec):
            model, config = payload.value.reading.model, payload.value.config
            wrong = beyond_positions(model, config, asked[payload.reading])
            if wrong is not None:
                raise TrainingError("T138", f"payload {payload.reading.name!r}: {wrong}")


def own_rates(network: Network) -> dict[Parameter, float]:
    """The weights of transformers that are trained, and the learning rate of each: they need small steps."""
    return {
        weight: RATES[block.encoder.tune] if block.encoder.learning_rate == "auto" else block.encoder.learning_rate
        for block, module in zip(network.graph.blocks, network.parts, strict=True)
        if isinstance(block, Published) and isinstance(module, PretrainedText)
        for weight in module.trunk.parameters()
        if weight.requires_grad
    }


def frozen_texts(graph: Graph) -> tuple[str, ...]:
    """The payloads that a transformer reads of which nothing is trained."""
    texts = [block for block in graph.blocks if isinstance(block, Published)]
    return tuple(block.reading.key for block in texts if block.encoder.tune == "frozen")


def with_vectors(spec: FeatureSpec, features: Features, keys: Collection[str], *, device: str = "cpu") -> Features:
    """Features with what transformers as they were published say of some payloads, each distinct text worked out once.

    Raises:
        UsageError: there is no such model.
    """
    found = {
        payload.reading.key: embedded(
            published_trunk(payload.value).to(device), features.payloads[payload.reading.key], device
        )
        for payload in spec.payloads
        if payload.reading.key in keys and isinstance(payload.value, PieceSpec)
    }
    return replace(features, payloads={**features.payloads, **found})
