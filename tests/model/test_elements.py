"""The blocks that read all elements of an example."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.model.elements import MeanOfRange, SameWords, SetApart, Summarized, steps_of

AGGREGATES = ("mean", "max", "both", "attention")


def elements(*rows):
    """Sequences of numbers as (n_examples, n_elements, 1), and their mask."""
    longest = max(len(row) for row in rows)
    values = torch.tensor([[*row, *[0.0] * (longest - len(row))] for row in rows]).unsqueeze(-1)
    return values, torch.arange(longest) < torch.tensor([len(row) for row in rows]).unsqueeze(1)


@pytest.mark.parametrize(("aggregate", "expected"), [("mean", [[-2.0], [4.0], [0.0]]), ("max", [[-1.0], [4.0], [0.0]])])
def test_elements_are_summed_up_without_padding(aggregate, expected):
    assert Summarized(1, aggregate, counts=False)(*elements([-1.0, -3.0], [4.0], [])).tolist() == expected


def test_both_are_the_mean_beside_the_maximum():
    assert Summarized(1, "both", counts=False)(*elements([1.0, 3.0])).tolist() == [[2.0, 3.0]]


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_no_elements_are_zero_and_padding_changes_nothing(aggregate):
    module = Summarized(1, aggregate, counts=False)
    values, mask = elements([0.5, -1.0], [])
    wider = torch.cat([values, torch.full_like(values, 7.0)], 1), torch.cat([mask, torch.zeros_like(mask)], 1)
    assert torch.allclose(module(values, mask), module(*wider))
    assert not module(values, mask)[1].any()


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=6))
@settings(max_examples=20)
def test_attention_is_a_mean_with_weights(values):
    found = Summarized(1, "attention", counts=False)(*elements(values)).detach()
    assert min(values) - 1e-4 <= float(found) <= max(values) + 1e-4


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_how_many_elements_there_are_begins_with_nothing_to_tell_and_none_tell_nothing(aggregate):
    values, mask = elements([1.0], [1.0, 1.0], [])
    module = Summarized(1, aggregate, counts=True)
    assert torch.equal(module(values, mask), module.aggregated(values, mask))
    torch.nn.init.ones_(module.count.weight)
    one, two, none = module(values, mask).tolist()
    assert one != two
    assert not any(none)


@given(st.lists(st.integers(0, 1022), min_size=2, max_size=2, unique=True).map(sorted))
def test_more_elements_climb_higher(counts):
    fewer, more = steps_of(torch.tensor(counts))
    assert (fewer <= more).all()
    assert fewer.sum() < more.sum()


def test_a_doubling_is_four_steps():
    assert steps_of(torch.tensor([0, 1, 3, 7, 2000])).sum(1).tolist() == [0.0, 4.0, 8.0, 12.0, 40.0]


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


def test_a_stretch_late_in_a_long_sequence_of_16_bits_is_as_near_as_one_at_its_start():
    sequence = torch.tensor([1.0, -1.0, 1.0, 1.0] * 256, dtype=torch.bfloat16).reshape(1, -1, 1)
    found = MeanOfRange()(sequence, torch.tensor([[[0, 1], [1, 2], [1020, 1021], [1021, 1022]]]))
    assert found.squeeze().tolist() == [1.0, -1.0, 1.0, -1.0]
