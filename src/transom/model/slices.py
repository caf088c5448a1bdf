"""Slices with capacity: who is in them, what their experts say, and how far a head listens to each.

The experts of all slices are one stacked bank, so that hundreds of them cost a few matrix products; a slice is known by
its place alone, which is the same in every tensor.

Source: Chen et al. (2019), arXiv 1909.06349, section 3 (slice-residual attention modules). We differ: an expert is a
low-rank correction of the scores of the base, which is nothing before training; attention weighs it by the odds of
membership, which it learns how far to trust, times how sure the expert is of any class.
"""

from functools import singledispatch

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid, pad

from transom.model.elements import mean_of
from transom.model.heads import Choice, TaskHead
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

PACE = 10.0
"""Trust has a long way to go in few steps: it moves so many times as fast as other weights."""

STEEPNESS = 3.0
"""The slope at which trust begins: where a rule is wrong now and then, membership is in doubt of everyone."""


class Indicators(nn.Module):
    """The log odds that an example is in each slice; of elements their mean is looked at."""

    def __init__(self, size: int, n_slices: int) -> None:
        super().__init__()
        self.linear = nn.Linear(size, n_slices)
        nn.init.zeros_(self.linear.weight)

    def forward(self, seen: Tensor, mask: Tensor | None) -> Tensor:
        """(n_examples, [n_elements,] size) to (n_examples, n_slices)."""
        if mask is not None:
            seen = mean_of(seen, mask)
        result: Tensor = self.linear(seen)
        return result


class Trust(nn.Module):
    """How far to go by the membership of each slice: a line through its log odds, which may tilt and move.

    It begins steeper than they are, so that an expert is heard, and learns, where a member is likelier than not; one
    that does not help is not listened to.
    """

    def __init__(self, n_slices: int) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.full((n_slices,), STEEPNESS / PACE))
        self.shift = nn.Parameter(torch.zeros(n_slices))

    def forward(self, membership: Tensor) -> Tensor:
        """(n_examples, n_slices), log odds of listening to the expert and not to the base."""
        return membership * (self.slope * PACE) + self.shift * PACE


class ExpertBank(nn.Module):
    """What the expert of each slice adds to the scores of the base: nothing, before training."""

    def __init__(self, size: int, n_scores: int, n_slices: int, rank: int) -> None:
        super().__init__()
        self.read = nn.Parameter(torch.randn(n_slices, rank, size) * size**-0.5)
        self.say = nn.Parameter(torch.zeros(n_slices, rank, n_scores))
        self.always = nn.Parameter(torch.zeros(n_slices, 1, n_scores))

    def forward(self, seen: Tensor) -> Tensor:
        """(n_examples, [n_elements,] size) to (n_slices, n_examples, [n_elements,] n_scores)."""
        n_slices, rank, size = self.read.shape
        read = (seen.reshape(-1, size) @ self.read.reshape(-1, size).T).view(-1, n_slices, rank).transpose(0, 1)
        said = torch.baddbmm(self.always, read, self.say)
        return said.view(n_slices, *seen.shape[:-1], -1)


def blended(
    task: Task, head: TaskHead, seen: Tensor, attention: Tensor, corrections: Tensor, *, mask: Tensor | None
) -> Tensor:
    """The scores of a head with what experts add to them, each as far as it is listened to.

    How sure experts are is looked at before calibration, which must not move attention. No gradient reaches them from
    here: each learns from the members of its slice alone (see `transom.training.slices`).
    """
    raw, corrections = head.raw(seen), pad(corrections.detach(), (0, 0) * (corrections.dim() - 1) + (1, 0))
    one_by_one = raw.detach() + corrections
    if isinstance(head, Choice):
        one_by_one = head.uncalibrated(one_by_one, mask)
    sure = log_confidence(task, one_by_one)
    shares = (sure + _with_axes(pad(attention.T, (0, 0, 1, 0)), sure.dim())).softmax(0)
    return head.finished(raw + (_with_axes(shares, corrections.dim()) * corrections).sum(0), mask)


@singledispatch
def log_confidence(task: Task, scores: Tensor) -> Tensor:  # noqa: ARG001 it is the signature of those below
    """How sure scores are of whatever they say, as the logarithm of a probability; the same for every class."""
    raise TypeError(f"no confidence for a task of type {type(task).__name__}")


@log_confidence.register(Multiclass)
@log_confidence.register(Spans)
@log_confidence.register(Select)
def _(_task: Task, scores: Tensor) -> Tensor:
    return scores.log_softmax(-1).amax(-1)


@log_confidence.register
def _(_task: Bitvector, scores: Tensor) -> Tensor:
    return logsigmoid(scores.abs()).mean(-1)


@log_confidence.register
def _(_task: Regression, scores: Tensor) -> Tensor:
    return torch.zeros_like(scores[..., 0])


def _with_axes(values: Tensor, n_axes: int) -> Tensor:
    """The same values with axes of one at the end."""
    return values.reshape(*values.shape, *[1] * (n_axes - values.dim()))
