"""What slices with capacity learn from: membership from every example, an expert from the members of its slice."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

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
from transom.schema.tasks import Select
from transom.training.objective import MOST, Goal, target_batch
from transom.training.predict import passes

RELUCTANCE = 1.0
"""What an expert adds to scores costs as if so many more members were best off without: few members change little."""

EXPERTS = 0.3
"""How much what experts learn counts beside what all learn together: they move the trunk for a few examples' sake."""

MEMBERSHIP_OF_WEAK = 0.1
"""How much membership counts beside labels that weak sources made: it moves the trunk to the words of a slice's rule,
which are often those of a source, and by which its votes err. Counting 1 it took .005, .013 and .024 from youtube,
hausa_news and bc5cdr (withheld gold), at this .003, .005 and nothing; with gold labels slices took nothing from any."""

BARELY = 1e-6
"""As good as nothing: what no expert accounts for."""

Members = Bool[np.ndarray, "n_examples n_slices"]


@dataclass(frozen=True)
class SliceGoals:
    """Who is in each slice, as its rule says, and how often among the examples that are trained on.

    `weak` names the tasks most of whose labels weak sources made. `told` has, by block of membership, the slices whose
    members it is known to tell. A loss above `most` teaches no expert, as it teaches nothing else.
    """

    members: Members
    n_members: Int[np.ndarray, " n_slices"]
    n_training: int
    weak: Container[str] = ()
    told: Mapping[str, Bool[np.ndarray, " n_slices"]] = field(default_factory=dict)
    most: float | None = None

    @property
    def shares(self) -> Float[np.ndarray, " n_slices"]:
        """The weight of each member, such that every slice counts the same."""
        return np.asarray(np.minimum(self.n_training / np.maximum(self.n_members, 1), MOST))

    def counts(self, membership: str) -> Float[np.ndarray, " n_slices"]:
        """How much each slice counts: those that can be told alike, all others together no more than one of them.

        Where none can be told all count alike. The sum of the squares is 1: the slopes of many slices, which have
        little to do with each other, add up like that, and do not drown what the trunk learns for its tasks.
        """
        n_slices = self.members.shape[1]
        counts = np.where(self.told.get(membership, np.zeros(n_slices, bool)), 1.0, 1 / n_slices)
        return np.asarray(counts / np.linalg.norm(counts))


@dataclass(frozen=True)
class Pass:
    """A batch that went through a network, and what every block made of it."""

    network: Network
    features: Features
    examples: Int[np.ndarray, " n_batch"]
    batch: Batch
    values: Mapping[str, Tensor]


def slice_goals(members: Members, examples: Int[np.ndarray, " n_training"], *, weak: Container[str] = ()) -> SliceGoals:
    """The goals of slices over the examples that are trained on; `weak` as in `SliceGoals`."""
    return SliceGoals(members, members[examples].sum(axis=0), len(examples), weak)


def looked_at(
    slices: SliceGoals, network: Network, features: Features, examples: Int[np.ndarray, " n_chosen"]
) -> SliceGoals:
    """The same goals, with which slices the network can tell the members of by now, among examples that are new to it.

    A slice whose members nothing tells, as a sample at random, would otherwise make the trunk learn examples by heart.
    """
    found: dict[str, list[Tensor]] = {block.id: [] for block in network.graph.blocks if isinstance(block, Membership)}
    is_member = []
    for chosen, values in passes(network, features, examples):
        is_member.append(slices.members[chosen])
        for name, batches in found.items():
            batches.append(values[name].float().sigmoid().cpu())
    told = {name: can_be_told(torch.cat(each).numpy(), np.concatenate(is_member)) for name, each in found.items()}
    return replace(slices, told=told)


def can_be_told(found: Float[np.ndarray, "n_examples n_slices"], is_member: Members) -> Bool[np.ndarray, " n_slices"]:
    """Of which slices what is found of each example goes with who is a member, more than by chance.

    By chance the largest of so many correlations is about the root of 2 log(n_slices) / n_examples.

    Source: Donoho & Johnstone (1994), Biometrika 81, section 2.2 (the universal threshold).
    """
    one, other = (each - each.mean(axis=0) for each in (found, is_member))
    by_chance = (2 * np.log(found.shape[1]) / len(found)) ** 0.5
    return np.asarray((one * other).sum(0) > by_chance * np.linalg.norm(one, axis=0) * np.linalg.norm(other, axis=0))


def slice_loss(slices: SliceGoals, goals: Sequence[Goal], seen: Pass) -> Tensor:
    """The loss of membership and experts, a mean over examples, summed over tasks."""
    is_member = torch.from_numpy(slices.members[seen.examples]).to(next(seen.network.parameters()))
    losses = [loss for goal in goals for loss in _losses(slices, goal, seen, is_member)]
    total: Tensor = torch.stack(losses).sum() / len(seen.examples)
    return total


def _losses(slices: SliceGoals, goal: Goal, seen: Pass, is_member: Tensor) -> tuple[Tensor, Tensor]:
    """The loss of a task's membership and that of its experts.

    A member teaches an expert as far as the expert, and not the base, accounts for it: members by mistake, whose labels
    go by the rule of the base, teach little. That is a probability, from the odds of listening to the expert and how
    much likelier it makes the labels than the base does, over its mean among the members of the batch.

    Source: Jacobs, Jordan, Nowlan & Hinton (1991), Neural Computation 3(1) (an expert's slope in a mixture of them).
    """
    _, attention, _ = goal.head.inputs
    (membership,) = seen.network.graph.block(attention).inputs
    of_membership = binary_cross_entropy_with_logits(seen.values[membership].float(), is_member, reduction="none")
    losses, gains = _lessons(slices, goal, seen, is_member)
    own = is_member.T * (seen.values[attention].detach().float().T + gains).sigmoid()
    weights = own * (is_member.sum(0) / own.sum(1).clamp(min=BARELY)).unsqueeze(1)
    shares = torch.from_numpy(slices.shares).to(weights)
    of_experts = (losses * weights).sum(1) * shares
    counts = torch.from_numpy(slices.counts(membership)).to(weights)
    how_much = MEMBERSHIP_OF_WEAK if goal.head.task.name in slices.weak else 1.0
    return how_much * of_membership.sum(0) @ counts, EXPERTS * goal.share * of_experts @ counts


def _lessons(slices: SliceGoals, goal: Goal, seen: Pass, is_member: Tensor) -> tuple[Tensor, Tensor]:
    """What each expert has to learn from each member, were it alone to decide, and how much better it is there.

    That is a loss and, without a slope, how much likelier it makes the labels than the base does, as a logarithm and a
    mean over elements; both are (n_slices, n_examples), and 0 of whom is not a member.
    """
    task, elements = goal.head.task, goal.head.shape.elements
    mask = None if elements is None else seen.batch.mask(elements)
    head = seen.network.head(task.name)
    before, _, experts = (seen.values[name].float() for name in goal.head.inputs)
    base = head.raw(before).detach()
    unchanged, targets = head.finished(base, mask), target_batch(goal, seen.features, seen.examples, base.device)
    of_base = loss_for(task, unchanged, targets.probabilities, goal.spread)
    slice_, row = is_member.T.nonzero(as_tuple=True)  # few of all pairs: most slices are small
    said = experts.flatten(0, 1).index_select(0, slice_ * len(base) + row)
    own_mask, weights = None if mask is None else mask[row], targets.weights[row]
    scores = head.finished(base[row] + said, own_mask)
    losses = loss_for(task, scores, targets.probabilities[row], goal.spread)
    if slices.most is not None:
        of_base, losses = of_base.clamp(max=slices.most), losses.clamp(max=slices.most)
    change = ((scores - unchanged[row]) / goal.spread.unit).square()
    if isinstance(task, Select) and own_mask is not None:  # "none" is one more choice, and padding is no choice
        change = change.sum(-1) / (1 + own_mask.sum(-1))
    elif change.dim() > losses.dim():
        change = change.mean(-1)
    reluctance = torch.from_numpy(RELUCTANCE / np.maximum(slices.n_members, 1)).to(losses)[slice_]
    reluctant = losses + reluctance.reshape(-1, *[1] * (losses.dim() - 1)) * change
    gains = _summed((of_base[row] - losses).detach() * weights) / _summed(weights).clamp(min=BARELY)
    nothing, place = torch.zeros_like(is_member.T, dtype=losses.dtype), (slice_, row)
    return nothing.index_put(place, _summed(reluctant * weights)), nothing.index_put(place, gains)


def _summed(values: Tensor) -> Tensor:
    """The same of pairs of slice and member, (n_pairs,), if it is of the elements of each."""
    return values.flatten(1).sum(1) if values.dim() > 1 else values


def begin_at_members(network: Network, slices: SliceGoals) -> None:
    """Lets membership begin at how frequent each slice is."""
    share = torch.from_numpy((slices.n_members + 1) / (slices.n_training + 2))
    for block, module in zip(network.graph.blocks, network.parts, strict=True):
        if isinstance(block, Membership):
            module.load_state_dict(module.state_dict() | {"linear.bias": share.logit()})
