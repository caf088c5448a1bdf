"""A network while it learns: what changes from step to step, and how it is kept and brought back to the last bit."""

import copy
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from transom.data.features.payloads import Features
from transom.model.network import Network
from transom.training.adamw import AdamW, Group
from transom.training.checkpoint import Checkpoint
from transom.training.config import TrainingConfig
from transom.training.objective import Goal
from transom.training.published import own_rates
from transom.training.schedule import Schedule
from transom.training.slices import SliceGoals
from transom.training.weighing import TaskWeights


@dataclass(frozen=True)
class Run:
    """What is trained on what: the examples with a label for one of the goals, and the pace.

    `slices` is there where the network has capacity for some.
    """

    network: Network
    features: Features
    goals: tuple[Goal, ...]
    examples: Int[np.ndarray, " n_training"]
    schedule: Schedule
    config: TrainingConfig = field(default_factory=TrainingConfig)
    slices: SliceGoals | None = None


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: the mean loss of training, and that of the judge, if there is one."""

    number: int
    loss: float
    judged: float | None


@dataclass(frozen=True)
class History:
    """All epochs so far, and the one that the judge likes best with its weights; without a judge the last."""

    epochs: tuple[Epoch, ...]
    best: int
    weights: Mapping[str, Tensor]

    def with_epoch(self, epoch: Epoch, network: Network) -> "History":
        """The history after one more epoch."""
        grown = replace(self, epochs=(*self.epochs, epoch))
        least = self.epochs[self.best - 1].judged if self.epochs else None
        if least is not None and epoch.judged is not None and not epoch.judged < least:
            return grown
        return replace(grown, best=epoch.number, weights=copy.deepcopy(network.state_dict()))


@dataclass(frozen=True)
class Learner:
    """The parts that steps change; `mean` is the network with the mean of its last weights, where that is kept."""

    network: Network
    task_weights: TaskWeights
    optimizer: AdamW
    random: np.random.Generator
    mean: Network | None = None

    @property
    def kept(self) -> Network:
        """The network that is judged, and kept if it is the best."""
        return self.network if self.mean is None else self.mean

    def average(self, n_steps: int, n_done: int) -> None:
        """Takes the weights after another step into a mean of about the last `n_steps`, of all as long as it is fewer.

        Source: Polyak & Juditsky (1992), SIAM J. Control Optim. 30(4), for the mean; exponential weights forget steps.
        """
        if self.mean is not None:
            share = 1 / min(n_done + 1, n_steps)
            means, last = ([weight.detach() for weight in each.parameters()] for each in (self.mean, self.network))
            torch._foreach_lerp_(means, last, share)

    @property
    def device(self) -> str:
        """Where the network is."""
        return str(next(iter(self.network.parameters())).device)


def learner_for(run: Run) -> Learner:
    """A learner that has not taken a step; weights that are frozen are not given to the optimizer."""
    device = next(iter(run.network.parameters())).device
    task_weights = TaskWeights(len(run.goals), learned=run.config.loss_weights == "uncertainty").to(device)
    optimizer = AdamW(tuple(_groups(run, task_weights)))
    mean = copy.deepcopy(run.network) if run.schedule.is_averaged else None
    return Learner(run.network, task_weights, optimizer, np.random.default_rng(run.config.seed), mean)


def _groups(run: Run, task_weights: TaskWeights) -> Iterator[Group]:
    at_own_rate = own_rates(run.network)
    trained = [weight for weight in run.network.parameters() if weight.requires_grad and weight not in at_own_rate]
    yield Group(tuple(trained), run.schedule.weight_decay)
    yield Group(tuple(task_weights.parameters()), weight_decay=0.0)
    for rate in sorted(set(at_own_rate.values())):
        weights = tuple(weight for weight, own in at_own_rate.items() if own == rate)
        yield Group(weights, run.schedule.weight_decay, rate / run.schedule.learning_rate)


def checkpoint_of(run: Run, learner: Learner, history: History) -> Checkpoint:
    """All that decides what comes next; the best weights only where they are not the present ones."""
    is_best = history.best == len(history.epochs)
    tensors = {
        **_named("network", learner.network.state_dict()),
        **({} if learner.mean is None else _named("mean", learner.mean.state_dict())),
        **_named("task_weights", learner.task_weights.state_dict()),
        **({} if is_best else _named("best", history.weights)),
        **_named("moments", learner.optimizer.state()),
        "random:cpu": torch.get_rng_state(),
    }
    if learner.device != "cpu":
        tensors["random:device"] = torch.cuda.get_rng_state(learner.device)
    about = {
        "run": _fingerprint(run),
        "epochs": [asdict(epoch) for epoch in history.epochs],
        "best": history.best,
        "random": learner.random.bit_generator.state,
    }
    return Checkpoint({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, about)


def resumed(run: Run, learner: Learner, checkpoint: Checkpoint | None) -> History:
    """Brings the learner, and torch's random numbers, to where a checkpoint was made; one of another run is ignored."""
    if checkpoint is None or checkpoint.about["run"] != _fingerprint(run):
        return History((), 0, {})
    learner.network.load_state_dict(_part(checkpoint, "network"))
    if learner.mean is not None:
        learner.mean.load_state_dict(_part(checkpoint, "mean"))
    learner.task_weights.load_state_dict(_part(checkpoint, "task_weights"))
    learner.optimizer.load_state(_part(checkpoint, "moments"))
    learner.random.bit_generator.state = checkpoint.about["random"]
    torch.set_rng_state(checkpoint.tensors["random:cpu"])
    if learner.device != "cpu":
        torch.cuda.set_rng_state(checkpoint.tensors["random:device"], learner.device)
    epochs = tuple(Epoch(**epoch) for epoch in checkpoint.about["epochs"])
    best = _part(checkpoint, "best") or copy.deepcopy(learner.kept.state_dict())
    return History(epochs, checkpoint.about["best"], best)


def _fingerprint(run: Run) -> str:
    """What a run learns from, how and where; the file's name is to tell features and first weights apart."""
    device = next(run.network.parameters()).device
    settings = (run.schedule, run.config, [block.id for block in run.network.graph.blocks], torch.__version__, device)
    hashed = hashlib.blake2b(repr(settings).encode())
    hashed.update(run.examples.tobytes())
    for goal in run.goals:
        hashed.update(np.ascontiguousarray(goal.targets.probabilities).data)
        hashed.update(np.ascontiguousarray(goal.targets.weights).data)
    if run.slices is not None:
        hashed.update(np.packbits(run.slices.members).data)
    return hashed.hexdigest()


def _named(part: str, tensors: Mapping[str, Any]) -> dict[str, Tensor]:
    return {f"{part}:{name}": tensor for name, tensor in tensors.items()}


def _part(checkpoint: Checkpoint, part: str) -> dict[str, Tensor]:
    prefix = f"{part}:"
    return {name.removeprefix(prefix): tensor for name, tensor in checkpoint.tensors.items() if name.startswith(prefix)}
