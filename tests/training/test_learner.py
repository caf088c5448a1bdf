"""A run that is killed and taken up again."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from killed_run import trained
from toy_models import PAYLOADS, TASKS, compiled, random_targets, random_values
from transom.model.network import Network, weights_of
from transom.schema.schema import Schema
from transom.training.learner import Epoch, History, Run, checkpoint_of, learner_for, resumed
from transom.training.objective import goals_for
from transom.training.schedule import Schedule

TESTS = Path(__file__).parents[1]
GRAPH, SPEC, FEATURES = compiled(Schema(PAYLOADS, TASKS[:2]), random_values(12))
EVERY = np.arange(12)


def run_of(seed=0):
    targets = {head.task.name: random_targets(head.task, FEATURES, seed) for head in GRAPH.heads}
    goals = goals_for(GRAPH.heads, targets, EVERY)
    return Run(Network(GRAPH, SPEC), FEATURES, goals, EVERY, Schedule(3, 4, 0.01, 0.0))


def averaged(run):
    return replace(run, schedule=replace(run.schedule, is_averaged=True))


def begun(run):
    """A learner and its history after one epoch of which only the weights are known."""
    learner = learner_for(run)
    return learner, History((), 0, {}).with_epoch(Epoch(1, 0.5, 0.25), run.network)


@pytest.mark.slow
@pytest.mark.parametrize("killed_at", [2, 7, 11])
def test_a_run_that_was_killed_goes_on_to_the_same_weights_to_the_last_bit(tmp_path, killed_at):
    command = [sys.executable, TESTS / "killed_run.py", tmp_path, str(killed_at)]
    killed = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(TESTS)}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir())
    seen = []
    taken_up = trained(tmp_path, seen.append)
    undisturbed = trained(None, lambda _: None)
    assert 0 < len(seen) < 12
    assert taken_up.epochs == undisturbed.epochs
    for kept in ("network", "new_to_dev"):
        found, expected = (weights_of(getattr(one, kept)) for one in (taken_up, undisturbed))
        assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_the_mean_is_that_of_all_steps_at_first_and_forgets_them_later():
    run = run_of()
    learner = learner_for(averaged(run))
    table, mean = run.network.parts[0].table, learner.kept.parts[0].table
    for n_done, value in enumerate((3.0, 5.0, 10.0)):
        torch.nn.init.constant_(table, value)
        learner.average(2, n_done)
    assert mean.unique().tolist() == [(4.0 + 10.0) / 2]


def test_without_a_mean_the_present_weights_are_kept():
    run = run_of()
    learner = learner_for(run)
    learner.average(2, 0)
    assert learner.kept is run.network


def test_a_checkpoint_of_another_run_is_ignored():
    learner, history = begun(run_of())
    checkpoint = checkpoint_of(run_of(), learner, history)
    assert resumed(run_of(), learner_for(run_of()), checkpoint).epochs == history.epochs
    other = run_of(seed=5)
    assert resumed(other, learner_for(other), checkpoint) == History((), 0, {})


def test_a_checkpoint_from_another_device_is_ignored():
    learner, history = begun(run_of())
    elsewhere = run_of()
    elsewhere.network.to("meta")
    found = resumed(elsewhere, learner_for(elsewhere), checkpoint_of(run_of(), learner, history))
    assert found == History((), 0, {})


def test_the_best_weights_are_kept_beside_the_present_ones():
    run = run_of()
    learner, history = begun(run)
    best = history.weights["parts.0.table"].clone()
    torch.nn.init.zeros_(run.network.parts[0].table)
    worse = history.with_epoch(Epoch(2, 0.5, 0.75), run.network)
    fresh = run_of()
    found = resumed(fresh, learner_for(fresh), checkpoint_of(run, learner, worse))
    assert (found.best, len(found.epochs)) == (1, 2)
    assert torch.equal(found.weights["parts.0.table"], best)
    assert not fresh.network.parts[0].table.any()


def test_a_mean_is_taken_up_where_it_was():
    run, fresh = averaged(run_of()), averaged(run_of())
    learner, again = learner_for(run), learner_for(fresh)
    torch.nn.init.zeros_(learner.kept.parts[0].table)
    history = History((), 0, {}).with_epoch(Epoch(1, 0.5, 0.25), learner.kept)
    found = resumed(fresh, again, checkpoint_of(run, learner, history))
    assert not again.kept.parts[0].table.any()
    assert fresh.network.parts[0].table.any()
    assert not found.weights["parts.0.table"].any()


def test_without_a_judge_the_last_epoch_is_the_best():
    history = History((), 0, {})
    for number in (1, 2):
        history = history.with_epoch(Epoch(number, 0.5 * number, None), Network(GRAPH, SPEC))
    assert history.best == 2
