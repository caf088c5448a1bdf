"""Heads of tasks."""

import pytest
import torch

from transom.model.heads import head_for
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

MASK = torch.tensor([[True, True, False], [True, False, False]])


def drawn_choice():
    """A head that selects, with weights that matter."""
    head = head_for(Select("t"), 8)
    for weight in head.parameters():
        torch.nn.init.normal_(weight)
    return head


@pytest.mark.parametrize(
    ("task", "shape"),
    [
        (Multiclass("t", ("a", "b")), (2, 3, 2)),
        (Bitvector("t", ("a", "b")), (2, 3, 2)),
        (Spans("t", ("a", "b")), (2, 3, 5)),
        (Select("t"), (2, 4)),
        (Regression("t"), (2, 3)),
    ],
)
def test_every_task_has_its_scores_and_starts_without_a_favourite(task, shape):
    scores = head_for(task, 8)(torch.randn(2, 3, 8), MASK)
    assert scores.shape == shape
    assert not scores.masked_fill(scores < -1e8, 0).any()


def test_members_that_are_padding_cannot_be_chosen():
    scores = head_for(Select("t"), 8)(torch.randn(2, 3, 8), MASK)
    expected = torch.tensor([[1 / 3, 1 / 3, 1 / 3, 0], [1 / 2, 1 / 2, 0, 0]])
    assert torch.allclose(scores.softmax(1), expected)


def test_members_are_scaled_and_shifted_and_none_is_scaled():
    head, seen = drawn_choice(), torch.randn(2, 3, 8)
    before = head(seen, MASK)
    head.scores.scale[:], head.scores.shift[:] = 2.0, -1.0
    after = head(seen, MASK)
    assert torch.allclose(after[:, 0], 2 * before[:, 0])
    assert torch.allclose(after[:, 1:][MASK], 2 * before[:, 1:][MASK] - 1)
    assert (after[:, 1:][~MASK] < -1e8).all()
    assert torch.equal(head.uncalibrated(head.raw(seen), MASK), before)


def test_scale_and_shift_are_not_trained():
    head = head_for(Multiclass("t", ("a", "b")), 4)
    assert {name for name, _ in head.named_parameters()} == {"linear.weight", "linear.bias"}
    head.shift[:] = torch.tensor([0.0, 2.0])
    assert head(torch.zeros(1, 4), None).tolist() == [[0.0, 2.0]]
