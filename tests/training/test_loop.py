"""The loop of epochs."""

import numpy as np
import torch

from toy_models import PAYLOADS, TASKS, compiled, random_targets, random_values
from transom.model.network import Network
from transom.schema.schema import Schema
from transom.training.judging import Judge
from transom.training.loop import PATIENCE, Run, fit
from transom.training.objective import goals_for
from transom.training.schedule import Schedule

VALUES = random_values(16)
CHOSEN = ("intent", "pos")
GRAPH, SPEC, FEATURES = compiled(Schema(PAYLOADS, tuple(task for task in TASKS if task.name in CHOSEN)), VALUES)
EVERY = np.arange(16)
GOALS, OTHERS = (
    goals_for(GRAPH.heads, {head.task.name: random_targets(head.task, FEATURES, seed) for head in GRAPH.heads}, EVERY)
    for seed in (0, 9)
)


def fitted(epochs=3, judged_by=None, learning_rate=0.003, seen=None):
    run = Run(Network(GRAPH, SPEC), FEATURES, GOALS, EVERY, Schedule(epochs, 4, learning_rate, 0.0))
    return fit(run, judged_by=judged_by, seed=0, advance=(seen if seen is not None else []).append)


def test_every_epoch_is_reported():
    seen = []
    found = fitted(seen=seen)
    assert tuple(seen) == found.epochs
    assert [epoch.number for epoch in seen] == [1, 2, 3]


def test_the_loss_of_training_falls():
    losses = [epoch.loss for epoch in fitted(epochs=6).epochs]
    assert losses[-1] < losses[0]


def test_training_stops_when_the_judge_sees_no_progress():
    found = fitted(epochs=40, judged_by=Judge(EVERY, OTHERS, {}), learning_rate=0.01)
    assert len(found.epochs) == found.best + PATIENCE
    assert found.best < 36


def test_the_weights_of_the_best_epoch_are_kept():
    judge = Judge(EVERY, OTHERS, {})
    found = fitted(epochs=40, judged_by=judge, learning_rate=0.01)
    again = Run(Network(GRAPH, SPEC), FEATURES, GOALS, EVERY, Schedule(40, 4, 0.01, 0.0))
    stopped = fit(again, judged_by=judge, seed=0, advance=lambda _: None)
    assert all(
        torch.equal(one, other)
        for one, other in zip(found.network.parameters(), stopped.network.parameters(), strict=True)
    )
    assert found.epochs[found.best - 1].judged == min(epoch.judged for epoch in found.epochs)
