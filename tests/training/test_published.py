"""Pretrained transformers in training."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tiny_bert import save_tiny_bert
from toy_models import compiled
from transom.data.items import one_each
from transom.data.targets import Targets
from transom.errors import TrainingError, UsageError
from transom.model.network import Network, weights_of
from transom.model.settings import PayloadSettings, Pretrained
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass
from transom.training.config import TrainingConfig
from transom.training.predict import lengths_of, predict
from transom.training.published import RATES, begin_as_published, frozen_texts, own_rates, with_vectors
from transom.training.train import train
from transom.training.training_data import TrainingData

SCHEMA = Schema((Singleton("text", "text"),), (Multiclass("label", ("bad", "good"), "text"),))
TRUTH = np.arange(40) % 2
TEXTS = [f"the film {place} {'good' if label else 'bad'}" for place, label in enumerate(TRUTH)]
TARGETS = Targets(one_each(40), np.eye(2)[TRUTH], np.ones(40))
CONFIG = TrainingConfig(epochs=8, batch_size=8, learning_rate=0.02, early_stopping="none")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return Pretrained(
        model=save_tiny_bert(tmp_path_factory.mktemp("tiny")), size=8, max_length=12, layers=1, wide=False
    )


def fitted(settings, texts=TEXTS):
    graph, spec, features = compiled(SCHEMA, {"text": texts}, {"text": PayloadSettings(settings)})
    features = with_vectors(spec, features, frozen_texts(graph))
    everything = np.ones(40, bool)
    return train(
        graph, spec, TrainingData(features, {"label": TARGETS}, everything, ~everything), config=CONFIG
    ), features


def accuracy_of(settings, texts):
    trained, features = fitted(settings, texts)
    return (predict(trained.network, features)["label"].labels == TRUTH).mean()


@pytest.mark.parametrize("tune", ["frozen", "top", "all", "adapters"])
def test_a_separable_task_is_learned(tiny, tune):
    settings = replace(tiny, tune=tune, learning_rate="auto" if tune == "frozen" else 0.01)
    assert accuracy_of(settings, TEXTS) > 0.9


@pytest.mark.parametrize("tune", ["frozen", "adapters"])
def test_the_same_seed_gives_the_same_weights(tiny, tune):
    one, other = (weights_of(fitted(replace(tiny, tune=tune))[0].network) for _ in range(2))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_only_what_is_frozen_is_worked_out_before(tiny):
    assert fitted(tiny)[1].payloads["text"].vectors.shape == (40, 16)
    assert fitted(replace(tiny, tune="all"))[1].payloads["text"].vectors is None


@pytest.mark.slow
@pytest.mark.parametrize("tune", ["frozen", "all"])
def test_the_linear_model_beside_knows_words_that_are_all_the_same_to_the_transformer(tiny, tune):
    texts = [f"the film {'море' if label else 'поле'}" for label in TRUTH]  # neither is made of known pieces
    assert accuracy_of(replace(tiny, tune=tune), texts) == 0.5
    assert accuracy_of(replace(tiny, tune=tune, wide=True), texts) == 1.0


@pytest.mark.parametrize(("tune", "longer"), [("frozen", 0), ("all", 3)])
def test_a_text_is_as_long_as_its_pieces_while_a_transformer_reads_it(tiny, tune, longer):
    graph, spec, features = compiled(
        SCHEMA, {"text": ["film", "good film bad film"]}, {"text": PayloadSettings(replace(tiny, tune=tune, wide=True))}
    )
    first, second = lengths_of(graph, with_vectors(spec, features, frozen_texts(graph)))
    assert second - first == longer


def test_a_transformer_is_trained_at_its_own_rate(tiny):
    graph, spec, _ = compiled(SCHEMA, {"text": TEXTS}, {"text": PayloadSettings(replace(tiny, tune="top"))})
    assert set(own_rates(Network(graph, spec)).values()) == {RATES["top"]}
    graph, spec, _ = compiled(
        SCHEMA, {"text": TEXTS}, {"text": PayloadSettings(replace(tiny, tune="all", learning_rate=1e-3))}
    )
    assert set(own_rates(Network(graph, spec)).values()) == {1e-3}


def test_nothing_is_trained_of_what_is_frozen(tiny):
    graph, spec, _ = compiled(SCHEMA, {"text": TEXTS}, {"text": PayloadSettings(tiny)})
    assert own_rates(Network(graph, spec)) == {}


@pytest.mark.parametrize("tune", ["frozen", "all"])
def test_a_text_is_cut_where_a_transformer_has_no_more_places(tiny, tune):
    trained, features = fitted(replace(tiny, tune=tune, max_length="auto"), [f"{text} the" * 50 for text in TEXTS])
    assert np.diff(features.payloads["text"].bags.offsets).max() == 64
    assert len(predict(trained.network, features)["label"].labels) == 40


def test_a_length_that_is_named_is_refused_where_a_transformer_has_fewer_places(tiny):
    with pytest.raises(TrainingError) as caught:
        fitted(replace(tiny, max_length=65))
    assert str(caught.value) == (
        f"T138 payload 'text': max_length must be at most 64, not 65: {tiny.model!r} has no places for more pieces of "
        "words."
    )


def test_a_model_that_is_gone_is_named(tiny, tmp_path):
    copied = replace(tiny, model=save_tiny_bert(tmp_path))
    graph, spec, _ = compiled(SCHEMA, {"text": TEXTS}, {"text": PayloadSettings(copied)})
    (tmp_path / "config.json").unlink()
    with pytest.raises(UsageError, match=r"T136 .* holds no pretrained encoder: config\.json missing\."):
        begin_as_published(Network(graph, spec))
