"""A trained network as the files that an artifact keeps, and back: JSON and safetensors, never pickle."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from safetensors.torch import load, save

from transom.data.features.payloads import FeatureSpec
from transom.data.features.stored import spec_from_json, spec_to_json
from transom.model.network import Network, weights_of, with_weights
from transom.model.stored import graph_from_json, graph_to_json

GRAPH, FEATURES, WEIGHTS = "graph.json", "features.json", "weights.safetensors"


@dataclass(frozen=True)
class Model:
    """A network and what turns payload values into its features."""

    network: Network
    spec: FeatureSpec


def model_files(model: Model) -> dict[str, bytes]:
    """The files of a model; equal models have equal bytes."""
    return {
        GRAPH: _json(graph_to_json(model.network.graph)),
        FEATURES: _json(spec_to_json(model.spec)),
        WEIGHTS: save(dict(sorted(weights_of(model.network).items()))),
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """The model that `model_files` wrote."""
    spec = spec_from_json(json.loads(files[FEATURES]))
    graph = graph_from_json(json.loads(files[GRAPH]))
    return Model(with_weights(graph, spec, load(files[WEIGHTS])), spec)


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
