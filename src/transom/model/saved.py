"""A trained network as the files that an artifact keeps, and back: JSON and safetensors, never pickle."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from safetensors.torch import load, save

from transom.data.features.payloads import FeatureSpec
from transom.data.features.stored import spec_from_json, spec_to_json
from transom.model.forest import Forest
from transom.model.network import Network, published_of, weights_of, with_weights
from transom.model.stored import forests_from_json, forests_to_json, graph_from_json, graph_to_json

GRAPH, FEATURES, WEIGHTS = "graph.json", "features.json", "weights.safetensors"
PUBLISHED, TREES = "pretrained.safetensors", "trees.json"
"""These two are there where a model has some; published weights that were not trained are the same in all versions."""

FILES = (GRAPH, FEATURES, WEIGHTS, PUBLISHED, TREES)


@dataclass(frozen=True)
class Model:
    """A network and what turns payload values into its features, and the trees that learned tasks beside it."""

    network: Network
    spec: FeatureSpec
    forests: tuple[Forest, ...] = ()


def model_files(model: Model) -> dict[str, bytes]:
    """The files of a model; equal models have equal bytes."""
    published = published_of(model.network)
    return {
        GRAPH: _json(graph_to_json(model.network.graph)),
        FEATURES: _json(spec_to_json(model.spec)),
        WEIGHTS: save(dict(sorted(weights_of(model.network).items()))),
        **({PUBLISHED: save(dict(sorted(published.items())))} if published else {}),
        **({TREES: _json(forests_to_json(model.forests))} if model.forests else {}),
    }


def model_from_files(files: Mapping[str, bytes]) -> Model:
    """The model that `model_files` wrote."""
    spec = spec_from_json(json.loads(files[FEATURES]))
    graph = graph_from_json(json.loads(files[GRAPH]))
    published = load(files[PUBLISHED]) if PUBLISHED in files else {}
    forests = forests_from_json(json.loads(files[TREES])) if TREES in files else ()
    return Model(with_weights(graph, spec, {**load(files[WEIGHTS]), **published}), spec, forests)


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
