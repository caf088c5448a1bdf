"""What the trainer minimizes: every task's loss against its targets, whatever a batch holds of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from transom.data.features.bags import spread
from transom.data.features.inputs import padded
from transom.data.features.payloads import Features
from transom.data.targets import Targets
from transom.model.graph import Head
from transom.model.losses import NO_SPREAD, Spread, TargetBatch, weighted_loss
from transom.schema.tasks import Regression, Select
from transom.training.links import spread_of
from transom.training.predict import seen_lengths

MOST = 20.0
"""A label of a task that has few counts for no more than so many of a task that every example has."""


EVEN: Mapping[str, float] = {}
"""Weights of tasks of which none counts more than another."""


@dataclass(frozen=True)
class Goal:
    """One head with its targets: `share` is the weight of each item, `spread` that of a regression."""

    head: Head
    targets: Targets
    share: float
    spread: Spread


def goals_for(
    heads: Sequence[Head],
    targets: Mapping[str, Targets],
    examples: Int[np.ndarray, " n_chosen"],
    weights: Mapping[str, float] = EVEN,
) -> tuple[Goal, ...]:
    """The goals of the heads that have a label on some of these examples.

    Shares are such that every task counts the same over all of these examples, times its entry in `weights` if it has
    one; a batch in which a task has few labels gives each of them no more weight.
    """
    goals = []
    for head in heads:
        own = targets.get(head.task.name)
        of_items = np.zeros(0) if own is None else own.weights[weight_rows(head, own, examples)]
        if own is not None and of_items.sum() > 0:
            share = min(len(examples) / float(of_items.sum()), MOST) * weights.get(head.task.name, 1.0)
            goals.append(Goal(head, own, share, _spread(head, own, examples)))
    return tuple(goals)


def weight_rows(head: Head, targets: Targets, examples: Int[np.ndarray, " n_chosen"]) -> Int[np.ndarray, " n_rows"]:
    """The rows of the weights that belong to examples: of a select the examples, otherwise their items."""
    if isinstance(head.task, Select):
        return examples
    return spread(targets.items.offsets[examples], targets.items.lengths[examples])


def has_label(goals: Sequence[Goal], n_examples: int) -> Bool[np.ndarray, " n_examples"]:
    """Which examples have a label for any of the goals."""
    labeled = np.zeros(n_examples, bool)
    for goal in goals:
        items = goal.targets.items
        rows = np.arange(n_examples) if isinstance(goal.head.task, Select) else items.examples()
        labeled[rows[goal.targets.weights > 0]] = True
    return labeled


def task_losses(
    goals: Sequence[Goal],
    scores: Mapping[str, Tensor],
    features: Features,
    examples: Int[np.ndarray, " n_batch"],
    *,
    most: float | None = None,
) -> Tensor:
    """The loss of each goal, a mean over the examples of a batch; what a label adds to it has no slope above `most`."""
    losses = [
        goal.share
        * weighted_loss(
            goal.head.task,
            scores[goal.head.task.name],
            target_batch(goal, features, examples, scores[goal.head.task.name].device),
            spread=goal.spread,
            most=most,
        )
        for goal in goals
    ]
    return torch.stack(losses) / len(examples)


def target_batch(
    goal: Goal, features: Features, examples: Int[np.ndarray, " n_batch"], device: torch.device
) -> TargetBatch:
    """The targets of the items that the head sees, padded as its scores are.

    Of a select they sum to less than 1 where the head may not see the right member: so much less does it learn there.
    """
    lengths, targets = seen_lengths(goal.head, features, examples), goal.targets
    seen = np.ones(len(examples), np.int64) if lengths is None else lengths
    rows = spread(targets.items.offsets[examples], seen)
    weights = targets.weights[examples if isinstance(goal.head.task, Select) else rows]
    probabilities = np.nan_to_num(targets.probabilities[rows])
    if lengths is not None:
        probabilities = padded(probabilities, lengths)
        weights = weights if isinstance(goal.head.task, Select) else padded(weights, lengths)
    if isinstance(goal.head.task, Select):
        known = 1 - _of_unseen(targets, examples, seen)
        none = np.clip(known - probabilities.sum(axis=1, keepdims=True), 0, 1)
        probabilities = np.concatenate([none, probabilities], axis=1)
    return TargetBatch(_tensor(probabilities, device), _tensor(weights, device))


def _of_unseen(
    targets: Targets, examples: Int[np.ndarray, " n_batch"], seen: Int[np.ndarray, " n_batch"]
) -> Float[np.ndarray, "n_batch 1"]:
    """How probable it is that a member beyond `max_length` is the right one, which says nothing of those seen."""
    n_unseen, found = targets.items.lengths[examples] - seen, np.zeros(len(examples))
    rows = spread(targets.items.offsets[examples] + seen, n_unseen)
    np.add.at(found, np.repeat(np.arange(len(examples)), n_unseen), np.nan_to_num(targets.probabilities[rows]))
    return found[:, None]


def _spread(head: Head, targets: Targets, examples: Int[np.ndarray, " n_chosen"]) -> Spread:
    """The spread of a regression's labels."""
    if not isinstance(head.task, Regression):
        return NO_SPREAD
    rows = weight_rows(head, targets, examples)
    return spread_of(targets.probabilities[rows][targets.weights[rows] > 0], head.link)


def _tensor(array: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(array.astype(np.float32)).to(device)
