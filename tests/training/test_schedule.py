"""How long and how fast a network is trained."""

import pytest

from transom.model.compile import compile_graph
from transom.model.settings import Lstm, PayloadSettings, Transformer
from transom.schema.payloads import Field, MemberSet, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass
from transom.training.config import TrainingConfig
from transom.training.schedule import (
    BATCH_SIZE,
    ELEMENTS,
    EPOCHS,
    FEWEST_EXAMPLES,
    FEWEST_STEPS,
    MANY,
    MOST_EPOCHS,
    SLOWEST,
    Schedule,
    schedule_for,
)

SCHEMA = Schema((Singleton("text", "text"),), (Multiclass("label", ("a", "b"), "text"),))
BAG = compile_graph(SCHEMA)


@pytest.mark.parametrize("n_examples", [1, 100, 5_000, 1_000_000])
def test_more_data_is_seen_less_often_within_bounds(n_examples):
    epochs = schedule_for(TrainingConfig(), BAG, n_examples).epochs
    assert EPOCHS[0] <= epochs <= MOST_EPOCHS
    assert epochs >= schedule_for(TrainingConfig(), BAG, 2 * n_examples).epochs


def test_a_batch_of_many_examples_is_twice_as_large():
    sizes = [schedule_for(TrainingConfig(), BAG, n_examples).batch_size for n_examples in (100, MANY - 1, MANY)]
    assert sizes == [BATCH_SIZE, BATCH_SIZE, 2 * BATCH_SIZE]


@pytest.mark.parametrize(
    ("mean_length", "size"),
    [
        (0.0, BATCH_SIZE),
        (1.0, BATCH_SIZE),
        (ELEMENTS / 16, 16),
        (float(ELEMENTS), FEWEST_EXAMPLES),
        (1e6, FEWEST_EXAMPLES),
    ],
)
def test_of_long_sequences_fewer_share_a_batch(mean_length, size):
    assert schedule_for(TrainingConfig(), BAG, 500, mean_length).batch_size == size


@pytest.mark.parametrize("n_examples", [50, 67, 200, 427])
def test_what_sees_order_takes_steps_enough_of_few_examples(n_examples):
    deep = compile_graph(SCHEMA, {"text": PayloadSettings(Lstm())})
    schedule = schedule_for(TrainingConfig(), deep, n_examples)
    assert schedule.epochs <= MOST_EPOCHS
    assert schedule.epochs * -(-n_examples // schedule.batch_size) >= FEWEST_STEPS
    assert schedule_for(TrainingConfig(), BAG, n_examples).batch_size == BATCH_SIZE


def test_the_fewest_examples_still_share_a_batch():
    deep = compile_graph(SCHEMA, {"text": PayloadSettings(Lstm())})
    assert schedule_for(TrainingConfig(), deep, 10).batch_size == FEWEST_EXAMPLES


def test_what_is_given_is_used():
    config = TrainingConfig(epochs=3, batch_size=7, learning_rate=0.5, weight_decay=0.0)
    assert schedule_for(config, BAG, 100) == Schedule(3, 7, 0.5, 0.0)


def test_of_records_alone_the_mean_of_the_weights_is_kept():
    record = Singleton("person", "record", fields=(Field("age", "number"),))
    others = ((), SCHEMA.payloads, (MemberSet("friends", (Field("age", "number"),)),))
    label = Multiclass("label", ("a", "b"), "person")
    graphs = [compile_graph(Schema((record, *other), (label,))) for other in others]
    assert [schedule_for(TrainingConfig(), graph, 100).is_averaged for graph in graphs] == [True, False, False]


def test_deep_encoders_learn_more_slowly():
    deep = compile_graph(SCHEMA, {"text": PayloadSettings(Lstm())})
    rates = [schedule_for(TrainingConfig(), graph, 100).learning_rate for graph in (deep, BAG)]
    assert rates[0] <= rates[1]


def test_the_rate_rises_then_falls():
    schedule = Schedule(1, 1, 1.0, 0.0, warm_up=0.2)
    assert [schedule.rate(share) for share in (0.0, 0.1, 0.2, 0.6, 1.0)] == pytest.approx(
        [SLOWEST, 0.5, 1, 0.5, SLOWEST]
    )


@pytest.mark.parametrize(("decay", "middle", "end"), [("linear", 0.5, 0.02), ("cosine", 0.5, 0.02), ("none", 1, 1)])
def test_the_rate_falls_as_it_is_told(decay, middle, end):
    schedule = Schedule(1, 1, 1.0, 0.0, decay=decay)
    assert [schedule.rate(share) for share in (0.0, 0.5, 1.0)] == pytest.approx([1.0, middle, end])


def test_transformers_are_warmed_up():
    graph = compile_graph(SCHEMA, {"text": PayloadSettings(Transformer(size=8))})
    assert schedule_for(TrainingConfig(), graph, 100).warm_up > 0
    assert schedule_for(TrainingConfig(warm_up=0.0), graph, 100).warm_up == 0
    assert schedule_for(TrainingConfig(), compile_graph(SCHEMA), 100).warm_up == 0


def test_a_tiny_data_set_is_seen_until_there_were_steps_enough():
    schedule = schedule_for(TrainingConfig(), BAG, 10 * BATCH_SIZE)
    assert schedule.epochs * 10 == FEWEST_STEPS
    assert schedule_for(TrainingConfig(), BAG, 30 * BATCH_SIZE).epochs == EPOCHS[1]
