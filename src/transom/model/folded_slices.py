"""Heads with slices that learn no more: base and experts have their scores from one matrix, attention has its own.

They answer what `blended` does, up to rounding, with fewer operations: of a single example each of them has its price.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from transom.model.graph import Graph, Head
from transom.model.heads import Choice, Scores, TaskHead
from transom.model.network import Network
from transom.model.slices import ExpertBank, Indicators, Trust, log_confidence
from transom.schema.tasks import Multiclass, Task


class FoldedHead(nn.Module):
    """A head and the experts of its slices; the base is the first of them."""

    def __init__(self, task: Task, head: TaskHead, bank: ExpertBank, attention: Indicators) -> None:
        super().__init__()
        self.task, self.head, self.attention = task, head, attention
        matrices, always = _experts_on_base(head, bank)
        self.each, self.n_scores = _linear(matrices.flatten(0, 1), always.flatten()), always.shape[1]

    def forward(self, seen: Tensor, mask: Tensor | None) -> Tensor:
        """(n_examples, [n_elements,] size) to the scores of the head."""
        each = self.each(seen).unflatten(-1, (-1, self.n_scores))
        if isinstance(self.head, Choice):
            sure = log_confidence(self.task, self.head.uncalibrated(each.movedim(-2, 0), mask)).T
        else:
            sure = log_confidence(self.task, each)
        return self.head.finished(_mixed(each, sure, self.attention(seen, mask)), mask)


class FoldedPair(nn.Module):
    """The same of a head of two classes.

    How sure it is of them is a matter of their difference, so that scores may be calibrated before they are mixed.
    """

    def __init__(self, head: Scores, bank: ExpertBank, attention: Indicators) -> None:
        super().__init__()
        self.attention = attention
        matrices, always = _experts_on_base(head, bank)
        self.lead = _linear(matrices[:, 0] - matrices[:, 1], always[:, 0] - always[:, 1])
        finished = matrices * head.scale.unsqueeze(-1), head.finished(always, None)
        self.each = _linear(*(part.flatten(0, 1) for part in finished))

    def forward(self, seen: Tensor, mask: Tensor | None) -> Tensor:
        """(n_examples, [n_elements,] size) to the scores of the head."""
        sure = self.lead(seen).abs().sigmoid().log()
        return _mixed(self.each(seen).unflatten(-1, (-1, 2)), sure, self.attention(seen, mask))


def with_folded_slices(network: Network) -> tuple[Graph, nn.ModuleList]:
    """The graph and the parts of a network whose heads with slices are folded where scores are few.

    Otherwise the two thin matrices of an expert are smaller than the one that they make.
    """
    blocks = {block.id: block for block in network.graph.blocks}
    parts = dict(zip(blocks, network.parts, strict=True))
    for head in network.graph.heads:
        bank = parts[head.inputs[-1]]
        if isinstance(bank, ExpertBank) and bank.say.shape[2] <= bank.say.shape[1]:
            seen, attention, experts = head.inputs
            (membership,) = blocks[attention].inputs
            parts[head.id] = _folded(head, parts[head.id], bank, _attention(parts[membership], parts[attention]))
            blocks[head.id] = replace(head, inputs=(seen,))
            del blocks[attention], blocks[experts]
    return replace(network.graph, blocks=tuple(blocks.values())), nn.ModuleList(parts[name] for name in blocks)


def _folded(block: Head, head: nn.Module, bank: ExpertBank, attention: Indicators) -> nn.Module:
    assert isinstance(head, TaskHead)
    if isinstance(block.task, Multiclass) and isinstance(head, Scores) and len(block.task.classes) == 2:
        return FoldedPair(head, bank, attention)
    return FoldedHead(block.task, head, bank, attention)


def _experts_on_base(head: TaskHead, bank: ExpertBank) -> tuple[Tensor, Tensor]:
    """What gives the scores of base and experts, (1 + n_slices, n_scores, size), and what they always add."""
    base = (head if isinstance(head, Scores) else head.scores).linear
    corrections = torch.bmm(bank.read.mT, bank.say).mT
    return base.weight + pad(corrections, (0, 0, 0, 0, 1, 0)), base.bias + pad(bank.always.squeeze(1), (0, 0, 1, 0))


def _attention(indicators: nn.Module, trust: nn.Module) -> Indicators:
    """Attention to base and experts from what the head sees; that to the base is always 0."""
    assert isinstance(indicators, Indicators)
    assert isinstance(trust, Trust)
    odds = indicators.linear
    attention = Indicators(odds.in_features, 1 + odds.out_features)
    steeper = trust(odds.weight.T) - trust(torch.zeros_like(odds.weight.T))
    attention.linear = _linear(pad(steeper.T, (0, 0, 1, 0)), pad(trust(odds.bias), (1, 0)))
    return attention


def _mixed(each: Tensor, sure: Tensor, attention: Tensor) -> Tensor:
    """The scores of base and experts (…, 1 + n_slices, n_scores), each as far as it is listened to.

    Confidence and attention are of examples or of their elements.
    """
    if sure.dim() > attention.dim():
        attention = attention.unsqueeze(1)
    shares = (sure + attention).softmax(-1)
    if shares.dim() < each.dim() - 1:  # a choice among members: one share for all of them
        shares = shares.unsqueeze(1)
    return (shares.unsqueeze(-2) @ each).squeeze(-2)


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    linear = nn.Linear(weight.shape[1], weight.shape[0])
    linear.load_state_dict({"weight": weight, "bias": bias})
    return linear
