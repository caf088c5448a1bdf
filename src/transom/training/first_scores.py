"""What a head says before training: the mean of its targets, so that no step is spent on how frequent classes are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import nn

from transom.model.network import Network
from transom.schema.tasks import Bitvector, Multiclass, Regression, Spans
from transom.training.objective import Goal, weight_rows


def begin_at_targets(network: Network, goals: Sequence[Goal], examples: Int[np.ndarray, " n_training"]) -> None:
    """Lets every head begin at the mean of its targets on these examples."""
    for goal in goals:
        rows = weight_rows(goal.head, goal.targets, examples)
        weights = goal.targets.weights[rows]
        match goal.head.task:
            case Multiclass() | Spans():
                shares = _mean(goal.targets.probabilities[rows], weights, 1 / goal.head.shape.size)
                _set(network.head(goal.head.task.name), {"linear.bias": np.log(shares)})
            case Bitvector():
                shares = _mean(goal.targets.probabilities[rows], weights, 0.5)
                _set(network.head(goal.head.task.name), {"linear.bias": np.log(shares) - np.log(1 - shares)})
            case Regression():
                begin = {"scores.scale": [goal.spread.unit], "scores.shift": [goal.spread.middle]}
                _set(network.head(goal.head.task.name), begin)


def _mean(values: np.ndarray, weights: np.ndarray, prior: float) -> np.ndarray:
    """The weighted mean, as if one more item had the prior."""
    return np.asarray((np.nan_to_num(values).T @ weights + prior) / (weights.sum() + 1))


def _set(head: nn.Module, values: Mapping[str, Any]) -> None:
    state = head.state_dict()
    head.load_state_dict(state | {name: torch.as_tensor(value).to(state[name]) for name, value in values.items()})
