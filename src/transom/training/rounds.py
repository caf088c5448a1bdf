"""One round of training: a network from its first weights to those of its best epoch, calibrated."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int
from torch import Tensor

from transom.data.features.payloads import FeatureSpec
from transom.model.graph import Graph, Head
from transom.model.network import Network
from transom.schema.tasks import Regression
from transom.training.calibration import Calibration
from transom.training.config import TrainingConfig
from transom.training.device import device_for
from transom.training.first_scores import begin_at_targets
from transom.training.held_out import held_out
from transom.training.judging import Judge, calibrated, clear_calibration, judge
from transom.training.learner import Epoch, Run
from transom.training.loop import Fitted, fit
from transom.training.objective import EVEN, Goal, goals_for, has_label
from transom.training.predict import lengths_of
from transom.training.pruning import AFTERWARDS, pruned
from transom.training.published import begin_as_published
from transom.training.schedule import schedule_for
from transom.training.slices import begin_at_members, looked_at, slice_goals
from transom.training.smoothing import smoothed
from transom.training.start import freeze, start_from
from transom.training.training_data import TrainingData
from transom.training.wide import clear_wide


@dataclass(frozen=True)
class Beginning:
    """Where training begins: at first weights, at those of another model, or where a killed run left off.

    `weights` are named as `weights_of` names them and belong to the `graph`; `checkpoints` is the folder of the run's
    checkpoints.
    """

    weights: Mapping[str, Tensor] = field(default_factory=dict)
    graph: Graph = field(default_factory=Graph)
    checkpoints: Path | None = None


@dataclass(frozen=True)
class Setup:
    """What the rounds of training share: `heads` are those that are learned, `kept` blocks stay as they are."""

    graph: Graph
    heads: tuple[Head, ...]
    kept: frozenset[str]
    spec: FeatureSpec
    config: TrainingConfig
    begin: Beginning
    on_dev: Judge
    advance: Callable[[Epoch], None]


@dataclass(frozen=True)
class Round:
    """What one round came to, and who said when to stop.

    `calibrations` are those of all heads as they were alone: one that a linear model stands beside gets another then.
    `share` is how much of the schedule it went through.
    """

    fitted: Fitted
    judged_by: Judge | None
    calibrations: Mapping[str, Calibration]
    share: float

    @property
    def network(self) -> Network:
        """The network with the weights of its best epoch."""
        return self.fitted.network


def learned(setup: Setup, data: TrainingData, name: str) -> Round:
    """Trains a network; dev gold, or targets that are held out, say when it is at its best."""
    examples, judged_by = _judged(setup, data)
    run = _run(setup, data, examples)
    fitted = _fitted(setup, run, judged_by, name)
    calibrations = judge(fitted.network, data.features, setup.on_dev).calibrations
    calibrated(fitted.network, calibrations)
    fitted.network.eval()
    return Round(fitted, judged_by, calibrations, len(fitted.epochs) / run.schedule.epochs)


def learned_like(setup: Setup, data: TrainingData, before: Round) -> Fitted:
    """Trains a network on all examples for the same share of the epochs as another, and calibrates it as that one.

    That is a few epochs more than the other was best after: more examples are not learned by heart so soon. The other
    says which slices can be told, on dev, which is new to it.
    """
    run = _run(setup, data, labeled(setup, data, data.train))
    run = replace(run, schedule=replace(run.schedule, epochs=max(round(before.share * run.schedule.epochs), 1)))
    if run.slices is not None:
        told = looked_at(run.slices, before.network, data.features, setup.on_dev.examples)
        run = replace(run, slices=told)
    fitted = _fitted(setup, run, None, "last")
    calibrated(fitted.network, before.calibrations)
    fitted.network.eval()
    return fitted


def _run(setup: Setup, data: TrainingData, examples: Int[np.ndarray, " n_training"]) -> Run:
    """A network with its first weights, and what it has to learn from these examples."""
    config, heads = setup.config, setup.heads
    tasks = [head.task for head in heads]
    targets = {task.name: smoothed(task, data.targets[task.name], config.label_smoothing) for task in tasks}
    goals = goals_for(heads, targets, examples, config.loss_weights if isinstance(config.loss_weights, dict) else EVEN)
    lengths = lengths_of(setup.graph, data.features)
    network = Network(setup.graph, setup.spec, seed=config.seed)
    slices = None
    if data.members is not None and setup.graph.slices:
        slices = replace(slice_goals(data.members, examples, weak=data.weak), most=config.loss_clip)
    begin_as_published(network)
    if slices is not None:
        begin_at_members(network, slices)
    loaded = start_from(network, setup.begin.weights)
    clear_wide(network, heads)
    clear_calibration(network, heads)
    freeze(network, setup.kept)
    begin_at_targets(network, [goal for goal in goals if _begins(goal, loaded)], examples)
    return Run(
        network.to(device_for(config)),
        data.features,
        goals,
        examples,
        schedule_for(config, setup.graph, len(examples), float(lengths[examples].mean())),
        config,
        slices,
    )


def _begins(goal: Goal, loaded: Collection[str]) -> bool:
    """Whether a head begins at the mean of its targets: of numbers also one with the weights of another model.

    Their unit and mean are not weights, and those of the other model made room for its linear model.
    """
    return goal.head.id not in loaded or isinstance(goal.head.task, Regression)


def _fitted(setup: Setup, run: Run, judged_by: Judge | None, name: str) -> Fitted:
    """The network after its epochs, and after those without its smallest weights where it is pruned."""
    found = _fit(setup, run, judged_by, name)
    if not setup.config.prune:
        return found
    shorter = replace(run.schedule, epochs=math.ceil(AFTERWARDS * run.schedule.epochs))
    with pruned(run.network, setup.config.prune):
        return _fit(setup, replace(run, schedule=shorter), judged_by, f"{name} pruned")


def _fit(setup: Setup, run: Run, judged_by: Judge | None, name: str) -> Fitted:
    folder = setup.begin.checkpoints
    return fit(
        run,
        judged_by=judged_by,
        advance=setup.advance,
        checkpoint=None if folder is None else folder / f"{name}.safetensors",
    )


def labeled(setup: Setup, data: TrainingData, among: Bool[np.ndarray, " n_examples"]) -> Int[np.ndarray, " n_labeled"]:
    """Those among some examples that have a label for any of the heads."""
    goals = goals_for(setup.heads, data.targets, np.flatnonzero(among))
    return np.flatnonzero(among & has_label(goals, len(among)))


def _judged(setup: Setup, data: TrainingData) -> tuple[Int[np.ndarray, " n_training"], Judge | None]:
    """The examples to train on, and who says when to stop."""
    known, config = labeled(setup, data, data.train), setup.config
    if config.early_stopping == "dev" and setup.on_dev.goals:
        return known, setup.on_dev
    training, judging = held_out(known, config)
    if judging is None:
        return training, None
    needed = _needed(setup, data, training, judging)
    training, judging = np.union1d(training, needed), np.setdiff1d(judging, needed)
    return training, Judge(judging, goals_for(setup.heads, data.targets, judging), {}) if len(judging) else None


def _needed(
    setup: Setup, data: TrainingData, training: Int[np.ndarray, " n_training"], judging: Int[np.ndarray, " n_held_out"]
) -> Int[np.ndarray, " n_needed"]:
    """The held-out examples without which a head would learn nothing, and answer 0 where it gives a number."""
    taught = [goal.head for goal in goals_for(setup.heads, data.targets, training)]
    untaught = [head for head in setup.heads if head not in taught]
    is_only = has_label(goals_for(untaught, data.targets, judging), len(data.train))
    return np.intersect1d(judging, np.flatnonzero(is_only))
