"""Losses against probabilistic targets."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from transom.model.losses import TargetBatch, loss_for, weighted_loss
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

CLASSES = Multiclass("t", ("a", "b", "c"))


def test_the_loss_of_a_certain_target_is_the_cross_entropy():
    scores, labels = torch.randn(5, 3), torch.tensor([0, 2, 1, 1, 0])
    targets = TargetBatch(torch.eye(3)[labels], torch.ones(5))
    assert weighted_loss(CLASSES, scores, targets) == pytest.approx(
        float(cross_entropy(scores, labels, reduction="sum"))
    )


def test_an_uncertain_target_counts_as_its_labels_would_by_their_probabilities():
    scores = torch.randn(1, 3)
    mixed = loss_for(CLASSES, scores, torch.tensor([[0.7, 0.0, 0.3]]), 1.0)
    certain = [float(loss_for(CLASSES, scores, torch.eye(3)[c : c + 1], 1.0)) for c in range(3)]
    assert float(mixed) == pytest.approx(0.7 * certain[0] + 0.3 * certain[2], rel=1e-5)


@pytest.mark.parametrize(
    ("task", "scores", "probabilities"),
    [
        (CLASSES, torch.randn(2, 4, 3), torch.rand(2, 4, 3)),
        (Spans("t", ("a",)), torch.randn(2, 4, 3), torch.rand(2, 4, 3)),
        (Bitvector("t", ("a", "b")), torch.randn(2, 4, 2), torch.rand(2, 4, 2)),
        (Select("t"), torch.randn(2, 4), torch.rand(2, 4)),
        (Regression("t"), torch.randn(2, 4), torch.rand(2, 4)),
    ],
)
def test_an_item_without_weight_has_no_loss_and_no_gradient(task, scores, probabilities):
    scores.requires_grad_()
    weights = torch.zeros(loss_for(task, scores, probabilities, 1.0).shape)
    loss = weighted_loss(task, scores, TargetBatch(probabilities, weights))
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not scores.grad.any()


def test_hidden_members_cost_nothing():
    scores = torch.tensor([[0.0, 1.0, -1e9]])
    assert torch.isfinite(loss_for(Select("t"), scores, torch.tensor([[0.0, 1.0, 0.0]]), 1.0)).all()


def test_many_bits_weigh_as_much_as_one():
    one, four = Bitvector("t", ("a",)), Bitvector("t", tuple("abcd"))
    scores, target = torch.tensor([[0.3]]), torch.tensor([[1.0]])
    assert torch.allclose(
        loss_for(one, scores, target, 1.0), loss_for(four, scores.repeat(1, 4), target.repeat(1, 4), 1.0)
    )


def test_a_wild_number_counts_linearly():
    task, target = Regression("t"), torch.zeros(2)
    near, far = loss_for(task, torch.tensor([10.0, 1000.0]), target, 10.0)
    assert near == pytest.approx(0.5)
    assert far == pytest.approx(99.5)
