"""What heads say before training."""

import numpy as np
import pytest
import torch

from toy_models import SCHEMA, TASKS, compiled, random_targets, random_values
from transom.data.items import one_each
from transom.data.targets import Targets
from transom.model.batch import batch_of
from transom.model.network import Network
from transom.training.first_scores import begin_at_targets
from transom.training.links import linked
from transom.training.objective import goals_for

GRAPH, SPEC, FEATURES = compiled(SCHEMA, random_values(20))
EVERY = np.arange(20)


def first_scores(targets):
    network = Network(GRAPH, SPEC).eval()
    begin_at_targets(network, goals_for(GRAPH.heads, targets, EVERY), EVERY)
    with torch.inference_mode():
        return network(batch_of(FEATURES, EVERY))


def test_classes_begin_at_their_shares():
    labels = np.eye(2)[[0] * 16 + [1] * 4]
    found = first_scores({"intent": Targets(one_each(20), labels, np.ones(20))})["intent"].softmax(-1)
    assert found[:, 1].numpy() == pytest.approx(np.full(20, 4.5 / 21), abs=1e-6)  # as if half a label more


def test_bits_begin_at_their_shares():
    bits = np.stack([np.arange(20) < 5, np.zeros(20, bool)], axis=1).astype(float)
    found = first_scores({"topics": Targets(one_each(20), bits, np.ones(20))})["topics"].sigmoid()
    assert found[0].numpy() == pytest.approx([5.5 / 21, 0.5 / 21], abs=1e-6)


def test_numbers_begin_at_their_mean():
    found = first_scores({"score": Targets(one_each(20), np.arange(20) * 10.0, np.ones(20))})["score"]
    assert found.numpy() == pytest.approx(np.full(20, 95.0))


def test_logarithms_begin_at_that_of_the_mean():
    targets = {"score": Targets(one_each(20), np.arange(1.0, 21.0), np.ones(20))}
    graph = linked(GRAPH, targets, EVERY >= 0, {})
    network = Network(graph, SPEC).eval()
    begin_at_targets(network, goals_for(graph.heads, targets, EVERY), EVERY)
    with torch.inference_mode():
        values = network.values(batch_of(FEATURES, EVERY))
    assert network.answers(values)["score"].numpy() == pytest.approx(np.full(20, 10.5))


def test_labels_without_weight_do_not_count():
    weights = (np.arange(20) < 4).astype(float)
    found = first_scores({"intent": Targets(one_each(20), np.eye(2)[[0] * 4 + [1] * 16], weights)})["intent"]
    assert found.softmax(-1)[0, 0] == pytest.approx(4.5 / 5, abs=1e-6)


def test_heads_without_a_goal_say_nothing_yet():
    targets = {"intent": random_targets(TASKS[3], FEATURES)}
    assert not first_scores(targets)["topics"].any()
