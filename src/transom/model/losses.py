"""Losses against probabilistic targets, one number an item; the trainer weighs and masks them."""

from dataclasses import dataclass
from functools import singledispatch

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, huber_loss, log_softmax

from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task


@dataclass(frozen=True)
class TargetBatch:
    """Targets of one task, shaped as the scores of its head (see `heads`), and a weight for each item.

    Weights are (n_examples,), with elements (n_examples, n_elements); 0 masks what has no label, and padding.
    """

    probabilities: Tensor
    weights: Tensor


def weighted_loss(
    task: Task, scores: Tensor, targets: TargetBatch, *, unit: float = 1.0, most: float | None = None
) -> Tensor:
    """The sum of the items' losses, each times its weight; `unit` is the spread of a regression's values.

    A loss above `most` has no slope, so that a label that is far off teaches nothing.
    """
    losses = loss_for(task, scores, targets.probabilities, unit)
    return ((losses if most is None else losses.clamp(max=most)) * targets.weights).sum()


@singledispatch
def loss_for(task: Task, scores: Tensor, probabilities: Tensor, unit: float) -> Tensor:  # noqa: ARG001 it is the signature of those below
    """The loss of each item of one type of task."""
    raise TypeError(f"no loss for a task of type {type(task).__name__}")


@loss_for.register(Multiclass)
@loss_for.register(Spans)
@loss_for.register(Select)
def _(_task: Task, scores: Tensor, probabilities: Tensor, _unit: float) -> Tensor:
    """Cross-entropy with the target's distribution."""
    return -(log_softmax(scores, -1) * probabilities).sum(-1)


@loss_for.register
def _(_task: Bitvector, scores: Tensor, probabilities: Tensor, _unit: float) -> Tensor:
    """Cross-entropy of each bit; their mean, so that many bits do not outweigh another task."""
    return binary_cross_entropy_with_logits(scores, probabilities, reduction="none").mean(-1)


@loss_for.register
def _(_task: Regression, scores: Tensor, probabilities: Tensor, unit: float) -> Tensor:
    """Squared near the target and linear beyond one `unit`, so that a wild label does not shout."""
    return huber_loss(scores / unit, probabilities / unit, reduction="none")


def is_finite(loss: Tensor) -> bool:
    """Whether a loss is a number that can be learned from."""
    return bool(torch.isfinite(loss))
