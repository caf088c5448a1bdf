"""A trained model as the files of an artifact, and back: graph, features and weights, never a pickle."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import safetensors.torch

from transom.data.features.payloads import FeatureSpec
from transom.data.features.stored import spec_from_json, spec_to_json
from transom.errors import ArtifactError, Location
from transom.export.artifact import Artifact
from transom.model.network import Network, weights_of, with_weights
from transom.model.stored import graph_from_json, graph_to_json

GRAPH, FEATURES, WEIGHTS = "graph.json", "features.json", "weights.safetensors"


@dataclass(frozen=True)
class Model:
    """A network, and how payload values become what it reads."""

    spec: FeatureSpec
    network: Network


def model_files(model: Model) -> Mapping[str, bytes]:
    """The files of a model; the same weights give the same bytes."""
    return {
        GRAPH: orjson.dumps(graph_to_json(model.network.graph), option=orjson.OPT_INDENT_2),
        FEATURES: orjson.dumps(spec_to_json(model.spec), option=orjson.OPT_SERIALIZE_NUMPY),
        WEIGHTS: safetensors.torch.save(dict(sorted(weights_of(model.network).items()))),
    }


def read_model(artifact: Artifact) -> Model:
    """The model that an artifact holds.

    Raises:
        ArtifactError: the version was made without a model.
    """
    if not (artifact.folder / WEIGHTS).exists():
        raise ArtifactError(
            "T149", "this version has no model: no task of its schema has a payload.", Location(str(artifact.folder))
        )
    spec = spec_from_json(artifact.read_json(FEATURES))
    graph = graph_from_json(artifact.read_json(GRAPH))
    return Model(spec, with_weights(graph, spec, safetensors.torch.load(artifact.read(WEIGHTS))))
