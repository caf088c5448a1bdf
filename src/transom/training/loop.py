"""The loop: epochs of mini-batches, the best weights kept, and a checkpoint to go on from."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from transom.errors import Problem
from transom.model.network import Network
from transom.training.batches import batches, competent
from transom.training.checkpoint import read_checkpoint, write_checkpoint
from transom.training.judging import Judge, judge
from transom.training.learner import Epoch, History, Learner, Run, checkpoint_of, learner_for, resumed
from transom.training.predict import lengths_of
from transom.training.slices import looked_at
from transom.training.step import check_weights, step
from transom.training.threads import one_thread

PATIENCE = 4
"""Training stops when so many epochs in a row were no better than the best, or a quarter of all if those are more: of
few examples an epoch has few steps, at the first of which a network says no more than how frequent each class is."""

CHECKPOINTING = 0.1
"""A checkpoint waits until writing them has taken no more than this share of the time."""


@dataclass(frozen=True)
class Fitted:
    """The network with the weights of its best epoch, and all epochs."""

    network: Network
    epochs: tuple[Epoch, ...]
    best: int
    warnings: tuple[Problem, ...] = ()


def fit(
    run: Run, *, judged_by: Judge | None, advance: Callable[[Epoch], None], checkpoint: Path | None = None
) -> Fitted:
    """Trains a network (in place); the epoch that the judge likes best is kept, without a judge the last.

    With `checkpoint` the state is kept in that file, and a run that was killed goes on to the same weights.

    Raises:
        DivergedError: the loss is no longer a number.
    """
    learner = learner_for(run)
    warnings: tuple[Problem, ...] = ()
    due = 0.0
    with _own_random_numbers(learner.device), one_thread():
        torch.manual_seed(run.config.seed)
        history = resumed(run, learner, None if checkpoint is None else read_checkpoint(checkpoint))
        while not _is_over(run, history):
            number = len(history.epochs) + 1
            if run.slices is not None and judged_by is not None:
                slices = looked_at(run.slices, run.network, run.features, judged_by.examples)
                run = replace(run, slices=slices)
            loss = _epoch(run, learner, number)
            judged = None if judged_by is None else judge(learner.kept, run.features, judged_by).loss
            history = history.with_epoch(Epoch(number, loss, judged), learner.kept)
            advance(history.epochs[-1])
            if checkpoint is not None and not warnings and time.monotonic() >= due:
                due, warnings = _kept(checkpoint, run, learner, history)
    run.network.load_state_dict(history.weights)
    check_weights(run, run.examples[: run.schedule.batch_size], history.best)
    return Fitted(run.network, history.epochs, history.best, warnings)


@contextmanager
def _own_random_numbers(device: str) -> Iterator[None]:
    with torch.random.fork_rng(devices=[] if device == "cpu" else [device]):
        yield


def _is_over(run: Run, history: History) -> bool:
    n_epochs = len(history.epochs)
    return n_epochs >= run.schedule.epochs or n_epochs - history.best >= max(PATIENCE, run.schedule.epochs // 4)


def _kept(path: Path, run: Run, learner: Learner, history: History) -> tuple[float, tuple[Problem, ...]]:
    """Writes a checkpoint; when the next is due, and what went wrong: training goes on without."""
    started = time.monotonic()
    try:
        write_checkpoint(path, checkpoint_of(run, learner, history))
    except OSError as problem:
        message = (
            f"No checkpoint can be written to {str(path.parent)!r} ({problem.strerror}): a run that is killed begins "
            "again. Make room there."
        )
        return 0.0, (Problem("T128", message, severity="warning"),)
    ended = time.monotonic()
    return ended + (ended - started) / CHECKPOINTING, ()


def _epoch(run: Run, learner: Learner, number: int) -> float:
    """Takes a step for each batch; the mean loss."""
    examples, lengths = run.examples, lengths_of(run.network.graph, run.features)
    if run.config.curriculum and run.schedule.epochs > 1:  # of a single epoch nothing may be left for later
        examples = competent(examples, lengths[examples], (number - 1) / run.schedule.epochs)
    size = run.schedule.batch_size
    n_steps = -(-len(examples) // size)
    run.network.train()
    total = 0.0
    each_batch = batches(examples, lengths[examples], size, random=learner.random, buckets=run.config.bucketing)
    for n_done, chosen in enumerate(each_batch):
        rate = run.schedule.rate((number - 1 + n_done / n_steps) / run.schedule.epochs)
        total += step(run, learner, chosen, number, rate) * len(chosen)
        learner.average(n_steps, (number - 1) * n_steps + n_done)
    return total / len(examples)
