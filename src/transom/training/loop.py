"""The loop: epochs of mini-batches, the best weights kept."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int
from torch import nn
from torch.optim import AdamW, Optimizer

from transom.data.features.payloads import Features
from transom.errors import TrainingError
from transom.model.batch import batch_of
from transom.model.network import Network
from transom.training.judging import Judge, judge
from transom.training.objective import Goal, batch_loss
from transom.training.schedule import Schedule
from transom.training.threads import one_thread

PATIENCE = 4
"""Training stops when so many epochs in a row were no better than the best."""

LONGEST_STEP = 5.0
"""Gradients are cut to this norm."""


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: the mean loss of training, and that of the judge, if there is one."""

    number: int
    loss: float
    judged: float | None


@dataclass(frozen=True)
class Fitted:
    """The network with the weights of its best epoch, and all epochs."""

    network: Network
    epochs: tuple[Epoch, ...]
    best: int


@dataclass(frozen=True)
class Run:
    """What is trained on what: the examples with a label for one of the goals, and the pace."""

    network: Network
    features: Features
    goals: tuple[Goal, ...]
    examples: Int[np.ndarray, " n_training"]
    schedule: Schedule


def fit(run: Run, *, judged_by: Judge | None, seed: int, advance: Callable[[Epoch], None]) -> Fitted:
    """Trains a network (in place); the epoch that the judge likes best is kept, without a judge the last.

    Raises:
        TrainingError: the loss is no longer a number.
    """
    network, schedule = run.network, run.schedule
    optimizer = AdamW(network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay, fused=True)
    generator = np.random.default_rng(seed)
    epochs: list[Epoch] = []
    best, least, weights = 0, np.inf, network.state_dict()
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        for number in range(1, schedule.epochs + 1):
            loss = _epoch(run, optimizer, generator.permutation(run.examples), number)
            judged = None if judged_by is None else judge(network, run.features, judged_by).loss
            epochs.append(Epoch(number, loss, judged))
            advance(epochs[-1])
            if judged is None or judged < least:
                best, least = number, np.inf if judged is None else judged
                weights = copy.deepcopy(network.state_dict())
            if number - best >= PATIENCE:
                break
    network.load_state_dict(weights)
    return Fitted(network, tuple(epochs), best)


def _epoch(run: Run, optimizer: Optimizer, examples: Int[np.ndarray, " n_training"], number: int) -> float:
    """Takes a step for each batch; the mean loss."""
    network, size = run.network, run.schedule.batch_size
    device = str(next(iter(network.parameters())).device)
    n_steps = -(-len(examples) // size)
    network.train()
    total = 0.0
    for step in range(n_steps):
        chosen = examples[step * size : (step + 1) * size]
        _set_pace(optimizer, run.schedule, number - 1 + step / n_steps)
        loss = batch_loss(run.goals, network(batch_of(run.features, chosen, device)), run.features, chosen)
        if not torch.isfinite(loss):
            raise TrainingError(
                "T124",
                f"The loss of epoch {number} is {float(loss.detach())}, from which nothing can be learned. "
                f"Set training.learning_rate below {run.schedule.learning_rate:g}.",
            )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), LONGEST_STEP)
        optimizer.step()
        total += float(loss.detach()) * len(chosen)
    return total / len(examples)


def _set_pace(optimizer: Optimizer, schedule: Schedule, epochs_done: float) -> None:
    """The learning rate falls in a straight line to a fiftieth at the end."""
    for group in optimizer.param_groups:
        group["lr"] = schedule.learning_rate * max(1 - epochs_done / schedule.epochs, 0.02)
