"""Training: a graph and its targets in, a network with the weights of its best epoch out."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from transom.data.features.payloads import Features, FeatureSpec
from transom.data.labels import Labels
from transom.data.targets import Targets
from transom.errors import Problem, TrainingError
from transom.model.graph import Graph, Head
from transom.model.network import Network
from transom.schema.tasks import Regression, Task
from transom.training.config import TrainingConfig
from transom.training.first_scores import begin_at_targets
from transom.training.judging import Judge, calibrated, gold_judge, judge
from transom.training.learner import Epoch, Run
from transom.training.linear import Linear
from transom.training.loop import Fitted, fit
from transom.training.objective import EVEN, Goal, goals_for, has_label
from transom.training.predict import lengths_of, predict
from transom.training.pruning import AFTERWARDS, pruned
from transom.training.published import begin_as_published
from transom.training.schedule import schedule_for
from transom.training.self_training import SELF_TRAINED, is_promising, surest
from transom.training.slices import Members, begin_at_members, slice_goals
from transom.training.smoothing import smoothed
from transom.training.start import freeze, frozen_blocks, start_from
from transom.training.wide import best_odds, clear_wide, linear_beside, widen

HELD_OUT = 10
"""Where no dev gold says when to stop, one in so many training examples is held out."""


def no_epochs(_epoch: Epoch) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class TrainingData:
    """Features of all examples, and what is known of them; items of `targets` and `gold` are those of all examples.

    `gold` is looked at on the examples of `dev` only, never on others. `weak` names the tasks whose targets a label
    model made. `members` says who is in the slices that the graph has capacity for, a column each in the graph's order;
    it is looked at on train examples.
    """

    features: Features
    targets: Mapping[str, Targets]
    train: Bool[np.ndarray, " n_examples"]
    dev: Bool[np.ndarray, " n_examples"]
    gold: Mapping[str, Labels] = field(default_factory=dict)
    weak: frozenset[str] = frozenset()
    members: Members | None = None


@dataclass(frozen=True)
class Trained:
    """The network, calibrated, and how it got there; `best` is the number of the epoch that was kept."""

    network: Network
    epochs: tuple[Epoch, ...]
    best: int
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Beginning:
    """Where training begins: at first weights, at those of another model, or where a killed run left off.

    `weights` are named as `weights_of` names them; `checkpoints` is the folder of the run's checkpoints.
    """

    weights: Mapping[str, Tensor] = field(default_factory=dict)
    checkpoints: Path | None = None


def train(
    graph: Graph,
    spec: FeatureSpec,
    data: TrainingData,
    *,
    config: TrainingConfig | None = None,
    calibrates: bool = True,
    begin: Beginning | None = None,
    advance: Callable[[Epoch], None] = no_epochs,
) -> Trained:
    """Trains the network of a graph; the same seed gives the same weights to the last bit (on one machine, on the CPU).

    Early stopping looks at dev gold; with `calibrates` so do the scale and shifts of every class head.

    Raises:
        TrainingError: no example has a label, the loss is no longer a number, or a frozen trunk does not fit.
    """
    config, begin = config or TrainingConfig(), begin or Beginning()
    kept = frozen_blocks(graph, spec, begin.weights) if config.trunk == "frozen" else frozenset()
    heads = [head for head in graph.heads if head.id not in kept]
    goals = goals_for(heads, data.targets, np.flatnonzero(data.train))
    if not goals:
        raise TrainingError(
            "T125", "No training example has a label for a task with a payload. Add a source that votes on some."
        )
    learned = [goal.head for goal in goals]
    within = graph.only([head.task.name for head in graph.heads if head in learned or head.id in kept])
    on_dev = gold_judge(learned, data.gold, np.flatnonzero(data.dev), calibrates=calibrates)
    setup = _Setup(within, tuple(learned), kept, spec, config, begin, on_dev, advance)
    first, second = _round(setup, data, "first"), None
    again = [head.task for head in learned if _is_self_trained(head.task, data, config, on_dev)]
    if again:
        predictions = predict(first.trained.network, data.features)
        surer = {task.name: surest(task, predictions[task.name], data.train) for task in again}
        second = _round(setup, replace(data, targets={**data.targets, **surer}), "second")
    linear = linear_beside(
        first.trained.network,
        learned,
        data.features,
        targets=data.targets,
        train=data.train,
        weak=data.weak,
        prune=config.prune,
    )
    loss = _widened(setup, data, first, linear)
    if second is None:
        return first.trained
    is_better = _widened(setup, data, second, linear) <= loss
    return second.trained if is_better or config.self_training is True else first.trained


@dataclass(frozen=True)
class _Setup:
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
class _Round:
    """What one round came to, and who said when to stop."""

    trained: Trained
    judged_by: Judge | None


def _round(setup: _Setup, data: TrainingData, name: str) -> _Round:
    """Trains a network from its first weights."""
    config, heads = setup.config, setup.heads
    goals = goals_for(heads, data.targets, np.flatnonzero(data.train))
    labeled = np.flatnonzero(data.train & has_label(goals, len(data.train)))
    examples, judged_by = _judged(heads, data, labeled, config, setup.on_dev)
    targets = {goal.head.task.name: smoothed(goal.head.task, goal.targets, config.label_smoothing) for goal in goals}
    goals = goals_for(heads, targets, examples, config.loss_weights if isinstance(config.loss_weights, dict) else EVEN)
    network = Network(setup.graph, setup.spec, seed=config.seed)
    slices = None if data.members is None or not setup.graph.slices else slice_goals(data.members, examples)
    begin_as_published(network)
    if slices is not None:
        begin_at_members(network, slices)
    loaded = start_from(network, setup.begin.weights)
    clear_wide(network, heads)
    freeze(network, setup.kept)
    begin_at_targets(network, [goal for goal in goals if _begins(goal, loaded)], examples)
    run = Run(
        network.to(device_for(config)),
        data.features,
        goals,
        examples,
        schedule_for(config, setup.graph, len(examples), float(lengths_of(data.features)[examples].mean())),
        config,
        slices,
    )
    fitted = _fitted(setup, run, judged_by, name)
    if config.prune:
        shorter = replace(run.schedule, epochs=math.ceil(AFTERWARDS * run.schedule.epochs))
        with pruned(network, config.prune):
            fitted = _fitted(setup, replace(run, schedule=shorter), judged_by, f"{name} pruned")
    calibrated(fitted.network, judge(fitted.network, data.features, setup.on_dev).calibrations)
    return _Round(Trained(fitted.network.eval(), fitted.epochs, fitted.best, fitted.warnings), judged_by)


def _widened(setup: _Setup, data: TrainingData, found: _Round, linear: Mapping[Head, Linear]) -> float:
    """Gives linear models a say in the network of a round; the loss of dev gold then.

    Dev gold says how much each counts, else the gold of train examples that the network did not learn from.
    """
    network, by = found.trained.network, setup.on_dev
    if not by.goals and found.judged_by is not None:
        held_out = found.judged_by
        by = replace(held_out, goals=tuple(goal for goal in held_out.goals if goal.head.task.name not in data.weak))
        train = data.train & ~np.isin(np.arange(len(data.train)), by.examples)
        heads = [goal.head for goal in by.goals]
        trials = linear_beside(network, heads, data.features, targets=data.targets, train=train)
    else:
        trials = dict(linear) if by.gold else {}
    odds = best_odds(network, trials, data.features, by, weak=data.weak)
    return widen(network, linear, odds, data.features, setup.on_dev)


def _begins(goal: Goal, loaded: Collection[str]) -> bool:
    """Whether a head begins at the mean of its targets: of numbers also one with the weights of another model.

    Their unit and mean are not weights, and those of the other model made room for its linear model.
    """
    return goal.head.id not in loaded or isinstance(goal.head.task, Regression)


def _fitted(setup: _Setup, run: Run, judged_by: Judge | None, name: str) -> Fitted:
    folder = setup.begin.checkpoints
    return fit(
        run,
        judged_by=judged_by,
        seed=setup.config.seed,
        advance=setup.advance,
        checkpoint=None if folder is None else folder / f"{name}.safetensors",
    )


def _is_self_trained(task: Task, data: TrainingData, config: TrainingConfig, on_dev: Judge) -> bool:
    """Whether a task has a second round."""
    if task.name not in data.weak or not isinstance(task, SELF_TRAINED):
        return False
    if config.self_training != "auto":
        return config.self_training
    has_gold = bool(on_dev.gold) and task.name in [goal.head.task.name for goal in on_dev.goals]
    return is_promising(task, data.targets[task.name], data.train, has_gold=has_gold)


def device_for(config: TrainingConfig) -> str:
    """The device that "auto" means: an accelerator where there is one."""
    if config.device != "auto":
        return config.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def _judged(
    heads: Sequence[Head],
    data: TrainingData,
    labeled: Int[np.ndarray, " n_labeled"],
    config: TrainingConfig,
    on_dev: Judge,
) -> tuple[Int[np.ndarray, " n_training"], Judge | None]:
    """The examples to train on, and who says when to stop."""
    if config.early_stopping == "dev" and on_dev.goals:
        return labeled, on_dev
    if config.early_stopping == "none" or len(labeled) < 2 * HELD_OUT:
        return labeled, None
    shuffled = np.random.default_rng(config.seed).permutation(labeled)
    held_out, examples = np.split(shuffled, [len(labeled) // HELD_OUT])
    return np.sort(examples), Judge(np.sort(held_out), goals_for(heads, data.targets, held_out), {})
