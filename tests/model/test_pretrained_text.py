"""Texts and tokens as a pretrained transformer sees them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tiny_bert import save_tiny_bert
from toy_models import compiled
from transom.data.features.payloads import encode_features
from transom.model.batch import PayloadBatch, batch_of
from transom.model.network import Network, published_of, weights_of
from transom.model.pretrained_text import PretrainedText, embedded, pooled
from transom.model.saved import PUBLISHED, Model, model_files, model_from_files
from transom.model.settings import PayloadSettings, Pretrained
from transom.schema.payloads import Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass

SCHEMA = Schema(
    (Singleton("text", "text"), Sequence("tokens", "token", max_length=5)),
    (Multiclass("label", ("a", "b"), "text"), Multiclass("pos", ("x", "y"), "tokens")),
)
VALUES = {
    "text": ["good films", "the bad film", None, "good films", "a " * 100],
    "tokens": [["good", "films"], [], None, ["the"] * 9, ["good", "films"]],
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny_bert(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def tiny(model):
    return Pretrained(model=model, size=6, max_length=10, layers=1, rank=2)


def network_of(settings, seed=0):
    """A network with published weights, the spec and the features."""
    graph, spec, features = compiled(SCHEMA, VALUES, {name: PayloadSettings(settings) for name in VALUES})
    network = Network(graph, spec, seed=seed)
    for module in texts_of(network):
        module.begin_as_published(settings.model)
    return network.eval(), spec, features


def texts_of(network):
    return [part for part in network.parts if isinstance(part, PretrainedText)]


def scores(network, features):
    with torch.inference_mode():
        return network(batch_of(features, np.arange(features.n_examples)))


def test_every_element_is_a_vector_and_padding_is_zero(tiny):
    network, _, features = network_of(tiny)
    batch = batch_of(features, np.arange(5))
    text, tokens = texts_of(network)
    assert text(batch.payloads["text"]).shape == (5, 6)
    encoded = tokens(batch.payloads["tokens"])
    assert encoded.shape == (5, 5, 6)
    assert (encoded[~batch.mask("tokens")] == 0).all()


def test_what_is_the_same_is_read_once(tiny):
    _, _, features = network_of(tiny)
    assert features.payloads["text"].bags.n_rows == 4
    assert features.payloads["tokens"].bags.n_rows == 3


@pytest.mark.parametrize("name", ["text", "tokens"])
def test_vectors_worked_out_before_change_nothing(tiny, name):
    network, _, features = network_of(tiny)
    module = texts_of(network)[list(VALUES).index(name)]
    before = embedded(module.trunk, features.payloads[name], "cpu")
    known = replace(features, payloads={**features.payloads, name: before})
    for example in (np.arange(5), np.array([3, 0])):
        one, other = (module(batch_of(each, example).payloads[name]) for each in (features, known))
        assert torch.allclose(one, other, atol=1e-5)


def test_a_token_late_in_a_long_row_of_16_bits_points_where_one_at_its_start_does():
    hidden = torch.tensor([[1.0, -1.0], [1.0, 1.0]] * 256, dtype=torch.bfloat16).unsqueeze(0)
    nothing = torch.zeros(0, dtype=torch.int64)
    index, ranges = torch.zeros(1, 2, dtype=torch.int64), torch.tensor([[[0, 1], [510, 511]]])
    row = PayloadBatch(ids=nothing, offsets=nothing, weights=nothing, index=index, ranges=ranges)
    first, late = pooled(hidden, torch.ones(1, 512, dtype=torch.bool), row)[0]
    assert torch.equal(first, late)


def test_an_example_alone_is_encoded_as_among_others(tiny):
    network, _, features = network_of(tiny)
    for module, name in zip(texts_of(network), VALUES, strict=True):
        together = module(batch_of(features, np.arange(5)).payloads[name])
        for example in range(5):
            alone = module(batch_of(features, np.array([example])).payloads[name])[0]
            if name == "tokens":
                alone = alone[: int(features.payloads[name].items.lengths[example])]
            assert torch.allclose(together[example][: len(alone)], alone, atol=1e-5)


@pytest.mark.parametrize(
    ("tune", "names"),
    [
        ("frozen", set()),
        ("top", {"encoder.layer.1"}),
        ("adapters", {"encoder.layer.1"}),
        ("all", {"embeddings", "encoder.layer.0", "encoder.layer.1", "pooler"}),
    ],
)
def test_as_much_is_trained_as_the_settings_say(tiny, tune, names):
    network, _, _ = network_of(replace(tiny, tune=tune))
    transformer = texts_of(network)[0].trunk.transformer
    trained = {name for name, weight in transformer.named_parameters() if weight.requires_grad}
    assert {next((start for start in names if name.startswith(start)), name) for name in trained} == names
    assert tune != "adapters" or all(".down." in name or ".up." in name for name in trained)


def test_adapters_say_nothing_before_training(tiny):
    plain, _, features = network_of(tiny)
    adapted, _, _ = network_of(replace(tiny, tune="adapters"))
    batch = batch_of(features, np.arange(5))
    for one, other, name in zip(texts_of(plain), texts_of(adapted), VALUES, strict=True):
        assert torch.allclose(*(each.vectors(batch.payloads[name]) for each in (one, other)), atol=1e-6)


def test_what_is_not_trained_is_no_part_of_the_state(tiny):
    network, _, _ = network_of(tiny)
    assert not any("trunk" in name for name in network.state_dict())
    assert not any("trunk" in name for name in weights_of(network))
    assert sum("trunk" in name for name in published_of(network)) == len(published_of(network)) > 0


@pytest.mark.parametrize("tune", ["frozen", "top", "all", "adapters"])
def test_a_version_needs_no_model_folder(tiny, tune):
    network, spec, features = network_of(replace(tiny, tune=tune), seed=1)
    files = model_files(Model(network, spec))
    assert (PUBLISHED in files) == (tune != "all")
    again = model_from_files(files)
    assert model_files(again) == files
    for name, expected in scores(network, features).items():
        assert torch.equal(scores(again.network, encode_features(again.spec, VALUES))[name], expected)


def test_versions_share_the_bytes_of_what_is_not_trained(tiny):
    one, other = (model_files(Model(*network_of(tiny, seed)[:2])) for seed in (1, 2))
    assert one[PUBLISHED] == other[PUBLISHED]
    assert one != other
