"""Pruning: the smallest weights of a trained network become zero, and the others learn to do without them.

Source: Han et al. (2015), NeurIPS, section 3: train, prune by magnitude, train again. We prune once, each matrix by the
same share; biases and what is frozen stay whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from transom.model.slices import ExpertBank

AFTERWARDS = 0.5
"""The network learns again for this share of its epochs."""


@contextmanager
def pruned(network: nn.Module, share: float) -> Iterator[None]:
    """Sets this share of each matrix to zero, where it stays as long as the block lasts, whatever is learned.

    No gradient reaches a weight that is zero, so that an optimizer that begins in the block leaves it there.
    """
    hooks = []
    stacked_biases = {id(part.always) for part in network.modules() if isinstance(part, ExpertBank)}
    for weight in network.parameters():
        if weight.requires_grad and weight.dim() > 1 and id(weight) not in stacked_biases:
            kept = largest(weight.detach(), share)
            with torch.no_grad():
                weight.mul_(kept)
            hooks.append(weight.register_hook(kept.mul))  # type: ignore[no-untyped-call] # torch ships no types of it
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def largest(weight: Tensor, share: float) -> Tensor:
    """1 for the weights that stay and 0 for the share of the smallest, in the shape of `weight`.

    >>> largest(torch.tensor([[0.1, -2.0], [1.0, -0.2]]), 0.5)
    tensor([[0., 1.],
            [1., 0.]])
    """
    n_pruned = int(share * weight.numel())
    kept = torch.ones_like(weight).flatten()
    kept[weight.abs().flatten().argsort(stable=True)[:n_pruned]] = 0
    return kept.view_as(weight)
