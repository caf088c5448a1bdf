"""Weights move as torch's own AdamW moves them, and its compiler stays unloaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from transom.training.adamw import AdamW, Group

TESTS = Path(__file__).parents[1]
TRAIN = """
import sys
from killed_run import trained
trained(None, lambda _: None)
print("torch._dynamo" in sys.modules)
"""


def weights():
    generator = torch.Generator().manual_seed(0)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in ((5, 3), (3,), (4, 4))]


def slope(chosen, number):
    """A loss that a weight may have no part in."""
    return sum(((weight - number) ** 2).sin().sum() for weight in chosen)


def rate_of(number):
    return 0.1 / (1 + number)


def steps(optimizer, moved, numbers):
    for number in numbers:
        optimizer.zero_grad()
        slope(moved if number % 3 else moved[:2], number).backward()
        optimizer.step(rate_of(number))


def ours(moved):
    return AdamW((Group((moved[0],), 0.1), Group((), 0.0), Group(tuple(moved[1:]), 0.0, pace=0.5)))


def expected(n_steps):
    moved = weights()
    groups = [{"params": moved[:1], "weight_decay": 0.1}, {"params": moved[1:], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, fused=True)
    for number in range(n_steps):
        optimizer.param_groups[0]["lr"] = rate_of(number)
        optimizer.param_groups[1]["lr"] = rate_of(number) * 0.5
        optimizer.zero_grad()
        slope(moved if number % 3 else moved[:2], number).backward()
        optimizer.step()
    return moved


def test_weights_move_as_with_the_class_of_torch_to_the_last_bit():
    moved = weights()
    steps(ours(moved), moved, range(7))
    assert all(torch.equal(weight, other) for weight, other in zip(moved, expected(7), strict=True))
    assert not any(torch.equal(weight, other) for weight, other in zip(moved, weights(), strict=True))


@pytest.mark.parametrize("kept_after", [0, 1, 4])
def test_an_optimizer_that_is_taken_up_goes_on_to_the_same_weights(kept_after):
    first = weights()
    begun = ours(first)
    steps(begun, first, range(kept_after))
    kept = {name: tensor.clone() for name, tensor in begun.state().items()}
    moved = [nn.Parameter(weight.detach().clone()) for weight in first]
    steps(begun, first, range(kept_after, 7))  # what the other has been given does not change with it
    taken_up = ours(moved)
    taken_up.load_state(kept)
    steps(taken_up, moved, range(kept_after, 7))
    assert all(torch.equal(weight, other) for weight, other in zip(moved, expected(7), strict=True))


@pytest.mark.slow
def test_training_does_not_load_the_compiler():
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    found = subprocess.run([sys.executable, "-c", TRAIN], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
