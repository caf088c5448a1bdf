"""The laws that every encoder obeys: a conformance suite for those who write one.

A law takes the settings of an encoder, its network, vectors (n_examples, n_elements, size) that are zero on padding,
and their mask; it fails with an `AssertionError`.

>>> from transom.model.encoders.bag import build
>>> from transom.model.settings import Bag
>>> check_encoder(Bag(size=8), build)
"""

from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any, get_args

import torch
from torch import Tensor, nn

from transom.model.settings import Encoder, Reads
from transom.training.threads import one_thread

TOLERANCE = 1e-5
"""Sums of the same numbers in another order differ by less."""

Law = Callable[[Encoder, nn.Module, Tensor, Tensor], None]


def check_encoder(settings: Encoder, build: Callable[[Any], nn.Module], *, seed: int = 0) -> None:
    """Tries every law on vectors drawn at random.

    Raises:
        AssertionError: a law is broken; the message says which.
    """
    assert is_dataclass(settings), "the settings are no dataclass"
    assert settings.reads, "the encoder reads nothing"
    assert set(settings.reads) <= set(get_args(Reads)), "the encoder reads what no payload holds"
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        vectors, mask = draw_elements((6, 3, 1, 0), settings.size)
        for law in LAWS:
            law(settings, build(settings).eval(), vectors, mask)


def draw_elements(lengths: tuple[int, ...], size: int) -> tuple[Tensor, Tensor]:
    """Random vectors of sequences of these lengths, padded to the longest with zeros, and their mask."""
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    return torch.randn(*mask.shape, size) * mask.unsqueeze(-1), mask


def shape_is_kept(settings: Encoder, network: nn.Module, vectors: Tensor, mask: Tensor) -> None:
    """Every element comes out as a vector of `size` finite numbers."""
    encoded = network(vectors, mask)
    assert encoded.shape == (*mask.shape, settings.size), "the shape of what comes out is another"
    assert torch.isfinite(encoded).all(), "a number is not finite"


def padding_stays_zero(_settings: Encoder, network: nn.Module, vectors: Tensor, mask: Tensor) -> None:
    """What is no element is zero."""
    assert (network(vectors, mask)[~mask] == 0).all(), "padding is not zero"


def padding_changes_nothing(_settings: Encoder, network: nn.Module, vectors: Tensor, mask: Tensor) -> None:
    """More padding leaves the elements as they are."""
    more = torch.cat([vectors, torch.zeros_like(vectors)], 1), torch.cat([mask, torch.zeros_like(mask)], 1)
    _same(network(vectors, mask), network(*more)[:, : mask.shape[1]], "padding changes elements")


def examples_do_not_see_each_other(_settings: Encoder, network: nn.Module, vectors: Tensor, mask: Tensor) -> None:
    """An example alone is encoded as it is among others."""
    alone = torch.cat([network(vectors[row : row + 1], mask[row : row + 1]) for row in range(len(mask))])
    _same(network(vectors, mask), alone, "an example changes with those beside it")


def order_of_examples_is_irrelevant(_settings: Encoder, network: nn.Module, vectors: Tensor, mask: Tensor) -> None:
    """Examples shuffled are encoded the same, shuffled."""
    order = torch.arange(len(mask)).flip(0)
    _same(network(vectors, mask)[order], network(vectors[order], mask[order]), "the order of examples matters")


def evaluation_is_repeatable(_settings: Encoder, network: nn.Module, vectors: Tensor, mask: Tensor) -> None:
    """Nothing is left to chance outside of training."""
    assert torch.equal(network(vectors, mask), network(vectors, mask)), "two evaluations differ"


def gradients_reach_every_weight(_settings: Encoder, network: nn.Module, vectors: Tensor, mask: Tensor) -> None:
    """Every weight has a say in what comes out."""
    weighed = network(vectors, mask) * torch.linspace(-1, 1, vectors.shape[-1])
    if any(weight.requires_grad for weight in network.parameters()):
        weighed.square().sum().backward()
    idle = [name for name, weight in network.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert not idle, f"no gradient reaches {idle}"


LAWS: tuple[Law, ...] = (
    shape_is_kept,
    padding_stays_zero,
    padding_changes_nothing,
    examples_do_not_see_each_other,
    order_of_examples_is_irrelevant,
    evaluation_is_repeatable,
    gradients_reach_every_weight,
)


def _same(one: Tensor, other: Tensor, complaint: str) -> None:
    assert torch.allclose(one, other, atol=TOLERANCE), complaint
