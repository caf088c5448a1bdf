"""AdamW by torch's function for it: torch's class of that name loads its compiler first, which takes as long as torch.

Source: Loshchilov & Hutter (2019), Decoupled Weight Decay Regularization, algorithm 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim.adamw import adamw


@dataclass(frozen=True)
class Group:
    """Weights that learn alike; `pace` is their learning rate as a share of the optimizer's."""

    weights: tuple[Parameter, ...]
    weight_decay: float
    pace: float = 1.0


@dataclass(frozen=True)
class Moments:
    """Running means of one weight's slope and of its square, and of how many steps; each changes in place."""

    step: Tensor
    exp_avg: Tensor
    exp_avg_sq: Tensor


@dataclass(frozen=True)
class AdamW:
    """Moves weights down their slopes: what `torch.optim.AdamW(..., fused=True)` does, to the last bit.

    `moments` has the weights that had a slope so far.
    """

    groups: tuple[Group, ...]
    moments: dict[Parameter, Moments] = field(default_factory=dict)

    def zero_grad(self) -> None:
        """Forgets the slopes of the last step."""
        for group in self.groups:
            for weight in group.weights:
                weight.grad = None

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Moves each weight that has a slope."""
        for group in self.groups:
            slopes = {weight: weight.grad for weight in group.weights if weight.grad is not None}
            moments = [self._moments(weight) for weight in slopes]
            adamw(
                list(slopes),
                list(slopes.values()),
                [each.exp_avg for each in moments],
                [each.exp_avg_sq for each in moments],
                [],
                [each.step for each in moments],
                fused=True,
                amsgrad=False,
                maximize=False,
                beta1=0.9,
                beta2=0.999,
                eps=1e-8,
                lr=learning_rate * group.pace,
                weight_decay=group.weight_decay,
            )

    def state(self) -> dict[str, Tensor]:
        """All moments by the weight's place and their name."""
        return {
            f"{place}:{name}": tensor
            for place, weight in enumerate(self._weights())
            if weight in self.moments
            for name, tensor in vars(self.moments[weight]).items()
        }

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Takes up what `state` gave of an optimizer of the same weights."""
        weights = self._weights()
        found: dict[Parameter, dict[str, Tensor]] = {}
        for key, tensor in state.items():
            place, _, name = key.partition(":")
            weight = weights[int(place)]
            found.setdefault(weight, {})[name] = tensor.to(weight.device, copy=True)
        self.moments.clear()
        self.moments.update((weight, Moments(**tensors)) for weight, tensors in found.items())

    def _weights(self) -> list[Parameter]:
        return [weight for group in self.groups for weight in group.weights]

    def _moments(self, weight: Parameter) -> Moments:
        if weight not in self.moments:
            step = torch.zeros((), device=weight.device)
            self.moments[weight] = Moments(step, torch.zeros_like(weight), torch.zeros_like(weight))
        return self.moments[weight]
