"""The loop of epochs."""

import numpy as np
import pytest
import torch

from toy_models import PAYLOADS, TASKS, compiled, random_targets, random_values
from transom.model.network import Network
from transom.schema.schema import Schema
from transom.training.config import TrainingConfig
from transom.training.judging import Judge
from transom.training.learner import Run
from transom.training.loop import fit
from transom.training.objective import goals_for
from transom.training.predict import lengths_of
from transom.training.schedule import Schedule
from transom.training.step import DivergedError

VALUES = random_values(16)
CHOSEN = ("intent", "pos")
GRAPH, SPEC, FEATURES = compiled(Schema(PAYLOADS, tuple(task for task in TASKS if task.name in CHOSEN)), VALUES)
EVERY = np.arange(16)
GOALS, OTHERS = (
    goals_for(GRAPH.heads, {head.task.name: random_targets(head.task, FEATURES, seed) for head in GRAPH.heads}, EVERY)
    for seed in (0, 9)
)


def fitted(epochs=3, judged_by=None, seen=None):
    run = Run(Network(GRAPH, SPEC), FEATURES, GOALS, EVERY, Schedule(epochs, 4, 0.003, 0.0))
    return fit(run, judged_by=judged_by, advance=(seen if seen is not None else []).append)


def test_every_epoch_is_reported():
    seen = []
    found = fitted(seen=seen)
    assert tuple(seen) == found.epochs
    assert [epoch.number for epoch in seen] == [1, 2, 3]


def test_the_loss_of_training_falls():
    losses = [epoch.loss for epoch in fitted(epochs=6).epochs]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("judged_by", [None, Judge(EVERY, OTHERS, {})])
def test_a_last_step_after_which_nothing_can_be_said_is_no_model(judged_by):
    run = Run(Network(GRAPH, SPEC), FEATURES, GOALS, EVERY, Schedule(1, 16, 1e38, 0.0))
    with pytest.raises(DivergedError, match="T124 The loss of epoch 1 is nan") as caught:
        fit(run, judged_by=judged_by, advance=lambda _: None)
    assert caught.value.examples == tuple(range(16))


@pytest.mark.slow
def test_training_stops_when_the_judge_sees_no_progress():
    found = fitted(epochs=40, judged_by=Judge(EVERY, OTHERS, {}))
    assert len(found.epochs) == found.best + 10  # a quarter
    assert found.best < 30


@pytest.mark.slow
def test_the_weights_of_the_best_epoch_are_kept():
    judge = Judge(EVERY, OTHERS, {})
    found = fitted(epochs=40, judged_by=judge)
    again = Run(Network(GRAPH, SPEC), FEATURES, GOALS, EVERY, Schedule(40, 4, 0.003, 0.0))
    stopped = fit(again, judged_by=judge, advance=lambda _: None)
    assert all(
        torch.equal(one, other)
        for one, other in zip(found.network.parameters(), stopped.network.parameters(), strict=True)
    )
    assert found.epochs[found.best - 1].judged == min(epoch.judged for epoch in found.epochs)


@pytest.mark.slow
def test_a_mean_of_weights_goes_on_to_the_same_where_a_run_was_stopped(tmp_path):
    def stopped(epoch):
        if epoch.number == 3:
            raise KeyboardInterrupt

    def averaged(advance, checkpoint):
        schedule = Schedule(5, 4, 0.003, 0.0, is_averaged=True)
        run = Run(Network(GRAPH, SPEC), FEATURES, GOALS, EVERY, schedule)
        return fit(run, judged_by=Judge(EVERY, OTHERS, {}), advance=advance, checkpoint=checkpoint)

    with pytest.raises(KeyboardInterrupt):
        averaged(stopped, tmp_path / "first.safetensors")
    seen = []
    found, undisturbed = averaged(seen.append, tmp_path / "first.safetensors"), averaged([].append, None)
    assert len(seen) < 5
    assert found.epochs == undisturbed.epochs
    assert all(map(torch.equal, found.network.parameters(), undisturbed.network.parameters()))


def test_a_full_disk_is_said_and_training_goes_on(tmp_path, full_disk):
    run = Run(Network(GRAPH, SPEC), FEATURES, GOALS, EVERY, Schedule(3, 4, 0.003, 0.0))
    with full_disk(1000):
        found = fit(run, judged_by=None, advance=lambda _: None, checkpoint=tmp_path / "first.safetensors")
    assert [str(warning) for warning in found.warnings] == [
        f"T128 No checkpoint can be written to {str(tmp_path)!r} (File too large): a run that is killed begins again. "
        "Make room there."
    ]
    assert found.epochs == fitted().epochs
    assert list(tmp_path.iterdir()) == []


def with_config(epochs=3, **settings):
    run = Run(Network(GRAPH, SPEC), FEATURES, GOALS, EVERY, Schedule(epochs, 4, 0.01, 0.0), TrainingConfig(**settings))
    return fit(run, judged_by=None, advance=lambda _: None)


def size_of(network):
    return sum(float(parameter.detach().abs().sum()) for parameter in network.parameters())


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [{"bucketing": False}, {"loss_weights": "uncertainty"}, {"mixed_precision": True}],
)
def test_whatever_the_options_the_loss_falls(settings):
    losses = [epoch.loss for epoch in with_config(epochs=8, **settings).epochs]
    assert losses[-1] < losses[0]


@pytest.mark.slow
def test_the_loss_of_a_curriculum_falls_once_it_has_all_examples():
    losses = [epoch.loss for epoch in with_config(epochs=8, curriculum=True).epochs]
    assert losses[-1] < losses[4]


@pytest.mark.parametrize(("epochs", "n_seen"), [(1, 16), (2, 4), (8, 4)])
def test_the_first_epoch_of_a_curriculum_has_a_quarter_of_the_examples_unless_it_is_the_only_one(epochs, n_seen):
    network = Network(GRAPH, SPEC)
    for weights in network.parameters():
        torch.nn.init.constant_(weights, torch.nan)
    run = Run(network, FEATURES, GOALS, EVERY, Schedule(epochs, 16, 0.01, 0.0), TrainingConfig(curriculum=True))
    with pytest.raises(DivergedError) as caught:  # at the first step, whose batch it names
        fit(run, judged_by=None, advance=lambda _: None)
    assert len(caught.value.examples) == n_seen
    lengths = lengths_of(GRAPH, FEATURES)
    assert max(lengths[list(caught.value.examples)]) <= sorted(lengths)[n_seen - 1]


@pytest.mark.slow
def test_a_penalty_on_weights_makes_them_smaller():
    assert size_of(with_config(l1=0.01).network) < 0.9 * size_of(with_config().network)


def test_labels_that_are_far_off_teach_nothing_where_their_loss_is_clipped():
    before = [parameter.clone() for parameter in Network(GRAPH, SPEC).parameters()]
    after = with_config(loss_clip=1e-6).network.parameters()
    assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))


def test_frozen_weights_stay_as_they_were():
    network = Network(GRAPH, SPEC)
    network.parts[0].requires_grad_(False)
    before = network.parts[0].table.clone()
    fit(Run(network, FEATURES, GOALS, EVERY, Schedule(2, 4, 0.01, 0.0)), judged_by=None, advance=lambda _: None)
    assert torch.equal(network.parts[0].table, before)
