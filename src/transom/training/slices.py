"""What slices with capacity learn from: membership from every example, an expert from the members of its slice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from transom.data.features.payloads import Features
from transom.model.batch import Batch
from transom.model.graph import Membership
from transom.model.losses import loss_for
from transom.model.network import Network
from transom.model.slices import Indicators
from transom.training.objective import MOST, Goal, target_batch

RELUCTANCE = 1.0
"""What an expert adds to scores costs as if so many more members were best off without: few members change little."""

BARELY = 1e-6
"""As good as nothing: what has not learned, and what nobody listens to."""

Members = Bool[np.ndarray, "n_examples n_slices"]


@dataclass(frozen=True)
class SliceGoals:
    """Who is in each slice, as its rule says, and how often among the examples that are trained on."""

    members: Members
    n_members: Int[np.ndarray, " n_slices"]
    n_training: int

    @property
    def shares(self) -> Float[np.ndarray, " n_slices"]:
        """The weight of each member, such that every slice counts the same."""
        return np.asarray(np.minimum(self.n_training / np.maximum(self.n_members, 1), MOST))


@dataclass(frozen=True)
class Pass:
    """A batch that went through a network, and what every block made of it."""

    network: Network
    features: Features
    examples: Int[np.ndarray, " n_batch"]
    batch: Batch
    values: Mapping[str, Tensor]


def slice_goals(members: Members, examples: Int[np.ndarray, " n_training"]) -> SliceGoals:
    """The goals of slices over the examples that are trained on."""
    return SliceGoals(members, members[examples].sum(axis=0), len(examples))


def slice_loss(slices: SliceGoals, goals: Sequence[Goal], seen: Pass) -> Tensor:
    """The loss of membership and experts, a mean over examples, summed over tasks.

    It is divided by the root of the number of slices: the slopes of many slices, which have little to do with each
    other, add up like that, and do not drown what the trunk learns for its tasks. Nor does what cannot be learned drown
    the rest: see `notice`.
    """
    is_member = torch.from_numpy(slices.members[seen.examples]).to(next(seen.network.parameters()))
    losses = [loss for goal in goals for loss in _losses(slices, goal, seen, is_member)]
    total: Tensor = torch.stack(losses).sum() / (len(seen.examples) * slices.members.shape[1] ** 0.5)
    return total


def _losses(slices: SliceGoals, goal: Goal, seen: Pass, is_member: Tensor) -> tuple[Tensor, Tensor]:
    """The loss of a task's membership and that of its experts.

    An expert learns from a member the more, the more the head listens to it there than it does for other members of the
    batch: members by mistake teach little.
    """
    _, attention, _ = goal.head.inputs
    (membership,) = seen.network.graph.block(attention).inputs
    of_membership = binary_cross_entropy_with_logits(seen.values[membership].float(), is_member, reduction="none")
    heard = (is_member * seen.values[attention].detach().float().sigmoid()).T
    weights = heard * (is_member.sum(0) / heard.sum(1).clamp(min=BARELY)).unsqueeze(1)
    shares = torch.from_numpy(slices.shares).to(weights)
    of_experts = (_expert_losses(slices, goal, seen) * weights).sum(1) * shares
    noticed = notice(seen.network, membership)
    return (of_membership.sum(0) * noticed).sum(), goal.share * (of_experts * noticed).sum()


def notice(network: Network, membership: str) -> Tensor:
    """How much each slice counts beside the others: the more, the more its membership is found to depend on.

    What tells the members of a slice leaves large weights; where nothing does, as in a sample at random, they stay
    small. The mean of the squares is 1, as it is at first, when all are alike.
    """
    (indicators,) = (
        part for block, part in zip(network.graph.blocks, network.parts, strict=True) if block.id == membership
    )
    assert isinstance(indicators, Indicators)
    sizes = indicators.linear.weight.detach().float().norm(dim=1) + BARELY
    noticed: Tensor = sizes / sizes.square().mean().sqrt()
    return noticed


def _expert_losses(slices: SliceGoals, goal: Goal, seen: Pass) -> Tensor:
    """The loss of each example were its expert alone to decide, (n_slices, n_examples)."""
    task, elements = goal.head.task, goal.head.shape.elements
    mask = None if elements is None else seen.batch.mask(elements)
    head = seen.network.head(task.name)
    before, _, experts = (seen.values[name].float() for name in goal.head.inputs)
    base = head.raw(before).detach()
    scores, unchanged = head.finished(base + experts, mask), head.finished(base, mask)
    targets = target_batch(goal, seen.features, seen.examples, scores.device)
    losses = loss_for(task, scores, targets.probabilities.expand(len(scores), *targets.probabilities.shape), goal.unit)
    change = ((scores - unchanged) / goal.unit).square()
    change = change.mean(-1) if change.dim() > losses.dim() else change
    reluctance = torch.from_numpy(RELUCTANCE / np.maximum(slices.n_members, 1)).to(losses)
    weighed: Tensor = (losses + reluctance.reshape(-1, *[1] * (losses.dim() - 1)) * change) * targets.weights
    return weighed.flatten(2).sum(2) if weighed.dim() > 2 else weighed


def begin_at_members(network: Network, slices: SliceGoals) -> None:
    """Lets membership begin at how frequent each slice is."""
    share = torch.from_numpy((slices.n_members + 1) / (slices.n_training + 2))
    for block, module in zip(network.graph.blocks, network.parts, strict=True):
        if isinstance(block, Membership):
            module.load_state_dict(module.state_dict() | {"linear.bias": share.logit()})
