"""The network of a graph."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from toy_models import SCHEMA, TASKS, compiled, random_targets, random_values
from transom.errors import ArtifactError
from transom.model.batch import batch_of
from transom.model.network import Network, weights_of, with_weights
from transom.model.settings import Bag, Convolution, Gru, Lstm, PayloadSettings, Transformer
from transom.schema.schema import Schema
from transom.training.objective import goals_for, task_losses

VALUES = random_values(12)
ENCODERS = [Bag(size=8), Convolution(size=8), Lstm(size=8), Gru(size=8), Transformer(size=8)]
IN_EVERY_BATCH = [*ENCODERS[:1], *(pytest.param(encoder, marks=pytest.mark.slow) for encoder in ENCODERS[1:])]
TOLERANCE = 1e-6


def network_of(settings=None, seed=0):
    graph, spec, features = compiled(SCHEMA, VALUES, settings)
    network = Network(graph, spec, seed=seed).eval()
    torch.manual_seed(1)
    for weight in network.parameters():
        if not weight.any():  # what starts at zero is moved, so that what is behind it matters
            torch.nn.init.normal_(weight, std=0.1)
    return network, features


@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda encoder: type(encoder).__name__)
def test_every_task_has_scores_whatever_the_encoder(encoder):
    network, features = network_of({"tokens": PayloadSettings(encoder), "note": PayloadSettings(encoder)})
    scores = network(batch_of(features, np.arange(12)))
    assert set(scores) == {task.name for task in TASKS}
    assert all(torch.isfinite(each).all() for each in scores.values())


@pytest.mark.parametrize("encoder", IN_EVERY_BATCH, ids=lambda encoder: type(encoder).__name__)
@settings(max_examples=5, deadline=None)
@given(chosen=st.lists(st.integers(0, 11), min_size=1, max_size=6, unique=True))
def test_an_example_has_the_same_scores_in_every_batch(encoder, chosen):
    network, features = network_of({"tokens": PayloadSettings(encoder, "attention"), "note": PayloadSettings(encoder)})
    elementwise = {"pos": "tokens", "names": "tokens", "role": "entities"}
    with torch.inference_mode():
        together = network(batch_of(features, np.array(chosen)))
        for place, example in enumerate(chosen):
            alone = network(batch_of(features, np.array([example])))
            for name, payload in elementwise.items():
                n_elements = int(features.payloads[payload].items.lengths[example])
                one, other = together[name][place, :n_elements], alone[name][0, :n_elements]
                assert torch.allclose(one, other, atol=TOLERANCE, rtol=1e-4)
            for name in ("intent", "topics", "score"):
                assert torch.allclose(together[name][place], alone[name][0], atol=TOLERANCE, rtol=1e-4)


def test_the_first_weights_of_a_block_depend_on_its_id_and_the_seed_alone():
    whole = weights_of(Network(*compiled(SCHEMA, VALUES)[:2]))
    graph, spec, _ = compiled(Schema(SCHEMA.payloads, TASKS[3:4]), VALUES)
    alone = weights_of(Network(graph, spec))
    for name, weight in alone.items():
        if not name.startswith("task/"):
            assert torch.equal(weight, whole[name])
    other = weights_of(Network(graph, spec, seed=1))
    assert not torch.equal(other["payload/tokens/embedding:table"], alone["payload/tokens/embedding:table"])


def test_making_a_network_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    graph, spec, _ = compiled(SCHEMA, VALUES)
    Network(graph, spec)
    assert torch.equal(torch.rand(1), expected)


def test_making_a_network_leaves_the_random_numbers_of_accelerators_alone(monkeypatch):
    seeds = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeds.append)
    Network(*compiled(SCHEMA, VALUES)[:2])
    assert seeds == []


def test_weights_come_back():
    network, features = network_of()
    again = with_weights(network.graph, compiled(SCHEMA, VALUES)[1], weights_of(network))
    batch = batch_of(features, np.arange(12))
    assert all(
        torch.equal(one, other) for one, other in zip(network(batch).values(), again(batch).values(), strict=True)
    )


def test_weights_of_blocks_that_were_made_otherwise_are_refused():
    network, _ = network_of()
    weights = weights_of(network)
    del weights["payload/embedding/embedding:layer.bias"]
    with pytest.raises(ArtifactError) as caught:
        with_weights(network.graph, compiled(SCHEMA, VALUES)[1], weights)
    assert str(caught.value) == (
        "T133 block 'payload/embedding/embedding' had other weights where it was trained. "
        "Use that transom, or train again."
    )


def test_gradients_reach_every_weight():
    encoders = {"tokens": PayloadSettings(Lstm(size=8), "attention"), "waves": PayloadSettings(Transformer(size=8))}
    network, features = network_of(encoders)
    network.train()
    targets = {task.name: random_targets(task, features) for task in TASKS}
    goals = goals_for(network.graph.heads, targets, np.arange(12))
    task_losses(goals, network(batch_of(features, np.arange(12))), features, np.arange(12)).sum().backward()
    learned = [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]
    idle = [name for name, weight in learned if weight.grad is None or not weight.grad.any()]
    assert idle == []


def test_the_head_of_a_task_that_is_not_learned_is_a_key_error():
    with pytest.raises(KeyError):
        network_of()[0].head("other")
