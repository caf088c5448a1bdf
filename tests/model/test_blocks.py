"""The blocks that every model is made of."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.model.batch import PayloadBatch
from transom.model.blocks import EmbeddingSum, MeanOfRange, Mixed, SameWords, SetApart, Summarized, WideSum

AGGREGATES = ("mean", "max", "both", "attention")


def elements(*rows):
    """Sequences of numbers as (n_examples, n_elements, 1), and their mask."""
    longest = max(len(row) for row in rows)
    values = torch.tensor([[*row, *[0.0] * (longest - len(row))] for row in rows]).unsqueeze(-1)
    return values, torch.arange(longest) < torch.tensor([len(row) for row in rows]).unsqueeze(1)


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


@pytest.mark.parametrize(("aggregate", "expected"), [("mean", [[-2.0], [4.0], [0.0]]), ("max", [[-1.0], [4.0], [0.0]])])
def test_elements_are_summed_up_without_padding(aggregate, expected):
    assert Summarized(1, aggregate)(*elements([-1.0, -3.0], [4.0], [])).tolist() == expected


def test_both_are_the_mean_beside_the_maximum():
    assert Summarized(1, "both")(*elements([1.0, 3.0])).tolist() == [[2.0, 3.0]]


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_no_elements_are_zero_and_padding_changes_nothing(aggregate):
    module = Summarized(1, aggregate)
    values, mask = elements([0.5, -1.0], [])
    wider = torch.cat([values, torch.full_like(values, 7.0)], 1), torch.cat([mask, torch.zeros_like(mask)], 1)
    assert torch.allclose(module(values, mask), module(*wider))
    assert not module(values, mask)[1].any()


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=6))
@settings(max_examples=20)
def test_attention_is_a_mean_with_weights(values):
    found = Summarized(1, "attention")(*elements(values)).detach()
    assert min(values) - 1e-4 <= float(found) <= max(values) + 1e-4


def same_words(index, values, mask=None):
    """What is added to the tokens of one example, by a module that adds something."""
    module = SameWords(4).eval()
    torch.nn.init.eye_(module.linear.weight)
    places = torch.tensor([index])
    mask = torch.ones_like(places, dtype=torch.bool) if mask is None else mask
    return (module(values, places, mask) - values)[0].detach()


def test_the_same_word_is_told_the_same_wherever_it_stands():
    values = torch.randn(1, 4, 4)
    added = same_words([7, 2, 7, 3], values)
    assert torch.allclose(added[0], added[2], atol=1e-6)
    assert not torch.allclose(added[0], added[1], atol=1e-2)
    changed = values.clone()
    changed[0, 2] += torch.tensor([1.0, -1.0, 0.0, 0.0])
    told = same_words([7, 2, 7, 3], changed)
    assert [torch.allclose(old, new, atol=1e-6) for old, new in zip(added, told, strict=True)] == [0, 1, 0, 1]


def test_padding_is_no_word_of_an_example():
    values, mask = torch.randn(1, 3, 4), torch.tensor([[True, True, False]])
    added = same_words([0, 1, 1], values, mask)
    assert torch.allclose(added[:2], same_words([0, 1], values[:, :2]), atol=1e-6)
    assert not added[2].any()


def test_words_begin_with_nothing_to_tell():
    values = torch.randn(2, 3, 4)
    module = SameWords(4).eval()
    assert torch.equal(module(values, torch.zeros(2, 3, dtype=torch.int64), torch.ones(2, 3, dtype=torch.bool)), values)


def set_apart():
    """A block that has learned something."""
    torch.manual_seed(0)
    module = SetApart(1)
    torch.nn.init.ones_(module.linear.weight)
    return module


def test_members_begin_as_they_are():
    values, mask = elements([1.0, 3.0], [2.0])
    assert torch.equal(SetApart(1)(values, mask), values)


@given(st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=5).flatmap(st.permutations))
def test_what_sets_a_member_apart_is_the_same_in_every_order_and_beside_padding(row):
    module = set_apart()
    values, mask = elements(row)
    expected = module(values, mask)
    order = sorted(range(len(row)), key=row.__getitem__)
    assert torch.allclose(module(values[:, order], mask), expected[:, order], atol=1e-4)
    padded = module(*elements(row, [0.0] * 7))
    assert torch.allclose(padded[:1, : len(row)], expected, atol=1e-4)
    assert not padded[0, len(row) :].any()


def test_a_member_is_apart_by_how_far_it_is_from_the_others_wherever_they_are():
    module = set_apart()
    values, mask = elements([1.0, 2.0, 6.0], [11.0, 12.0, 16.0], [5.0])
    added = module(values, mask) - values
    assert torch.allclose(added[0], added[1], atol=1e-5)
    assert added[0].unique().numel() == 3


def test_members_have_the_mean_of_the_stretch_they_point_at():
    sequence, _ = elements([1.0, 2.0, 6.0])
    ranges = torch.tensor([[[0, 2], [2, 3], [-1, -1], [1, 9], [7, 9]]])
    assert MeanOfRange()(sequence, ranges).squeeze().tolist() == [1.5, 6.0, 0.0, 4.0, 0.0]


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
