"""How much each task counts."""

import pytest
import torch

from transom.training.weighing import TaskWeights


def test_losses_are_added_up_unless_weights_are_learned():
    weights = TaskWeights(2, learned=False)
    assert float(weights(torch.tensor([1.0, 2.0]))) == 3.0
    assert list(weights.parameters()) == []


def test_learned_weights_begin_alike():
    assert float(TaskWeights(2, learned=True)(torch.tensor([1.0, 2.0])).detach()) == 3.0


def test_a_task_comes_to_count_by_the_inverse_of_its_loss():
    weights = TaskWeights(2, learned=True)
    optimizer = torch.optim.Adam(weights.parameters(), lr=0.05)
    losses = torch.tensor([0.1, 2.0])
    for _ in range(400):
        optimizer.zero_grad()
        weights(losses).backward()
        optimizer.step()
    assert torch.exp(-weights.log_variances).tolist() == pytest.approx([5.0, 0.25], rel=0.01)  # 1 / (2 loss)
