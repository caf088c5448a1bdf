"""Losses against probabilistic targets, one number an item; the trainer weighs and masks them."""

from dataclasses import dataclass
from functools import singledispatch
from math import log

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, log_softmax

from transom.model.graph import Link
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task


@dataclass(frozen=True)
class TargetBatch:
    """Targets of one task, shaped as the scores of its head (see `heads`), and a weight for each item.

    Weights are (n_examples,), with elements (n_examples, n_elements); 0 masks what has no label, and padding.
    """

    probabilities: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Spread:
    """The mean of a regression's values and the spread of its scores, which are linked to values by `link`."""

    mean: float
    unit: float
    link: Link

    @property
    def middle(self) -> float:
        """The score of the mean."""
        return log(self.mean) if self.link == "log" else self.mean


NO_SPREAD = Spread(0.0, 1.0, "identity")
"""That of tasks which give no numbers."""


def weighted_loss(
    task: Task, scores: Tensor, targets: TargetBatch, *, spread: Spread = NO_SPREAD, most: float | None = None
) -> Tensor:
    """The sum of the items' losses, each times its weight.

    A loss above `most` has no slope, so that a label that is far off teaches nothing.
    """
    losses = loss_for(task, scores, targets.probabilities, spread)
    return ((losses if most is None else losses.clamp(max=most)) * targets.weights).sum()


@singledispatch
def loss_for(task: Task, scores: Tensor, probabilities: Tensor, spread: Spread) -> Tensor:  # noqa: ARG001 it is the signature of those below
    """The loss of each item of one type of task."""
    raise TypeError(f"no loss for a task of type {type(task).__name__}")


@loss_for.register(Multiclass)
@loss_for.register(Spans)
@loss_for.register(Select)
def _(_task: Task, scores: Tensor, probabilities: Tensor, _spread: Spread) -> Tensor:
    """Cross-entropy with the target's distribution."""
    return -(log_softmax(scores, -1) * probabilities).sum(-1)


@loss_for.register
def _(_task: Bitvector, scores: Tensor, probabilities: Tensor, _spread: Spread) -> Tensor:
    """Cross-entropy of each bit; their mean, so that many bits do not outweigh another task."""
    return binary_cross_entropy_with_logits(scores, probabilities, reduction="none").mean(-1)


@loss_for.register
def _(_task: Regression, scores: Tensor, values: Tensor, spread: Spread) -> Tensor:
    """Half the squared distance in units of the spread, from one unit on linear, so that a wild label does not shout.

    Of scores that are logarithms the square is the Poisson deviance, which may be had of values that are no counts: the
    scores then go by the mean of the values, not by that of their logarithms, which is less where values scatter.

    Source: Huber (1964), The Annals of Mathematical Statistics 35(1). McCullagh & Nelder (1989), Generalized Linear
    Models, table 2.1, for the deviance. Santos Silva & Tenreyro (2006), The Review of Economics and Statistics 88(4),
    for values that are no counts.
    """
    squares = (scores - values).square() if spread.link == "identity" else _poisson_deviance(scores, values, spread)
    squares = squares / spread.unit**2
    return torch.where(squares < 1, squares / 2, squares.clamp(min=1).sqrt() - 0.5)


def _poisson_deviance(scores: Tensor, values: Tensor, spread: Spread) -> Tensor:
    """Of values as shares of their mean."""
    shares, logarithms = values / spread.mean, scores - spread.middle
    most = torch.special.xlogy(shares.clamp(min=0), shares.clamp(min=0)) - shares
    deviance: Tensor = 2 * (logarithms.exp() - shares * logarithms + most)
    return deviance


def is_finite(loss: Tensor) -> bool:
    """Whether a loss is a number that can be learned from."""
    return bool(torch.isfinite(loss))
