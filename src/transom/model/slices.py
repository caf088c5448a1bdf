"""Slices with capacity: who is in them, what their experts say, and how much a head listens to each.

The experts of all slices are one stacked bank, so that hundreds of them cost a few matrix products; slices are known by
their place alone, which is the same in every tensor.

Source: Chen et al. (2019), arXiv 1909.06349, section 3 (slice-residual attention modules). We differ: an expert is a
low-rank correction of the base's scores, which starts at nothing; attention weighs it by the odds of membership times
how sure the expert is of any class, and the base by how sure it is itself.
"""

from functools import singledispatch

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid, pad

from transom.model.heads import Choice, Scores, Value
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

TaskHead = Scores | Value | Choice


class Indicators(nn.Module):
    """The log odds that an example is in each slice; of elements their mean is looked at."""

    def __init__(self, size: int, n_slices: int) -> None:
        super().__init__()
        self.linear = nn.Linear(size, n_slices)
        nn.init.zeros_(self.linear.weight)

    def forward(self, seen: Tensor, mask: Tensor | None) -> Tensor:
        """(n_examples, [n_elements,] size) to (n_examples, n_slices)."""
        if mask is not None:
            seen = (seen * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
        result: Tensor = self.linear(seen)
        return result


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
        hidden = seen.reshape(-1, size) @ self.read.reshape(-1, size).T
        hidden = hidden.view(-1, n_slices, rank).transpose(0, 1)
        said = torch.baddbmm(self.always, hidden, self.say)
        return said.view(n_slices, *seen.shape[:-1], -1)


def blended(
    task: Task, head: TaskHead, raw: Tensor, membership: Tensor, corrections: Tensor, mask: Tensor | None
) -> Tensor:
    """The raw scores of a head with what its experts add, each as far as it is listened to.

    No gradient reaches the experts from here: each learns from the members of its slice alone.
    """
    corrections = corrections.detach()
    each = raw.detach() + pad(corrections, (0, 0) * (corrections.dim() - 1) + (1, 0))
    if isinstance(head, Choice):  # other heads are looked at before calibration, which must not move attention
        each = head.finished(each, mask)
    sure = log_confidence(task, each)
    odds = pad(membership.T, (0, 0, 1, 0))
    shares = (sure + _trailing(odds, sure.dim())).softmax(0)[1:]
    return raw + (_trailing(shares, corrections.dim()) * corrections).sum(0)


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


def _trailing(values: Tensor, n_axes: int) -> Tensor:
    """The same values with axes of one at the end."""
    return values.reshape(*values.shape, *[1] * (n_axes - values.dim()))
