"""A network as files."""

import json

import numpy as np
from safetensors.torch import load

from toy_models import SCHEMA, compiled, random_values
from transom.data.features.payloads import encode_features
from transom.model.network import Network
from transom.model.saved import FEATURES, GRAPH, WEIGHTS, Model, model_files, model_from_files
from transom.training.predict import predict

VALUES = random_values(9)
GRAPH_, SPEC, FEATURES_ = compiled(SCHEMA, VALUES)
MODEL = Model(Network(GRAPH_, SPEC, seed=3), SPEC)


def test_a_model_written_and_read_again_predicts_the_same_to_the_last_bit():
    again = model_from_files(model_files(MODEL))
    before = predict(MODEL.network, FEATURES_)
    after = predict(again.network, encode_features(again.spec, VALUES))
    for name, predictions in before.items():
        assert np.array_equal(predictions.probabilities, after[name].probabilities)


def test_equal_models_have_equal_bytes():
    files = model_files(MODEL)
    assert model_files(model_from_files(files)) == files
    assert model_files(Model(Network(GRAPH_, SPEC, seed=3), SPEC)) == files


def test_weights_are_named_by_block():
    assert {name.split(":")[0] for name in load(model_files(MODEL)[WEIGHTS])} <= {block.id for block in GRAPH_.blocks}


def test_graph_and_features_are_json():
    files = model_files(MODEL)
    assert json.loads(files[GRAPH])["is"] == "Graph"
    assert json.loads(files[FEATURES])["is"] == "FeatureSpec"
