"""What a network says of examples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toy_models import SCHEMA, TASKS, compiled, random_targets, random_values
from transom.data.features.payloads import encode_features
from transom.model.compile import compile_graph
from transom.model.network import Network
from transom.model.settings import Gru, PayloadSettings, Transformer
from transom.schema.payloads import Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Multiclass, Spans
from transom.training.loop import Run, fit
from transom.training.objective import goals_for
from transom.training.predict import ELEMENTS, SCORES, elements_at_once, examples_at_once, predict, stretches
from transom.training.schedule import Schedule

VALUES = random_values(20)
ENCODERS = {"tokens": PayloadSettings(Gru(size=8), "attention"), "note": PayloadSettings(Transformer(size=8))}
GRAPH, SPEC, FEATURES = compiled(SCHEMA, VALUES, ENCODERS)
EVERY = np.arange(20)


@pytest.fixture(scope="module")
def network():
    """A network that was trained a little on anything."""
    goals = goals_for(GRAPH.heads, {task.name: random_targets(task, FEATURES) for task in TASKS}, EVERY)
    run = Run(Network(GRAPH, SPEC), FEATURES, goals, EVERY, Schedule(3, 8, 0.01, 0.0))
    return fit(run, judged_by=None, advance=lambda _: None).network


@pytest.mark.parametrize("batch_size", [1, 3, 20])
def test_batch_size_does_not_change_predictions(network, batch_size):
    whole, parts = predict(network, FEATURES), predict(network, FEATURES, batch_size=batch_size)
    for name, predictions in whole.items():
        assert parts[name].probabilities == pytest.approx(predictions.probabilities, abs=1e-6, rel=1e-6)


@settings(max_examples=10, deadline=None)
@given(chosen=st.lists(st.integers(0, 19), min_size=1, max_size=5))
def test_examples_alone_have_the_predictions_they_have_among_others(network, chosen):
    few = {name: [values[row] for row in chosen] for name, values in VALUES.items()}
    whole, alone = predict(network, FEATURES), predict(network, encode_features(SPEC, few))
    for name, predictions in alone.items():
        items = whole[name].items
        rows = [row for example in chosen for row in range(items.offsets[example], items.offsets[example + 1])]
        assert predictions.probabilities == pytest.approx(whole[name].probabilities[rows], abs=1e-6, rel=1e-6)


@given(
    lengths=st.lists(st.integers(0, 2 * ELEMENTS), max_size=30).map(sorted),
    batch_size=st.integers(1, 10),
    n_elements=st.integers(1, ELEMENTS),
)
def test_every_example_has_a_batch_that_is_no_larger_than_memory_allows(lengths, batch_size, n_elements):
    batches = [lengths[batch] for batch in stretches(np.array(lengths, np.int64), batch_size, n_elements)]
    assert [length for batch in batches for length in batch] == lengths
    for batch in batches:
        assert 1 <= len(batch) <= batch_size
        assert len(batch) == 1 or len(batch) * max(batch) <= n_elements


def test_short_examples_fill_their_batches():
    assert list(stretches(np.full(600, 128), 256)) == [slice(0, 256), slice(256, 512), slice(512, 600)]


@pytest.mark.parametrize("n_slices", [0, 1, 100])
def test_experts_of_all_slices_tell_no_more_scores_at_once_than_memory_allows(n_slices):
    slices = tuple(Slice(f"slice{number}", tag="t") for number in range(n_slices))
    types = tuple(f"type{number}" for number in range(40))
    graph = compile_graph(Schema((Sequence("tokens", "token"),), (Spans("names", types, "tokens"),), slices), {})
    n_scores = n_slices * (2 * len(types) + 1)
    assert elements_at_once(graph) == (min(ELEMENTS, SCORES // n_scores) if n_slices else ELEMENTS)
    assert elements_at_once(graph) * n_scores <= SCORES


def test_what_experts_say_of_examples_as_a_whole_makes_long_ones_share_a_batch_no_less():
    slices = tuple(Slice(f"slice{number}", tag="t") for number in range(300))
    classes = tuple(f"class{number}" for number in range(1000))
    payloads, task = (Sequence("tokens", "token"), Singleton("kind", "category")), Multiclass("of", classes, "kind")
    graph = compile_graph(Schema(payloads, (task,), slices), {})
    assert elements_at_once(graph) == ELEMENTS
    assert examples_at_once(graph, 256) == SCORES // 300_000
    assert examples_at_once(graph, 8) == 8
    assert examples_at_once(GRAPH, 256) == 256


def test_every_item_of_every_task_is_predicted(network):
    for task in TASKS:
        predictions = predict(network, FEATURES)[task.name]
        n_items = 20 if task.payload in ("query", "note", "person") else sum(len(v or ()) for v in VALUES[task.payload])
        assert predictions.items.n_items == n_items
        assert np.isfinite(predictions.probabilities).all()


def test_elements_beyond_the_longest_are_not_covered(network):
    predictions = predict(network, FEATURES)["pos"]
    beyond = [place >= 6 for tokens in VALUES["tokens"] for place in range(len(tokens or ()))]
    assert any(beyond)
    assert (~predictions.covered).tolist() == beyond


def test_no_examples_have_no_predictions(network):
    none = encode_features(SPEC, {name: [] for name in VALUES})
    assert all(len(predictions.labels) == 0 for predictions in predict(network, none).values())
