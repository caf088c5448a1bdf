"""Training: a graph and its targets in, a network with the weights of its best epoch out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import nn

from transom.data.features.payloads import Features, FeatureSpec
from transom.data.labels import Labels
from transom.data.targets import Targets
from transom.errors import TrainingError
from transom.model.graph import Graph
from transom.model.network import Network
from transom.schema.tasks import Bitvector, Multiclass, Regression, Spans, Task
from transom.training.config import TrainingConfig
from transom.training.judging import Judge, calibrated, gold_judge, judge
from transom.training.loop import Epoch, Run, fit
from transom.training.objective import Goal, goals_for, has_label, weight_rows
from transom.training.predict import predict
from transom.training.schedule import schedule_for
from transom.training.self_training import SELF_TRAINED, surest

HELD_OUT = 10
"""Where no dev gold says when to stop, one in so many training examples is held out."""


def no_epochs(_epoch: Epoch) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class TrainingData:
    """Features of all examples, and what is known of them; items of `targets` and `gold` are those of all examples.

    `gold` is looked at on the examples of `dev` only, never on others. `weak` names the tasks whose targets a label
    model made.
    """

    features: Features
    targets: Mapping[str, Targets]
    train: Bool[np.ndarray, " n_examples"]
    dev: Bool[np.ndarray, " n_examples"]
    gold: Mapping[str, Labels] = field(default_factory=dict)
    weak: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Trained:
    """The network, calibrated, and how it got there; `best` is the number of the epoch that was kept."""

    network: Network
    epochs: tuple[Epoch, ...]
    best: int


def train(
    graph: Graph,
    spec: FeatureSpec,
    data: TrainingData,
    *,
    config: TrainingConfig | None = None,
    calibrates: bool = True,
    advance: Callable[[Epoch], None] = no_epochs,
) -> Trained:
    """Trains the network of a graph; the same seed gives the same weights to the last bit (on one machine, on the CPU).

    Early stopping looks at dev gold; with `calibrates` so do the scale and shifts of every class head.

    Raises:
        TrainingError: no example has a label, or the loss is no longer a number.
    """
    config = config or TrainingConfig()
    goals = goals_for(graph.heads, data.targets, np.flatnonzero(data.train))
    if not goals:
        raise TrainingError(
            "T125", "No training example has a label for a task with a payload. Add a source that votes on some."
        )
    learned = graph.only([goal.head.task.name for goal in goals])
    on_dev = gold_judge(learned.heads, data.gold, np.flatnonzero(data.dev), calibrates=calibrates)
    trained = _round(learned, spec, data, config, on_dev=on_dev, advance=advance)
    again = [head.task for head in learned.heads if _is_self_trained(head.task, data, config, on_dev)]
    if not again:
        return trained
    predictions = predict(trained.network, data.features)
    surer = {task.name: surest(task, predictions[task.name], data.train) for task in again}
    data = replace(data, targets={**data.targets, **surer})
    second = _round(learned, spec, data, config, on_dev=on_dev, advance=advance)
    is_kept = config.self_training is True or _least_judged(second) <= _least_judged(trained)
    return second if is_kept else trained


def _least_judged(trained: Trained) -> float:
    """The judge's loss at the best epoch; infinite where nobody judged."""
    return min((epoch.judged for epoch in trained.epochs if epoch.judged is not None), default=np.inf)


def _round(
    graph: Graph,
    spec: FeatureSpec,
    data: TrainingData,
    config: TrainingConfig,
    *,
    on_dev: Judge,
    advance: Callable[[Epoch], None],
) -> Trained:
    """Trains a network from its first weights."""
    goals = goals_for(graph.heads, data.targets, np.flatnonzero(data.train))
    labeled = np.flatnonzero(data.train & has_label(goals, len(data.train)))
    examples, judged_by = _judged(graph, data, labeled, config, on_dev)
    goals = goals_for(graph.heads, data.targets, examples)
    network = Network(graph, spec, seed=config.seed).to(device_for(config))
    begin_at_targets(network, goals, examples)
    run = Run(network, data.features, goals, examples, schedule_for(config, graph, len(examples)))
    fitted = fit(run, judged_by=judged_by, seed=config.seed, advance=advance)
    calibrated(fitted.network, judge(fitted.network, data.features, on_dev).calibrations)
    return Trained(fitted.network.eval(), fitted.epochs, fitted.best)


def _is_self_trained(task: Task, data: TrainingData, config: TrainingConfig, on_dev: Judge) -> bool:
    """Whether a task has a second round; without calibration on dev gold it would go on where its sources lean."""
    if task.name not in data.weak or not isinstance(task, SELF_TRAINED):
        return False
    if config.self_training != "auto":
        return config.self_training
    return bool(on_dev.gold) and task.name in [goal.head.task.name for goal in on_dev.goals]


def device_for(config: TrainingConfig) -> str:
    """The device that "auto" means: an accelerator where there is one."""
    if config.device != "auto":
        return config.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def begin_at_targets(network: Network, goals: Sequence[Goal], examples: Int[np.ndarray, " n_training"]) -> None:
    """Lets every head begin at the mean of its targets, so that no step is spent on how frequent classes are."""
    for goal in goals:
        rows = weight_rows(goal.head, goal.targets, examples)
        weights = goal.targets.weights[rows]
        match goal.head.task:
            case Multiclass() | Spans():
                shares = _mean(goal.targets.probabilities[rows], weights, 1 / goal.head.shape.size)
                _set(network.head(goal.head.task.name), {"linear.bias": np.log(shares)})
            case Bitvector():
                shares = _mean(goal.targets.probabilities[rows], weights, 0.5)
                _set(network.head(goal.head.task.name), {"linear.bias": np.log(shares) - np.log(1 - shares)})
            case Regression():
                mean = np.average(goal.targets.probabilities[rows][weights > 0])
                _set(network.head(goal.head.task.name), {"scores.scale": [goal.unit], "scores.shift": [mean]})


def _mean(values: np.ndarray, weights: np.ndarray, prior: float) -> np.ndarray:
    """The weighted mean, as if one more item had the prior."""
    return np.asarray((np.nan_to_num(values).T @ weights + prior) / (weights.sum() + 1))


def _set(head: nn.Module, values: Mapping[str, Any]) -> None:
    state = head.state_dict()
    head.load_state_dict(state | {name: torch.as_tensor(value).to(state[name]) for name, value in values.items()})


def _judged(
    graph: Graph, data: TrainingData, labeled: Int[np.ndarray, " n_labeled"], config: TrainingConfig, on_dev: Judge
) -> tuple[Int[np.ndarray, " n_training"], Judge | None]:
    """The examples to train on, and who says when to stop."""
    if config.early_stopping == "dev" and on_dev.goals:
        return labeled, on_dev
    if config.early_stopping == "none" or len(labeled) < 2 * HELD_OUT:
        return labeled, None
    shuffled = np.random.default_rng(config.seed).permutation(labeled)
    held_out, examples = np.split(shuffled, [len(labeled) // HELD_OUT])
    return np.sort(examples), Judge(np.sort(held_out), goals_for(graph.heads, data.targets, held_out), {})
