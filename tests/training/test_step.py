"""One step of training."""

import numpy as np
import pytest
import torch

from toy_models import PAYLOADS, TASKS, compiled, random_targets, random_values
from transom.model.network import Network
from transom.schema.schema import Schema
from transom.training.config import TrainingConfig
from transom.training.learner import Run, learner_for
from transom.training.objective import goals_for
from transom.training.schedule import Schedule
from transom.training.step import DivergedError, step

GRAPH, SPEC, FEATURES = compiled(Schema(PAYLOADS, TASKS[:4]), random_values(12))
EVERY = np.arange(12)
GOALS = goals_for(GRAPH.heads, {head.task.name: random_targets(head.task, FEATURES) for head in GRAPH.heads}, EVERY)


def run_of(learning_rate=0.01, **settings):
    schedule = Schedule(1, 12, learning_rate, 0.0)
    return Run(Network(GRAPH, SPEC).eval(), FEATURES, GOALS, EVERY, schedule, TrainingConfig(**settings))


def losses(run, n_steps=2):
    learner = learner_for(run)
    return [step(run, learner, EVERY, 1, run.schedule.learning_rate) for _ in range(n_steps)]


def test_a_step_goes_down():
    before, after = losses(run_of(learning_rate=0.001))
    assert after < before


def test_no_weight_moves_further_than_the_pace_allows():
    run = run_of(learning_rate=0.001)
    before = [parameter.clone() for parameter in run.network.parameters()]
    losses(run, n_steps=1)
    moved = max(
        float((new - old).detach().abs().max()) for new, old in zip(run.network.parameters(), before, strict=True)
    )
    assert 0 < moved < 0.0011  # the first step of Adam is of the learning rate's size, whatever the gradient


def test_sixteen_bits_give_nearly_the_same_loss():
    whole, half = (losses(run_of(mixed_precision=mixed))[0] for mixed in (False, True))
    assert half == pytest.approx(whole, rel=0.02)


def test_a_loss_that_is_no_number_names_its_examples_and_changes_nothing():
    run = run_of()
    torch.nn.init.constant_(run.network.head("intent").linear.bias, np.nan)
    before = run.network.parts[0].table.clone()
    with pytest.raises(DivergedError) as caught:
        step(run, learner_for(run), np.array([3, 1]), 7, run.schedule.learning_rate)
    assert caught.value.examples == (3, 1)
    assert str(caught.value) == (
        "T124 The loss of epoch 7 is nan, from which nothing can be learned. Set training.learning_rate below 0.01."
    )
    assert torch.equal(run.network.parts[0].table, before)
