"""Losses against probabilistic targets, one number an item; the trainer weighs and masks them."""

from dataclasses import dataclass
from functools import singledispatch
from math import log

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, huber_loss, log_softmax

from transom.model.graph import Logarithms
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

_TINY = 1e-12
"""A share of the mean that is not told from nothing."""


@dataclass(frozen=True)
class TargetBatch:
    """Targets of one task, shaped as the scores of its head (see `heads`), and a weight for each item.

    Weights are (n_examples,), with elements that have labels of their own (n_examples, n_elements), which members to
    select from have not; 0 masks what has no label, and padding.
    """

    probabilities: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Spread:
    """The mean of a regression's values, and the unit of its scores, which are logarithms where there is a `link`."""

    mean: float
    unit: float
    link: Logarithms | None = None

    @property
    def middle(self) -> float:
        """The score of the mean."""
        return self.mean if self.link is None else log(self.mean)


NO_SPREAD = Spread(0.0, 1.0)
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
    """Half the square in units of the spread, from one unit on linear, so that a wild label does not shout.

    Source: Huber (1964), The Annals of Mathematical Statistics 35(1).
    """
    if spread.link is None:
        return huber_loss(scores / spread.unit, values / spread.unit, reduction="none")
    return _of_logarithms(scores - spread.middle, (values / spread.mean).clamp(min=_TINY), spread.unit)


def _of_logarithms(scores: Tensor, shares: Tensor, unit: float) -> Tensor:
    """Half the Poisson deviance of values as shares of their mean; its slope is what an answer is too large by.

    Where that is more than one unit it goes on at the slope of one. Values need not be counts: scores go by their mean,
    not by that of their logarithms, which is less where values scatter.

    Source: McCullagh & Nelder (1989), Generalized Linear Models, table 2.1. Santos Silva & Tenreyro (2006), The Review
    of Economics and Statistics 88(4), for values that are no counts.
    """
    near = scores.clamp((shares - unit).clamp(min=_TINY).log(), (shares + unit).log())
    too_large = near - shares.log()
    deviance: Tensor = shares * (torch.expm1(too_large) - too_large) + unit * (scores - near).abs()
    return deviance / unit**2
