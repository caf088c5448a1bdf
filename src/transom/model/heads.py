"""Heads: the scores of a task, from what the network sees of each item.

| task       | scores                                                                         |
|------------|--------------------------------------------------------------------------------|
| multiclass | (n_examples, [n_elements,] n_classes), a softmax away from probabilities       |
| bitvector  | (n_examples, [n_elements,] n_bits), each a sigmoid away from a probability     |
| spans      | (n_examples, n_tokens, 1 + 2 n_classes), as multiclass over BIO tags           |
| select     | (n_examples, 1 + n_members): none of them, then each member; as multiclass     |
| regression | (n_examples[, n_elements]), the value, or what the link makes of it            |
"""

from functools import singledispatch

import torch
from torch import Tensor, nn

from transom.model.elements import HIDDEN
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task


class Scores(nn.Module):
    """A linear layer that starts at zero, so that no class is ahead, then a scale and a shift that are not trained.

    Scale and shift are set from dev gold after training (calibration), for a regression from the targets before it.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, size: int, n_scores: int) -> None:
        super().__init__()
        self.linear = nn.Linear(size, n_scores)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        self.register_buffer("scale", torch.ones(n_scores))
        self.register_buffer("shift", torch.zeros(n_scores))

    def forward(self, seen: Tensor, mask: Tensor | None) -> Tensor:
        """One score for each class, bit or tag."""
        return self.finished(self.raw(seen), mask)

    def raw(self, seen: Tensor) -> Tensor:
        """Scores before calibration, to which experts add."""
        result: Tensor = self.linear(seen)
        return result

    def finished(self, raw: Tensor, mask: Tensor | None) -> Tensor:  # noqa: ARG002 heads are called alike
        """The scores of raw ones."""
        return raw * self.scale + self.shift


class Value(nn.Module):
    """One number of each item: what is said of values here is said of what the link, if any, makes of them."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.scores = Scores(size, 1)

    def forward(self, seen: Tensor, mask: Tensor | None) -> Tensor:
        """The value."""
        return self.finished(self.raw(seen), mask)

    def raw(self, seen: Tensor) -> Tensor:
        """The value in units of its spread, (…, 1)."""
        return self.scores.raw(seen)

    def finished(self, raw: Tensor, mask: Tensor | None) -> Tensor:
        """The value."""
        return self.scores.finished(raw, mask).squeeze(-1)


class Choice(nn.Module):
    """A score for each member of a set, and first one for "none of them".

    Calibration scales all of them and shifts the members, so that they win against none more or less often.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.scores = Scores(size, 1)
        self.none = nn.Parameter(torch.zeros(1))

    def forward(self, seen: Tensor, mask: Tensor | None) -> Tensor:
        """Scores of none and of the members; a member that is padding is hidden."""
        return self.finished(self.raw(seen), mask)

    def raw(self, seen: Tensor) -> Tensor:
        """A score of each member, (…, n_members, 1)."""
        return self.scores.raw(seen)

    def finished(self, raw: Tensor, mask: Tensor | None) -> Tensor:
        """Scores of none and of the members."""
        return _beside_none(self.none * self.scores.scale, self.scores.finished(raw, mask), mask)

    def uncalibrated(self, raw: Tensor, mask: Tensor | None) -> Tensor:
        """The same before calibration."""
        return _beside_none(self.none, raw, mask)


def _beside_none(none: Tensor, members: Tensor, mask: Tensor | None) -> Tensor:
    """Scores of members, (…, n_members, 1), after the one of none."""
    assert mask is not None
    seen = members.squeeze(-1).masked_fill(~mask, HIDDEN)
    return torch.cat([none.expand(*seen.shape[:-1], 1), seen], -1)


TaskHead = Scores | Value | Choice


@singledispatch
def head_for(task: Task, size: int) -> TaskHead:  # noqa: ARG001 it is the signature of those below
    """The head of a task that sees vectors of this size."""
    raise TypeError(f"no head for a task of type {type(task).__name__}")


@head_for.register
def _(task: Multiclass, size: int) -> TaskHead:
    return Scores(size, len(task.classes))


@head_for.register
def _(task: Bitvector, size: int) -> TaskHead:
    return Scores(size, len(task.classes))


@head_for.register
def _(task: Spans, size: int) -> TaskHead:
    return Scores(size, 1 + 2 * len(task.classes))


@head_for.register
def _(_task: Select, size: int) -> TaskHead:
    return Choice(size)


@head_for.register
def _(_task: Regression, size: int) -> TaskHead:
    return Value(size)
