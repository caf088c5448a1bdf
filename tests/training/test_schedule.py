"""How long and how fast a network is trained."""

import pytest

from transom.model.compile import compile_graph
from transom.model.settings import Lstm, PayloadSettings
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass
from transom.training.config import TrainingConfig
from transom.training.schedule import BATCH_SIZE, EPOCHS, MANY, Schedule, schedule_for

SCHEMA = Schema((Singleton("text", "text"),), (Multiclass("label", ("a", "b"), "text"),))
BAG = compile_graph(SCHEMA)


@pytest.mark.parametrize("n_examples", [1, 100, 5_000, 1_000_000])
def test_more_data_is_seen_less_often_within_bounds(n_examples):
    fewest, most = EPOCHS
    epochs = schedule_for(TrainingConfig(), BAG, n_examples).epochs
    assert fewest <= epochs <= most
    assert epochs >= schedule_for(TrainingConfig(), BAG, 2 * n_examples).epochs


def test_a_batch_of_many_examples_is_twice_as_large():
    sizes = [schedule_for(TrainingConfig(), BAG, n_examples).batch_size for n_examples in (100, MANY - 1, MANY)]
    assert sizes == [BATCH_SIZE, BATCH_SIZE, 2 * BATCH_SIZE]


def test_what_is_given_is_used():
    config = TrainingConfig(epochs=3, batch_size=7, learning_rate=0.5, weight_decay=0.0)
    assert schedule_for(config, BAG, 100) == Schedule(3, 7, 0.5, 0.0)


def test_deep_encoders_learn_more_slowly():
    deep = compile_graph(SCHEMA, {"text": PayloadSettings(Lstm())})
    rates = [schedule_for(TrainingConfig(), graph, 100).learning_rate for graph in (deep, BAG)]
    assert rates[0] <= rates[1]
