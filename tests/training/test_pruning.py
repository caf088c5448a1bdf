"""Pruned weights are zero and stay zero, and the others go on learning."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from transom.model.slices import ExpertBank
from transom.training.pruning import largest, pruned


@given(share=st.floats(0.0, 0.99), seed=st.integers(0, 99))
def test_the_share_of_the_smallest_weights_goes_and_no_larger_one(share, seed):
    weight = torch.randn(7, 9, generator=torch.Generator().manual_seed(seed))
    kept = largest(weight, share).bool()

    assert int((~kept).sum()) == int(share * 63)
    assert weight[~kept].abs().max() <= weight[kept].abs().min() if (~kept).any() else kept.all()


def test_a_step_moves_no_weight_that_is_zero_and_every_other():
    torch.manual_seed(0)
    network = nn.Linear(8, 4)
    with pruned(network, 0.5):
        zero, before = network.weight == 0, network.weight.detach().clone()
        optimizer = torch.optim.AdamW(network.parameters(), lr=0.1, weight_decay=0.1, fused=True)
        for _ in range(3):
            optimizer.zero_grad()
            (network(torch.ones(2, 8)) ** 2).sum().backward()
            optimizer.step()

    assert int(zero.sum()) == 16
    assert (network.weight[zero] == 0).all()
    assert (network.weight[~zero] != before[~zero]).all()


def test_biases_and_what_is_frozen_stay_whole():
    frozen, learned = nn.Linear(4, 4), nn.Linear(4, 4)
    frozen.requires_grad_(False)
    with pruned(nn.Sequential(frozen, learned), 0.5):
        pass

    assert (frozen.weight != 0).all()
    assert int((learned.weight == 0).sum()) == 8
    assert (learned.bias != 0).all()


def test_biases_of_experts_stay_whole_though_they_are_stacked():
    bank = ExpertBank(size=4, n_scores=2, n_slices=3, rank=1)
    nn.init.ones_(bank.always)
    with pruned(bank, 0.5):
        assert bank.always.all()
        assert int((bank.read == 0).sum()) == 6


def test_after_the_block_all_weights_learn_again():
    network = nn.Linear(4, 1, bias=False)
    with pruned(network, 0.5):
        pass
    network(torch.ones(1, 4)).sum().backward()

    assert network.weight.grad.tolist() == [[1.0, 1.0, 1.0, 1.0]]


def test_nothing_is_pruned_of_a_network_of_which_no_share_is_asked():
    network = nn.Linear(4, 4)
    before = network.weight.detach().clone()
    with pruned(network, 0.0):
        assert torch.equal(network.weight, before)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_ties_are_broken_by_place_so_that_the_share_is_exact(share):
    assert int((largest(torch.ones(10, 10), share) == 0).sum()) == int(share * 100)
