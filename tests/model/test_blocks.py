"""The blocks that read features, and the one that makes one vector of several inputs."""

import torch

from transom.model.batch import PayloadBatch
from transom.model.blocks import EmbeddingSum, Mixed, WideSum


def test_an_embedding_is_the_weighted_sum_of_its_features():
    module = EmbeddingSum(3, 2, 0.0)
    batch = PayloadBatch(
        ids=torch.tensor([0, 2, 1]),
        offsets=torch.tensor([0, 2, 2, 3]),
        weights=torch.tensor([1.0, 0.5, 2.0]),
        index=torch.tensor([[0, 2], [1, 3]]),
    )
    table = module.table
    expected = torch.stack([table[0] + 0.5 * table[2], 2 * table[1], torch.zeros(2), torch.zeros(2)]).view(2, 2, 2)
    assert torch.allclose(module(batch), expected)


def test_features_are_left_out_in_training_only():
    module = EmbeddingSum(1, 1, 0.5)
    batch = PayloadBatch(torch.zeros(1000, dtype=torch.int64), torch.arange(1001), torch.ones(1000), torch.arange(1000))
    assert module.eval()(batch).unique().numel() == 1
    assert module.train()(batch).unique().numel() == 2


def test_a_linear_model_adds_up_what_features_of_all_payloads_say_and_at_first_they_say_nothing():
    module = WideSum([2, 1], 2)
    one = PayloadBatch(torch.tensor([0, 1]), torch.tensor([0, 2]), torch.tensor([1.0, 2.0]), torch.tensor([0]))
    other = PayloadBatch(torch.tensor([0]), torch.tensor([0, 1]), torch.tensor([3.0]), torch.tensor([0]))
    assert not module([one, other]).any()
    module.sums[0].table.copy_(torch.tensor([[1.0, 0.0], [10.0, 5.0]]))
    module.sums[1].table.copy_(torch.tensor([[100.0, -1.0]]))
    assert module([one, other]).tolist() == [[321.0, 7.0]]
    assert not any(weights.requires_grad for weights in module.parameters())


def test_inputs_of_whole_examples_stand_beside_every_element():
    module = Mixed((2, 3), 4)
    per_element, whole = torch.randn(2, 5, 2), torch.randn(2, 3)
    found = module([per_element, whole], 5)
    assert found.shape == (2, 5, 4)
    assert torch.allclose(found[:, 3], module([per_element[:, 3], whole], None), atol=1e-6)


def test_a_member_is_told_by_how_it_goes_with_its_context():
    """Whether two signs agree is no sum of what each says."""
    signs = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    module = Mixed((1, 1), 1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.first.weight.fill_(1.0)
        module.others.weight.fill_(1.0)
        assert module([signs[:, :1], signs[:, 1:]], None).squeeze().tolist() == [1.0, -1.0, -1.0, 1.0]
