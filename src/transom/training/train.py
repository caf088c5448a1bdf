"""Training: a graph and its targets in, a network with the weights of its best epoch out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from transom.data.features.payloads import FeatureSpec
from transom.data.predictions import Predictions
from transom.errors import Problem, TrainingError, listed
from transom.model.graph import Graph, Head, Units
from transom.model.network import Network
from transom.schema.tasks import Task
from transom.training.calibration import Calibration
from transom.training.config import TrainingConfig
from transom.training.judging import Judge, gold_judge, judge
from transom.training.learner import Epoch
from transom.training.linear import Linear
from transom.training.links import linked
from transom.training.objective import goals_for, weight_rows
from transom.training.predict import predict
from transom.training.published import refuse_beyond_positions
from transom.training.refitting import is_refitted, with_dev
from transom.training.rounds import Beginning, Round, Setup, learned, learned_like
from transom.training.self_training import MIN_GOLD, SELF_TRAINED, is_promising, keeps_classes, surest
from transom.training.start import frozen_blocks
from transom.training.training_data import TrainingData, in_units
from transom.training.wide import best_odds, calibrations_beside, linear_beside, widen


def no_epochs(_epoch: Epoch) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Trained:
    """The network, calibrated, and how it got there; `best` is the number of the epoch that was kept.

    `new_to_dev` is the network as it was before it learned from dev, where it did: what it says of dev it would say of
    new examples. The epochs are then its own.
    """

    network: Network
    epochs: tuple[Epoch, ...]
    best: int
    warnings: tuple[Problem, ...] = ()
    new_to_dev: Network | None = None


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
        TrainingError: no example has a label, the loss is no longer a number, a frozen trunk does not fit or leaves
            nothing to learn, or a transformer cannot read texts as long as settings say.
    """
    config, begin = config or TrainingConfig(), begin or Beginning()
    refuse_beyond_positions(graph, spec)
    is_frozen = config.trunk == "frozen"
    known = {head.id: head.link for head in begin.graph.heads} if is_frozen else {}
    graph = linked(graph, data.targets, data.train, known=known)
    data = in_units(data, {head.task.name: head.link for head in graph.heads if isinstance(head.link, Units)})
    kept = frozen_blocks(graph, spec, begin.weights, begin.graph) if is_frozen else frozenset()
    heads = [head for head in graph.heads if head.id not in kept]
    goals = goals_for(heads, data.targets, np.flatnonzero(data.train))
    if not goals:
        raise _nothing_to_learn(graph, heads)
    heads = [goal.head for goal in goals]
    within = graph.only([head.task.name for head in graph.heads if head in heads or head.id in kept])
    on_dev = gold_judge(heads, data.gold, np.flatnonzero(data.dev), calibrates=calibrates, weak=data.weak)
    setup = Setup(within, tuple(heads), kept, spec, config, begin, on_dev, advance)
    return _trained(setup, data)


def _nothing_to_learn(graph: Graph, heads: Sequence[Head]) -> TrainingError:
    """Why no head learns: `heads` are those that a frozen trunk does not keep, whose labels alone would matter."""
    if graph.heads and not heads:
        learned = listed([head.task.name for head in graph.heads])
        return TrainingError(
            "T129",
            f"trunk: frozen leaves nothing to learn: the version has learned {learned} already. Add a task, or set "
            "training.trunk to trained.",
        )
    if len(heads) < len(graph.heads):
        return TrainingError(
            "T125",
            f"No training example has a label for {listed([head.task.name for head in heads])}, and trunk: frozen "
            "keeps the other tasks as they are. Add a source that votes on some.",
        )
    return TrainingError(
        "T125", "No training example has a label for a task with a payload. Add a source that votes on some."
    )


def _trained(setup: Setup, data: TrainingData) -> Trained:
    first = learned(setup, data, "first")
    surer = [head.task for head in setup.heads if _is_self_trained(head.task, data, setup.config, setup.on_dev)]
    said = predict(first.network, data.features) if surer else {}
    surer = [task for task in surer if _is_learned_from(task, said[task.name], data, setup)]
    second = learned(setup, _with_surest(data, surer, said), "second") if surer else None
    linear = _linear(setup, data, first.network)
    best = _widened(setup, data, first, linear)
    if second is not None:
        other = _widened(setup, data, second, linear)
        if setup.config.self_training is True or _loss(setup, data, other) <= _loss(setup, data, best):
            best = other
    fitted = best.round.fitted
    trained = Trained(fitted.network, fitted.epochs, fitted.best, fitted.warnings)
    if not is_refitted(setup, data):
        return trained
    wider = with_dev(data)
    lesson = wider if best.round is first else _with_surest(wider, surer, said)
    last = learned_like(setup, lesson, best.round)
    widen(last.network, _linear(setup, wider, last.network), best.odds, best.calibrations)
    warnings = (*trained.warnings, *last.warnings)
    return replace(trained, network=last.network, warnings=warnings, new_to_dev=fitted.network)


@dataclass(frozen=True)
class _Widened:
    """A round whose network has linear models beside it, how much they count, and the calibrations of both together."""

    round: Round
    odds: Mapping[Head, float]
    calibrations: Mapping[str, Calibration]


def _widened(setup: Setup, data: TrainingData, found: Round, linear: Mapping[Head, Linear]) -> _Widened:
    """Gives linear models a say in the network of a round.

    Dev gold says how much each counts, else train examples that the network did not learn from, if they have gold.
    """
    network, by = found.network, setup.on_dev
    if not by.goals and found.judged_by is not None:
        held_out = found.judged_by
        by = replace(held_out, goals=tuple(goal for goal in held_out.goals if goal.head.task.name not in data.weak))
        train = data.train & ~np.isin(np.arange(len(data.train)), by.examples)
        heads = [goal.head for goal in by.goals]
        trials = linear_beside(network, heads, data.features, targets=data.targets, train=train)
    else:
        trials = dict(linear) if by.gold else {}
    odds = best_odds(network, trials, data.features, by)
    calibrations = calibrations_beside(network, linear, odds, data.features, setup.on_dev)
    widen(network, linear, odds, calibrations)
    return _Widened(found, odds, calibrations)


def _loss(setup: Setup, data: TrainingData, widened: _Widened) -> float:
    return judge(widened.round.network, data.features, setup.on_dev).loss


def _linear(setup: Setup, data: TrainingData, network: Network) -> dict[Head, Linear]:
    """The linear models of the targets, to stand beside a network."""
    return linear_beside(
        network,
        setup.heads,
        data.features,
        targets=data.targets,
        train=data.train,
        weak=data.weak,
        prune=setup.config.prune,
    )


def _with_surest(data: TrainingData, tasks: Sequence[Task], said: Mapping[str, Predictions]) -> TrainingData:
    """Data of a second round: the labels that the network of the first is surest of."""
    labels = {task.name: surest(task, said[task.name], data.train) for task in tasks}
    return replace(data, targets={**data.targets, **labels})


def _is_self_trained(task: Task, data: TrainingData, config: TrainingConfig, on_dev: Judge) -> bool:
    """Whether a task has a second round."""
    if task.name not in data.weak or not isinstance(task, SELF_TRAINED):
        return False
    if config.self_training != "auto":
        return config.self_training
    return is_promising(task, data.targets[task.name], data.train, has_gold=_n_gold(task, on_dev) > 0)


def _is_learned_from(task: Task, said: Predictions, data: TrainingData, setup: Setup) -> bool:
    """Whether a task is learned anew from what the first network says: with little gold all classes have to stay."""
    if setup.config.self_training is True or _n_gold(task, setup.on_dev) >= MIN_GOLD:
        return True
    return keeps_classes(data.targets[task.name], surest(task, said, data.train), data.train)


def _n_gold(task: Task, on_dev: Judge) -> int:
    """How many labels of a task the judge knows."""
    known = [goal for goal in on_dev.goals if on_dev.gold and goal.head.task.name == task.name]
    rows = [(goal, weight_rows(goal.head, goal.targets, on_dev.examples)) for goal in known]
    return sum(int(np.count_nonzero(goal.targets.weights[own])) for goal, own in rows)
