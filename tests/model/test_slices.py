"""Slices with capacity: indicators, trust, experts, and what a head makes of them."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import softplus

from toy_models import SCHEMA, TASKS, compiled, random_values
from transom.model.batch import batch_of
from transom.model.compile import compile_graph
from transom.model.heads import head_for
from transom.model.network import Network, weights_of
from transom.model.slices import STEEPNESS, ExpertBank, Indicators, Trust, blended, log_confidence
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

NAMES = ("short", "short_link", "a")
SLICED = Schema(SCHEMA.payloads, SCHEMA.tasks, tuple(Slice(name, tag=name) for name in NAMES))
VALUES = random_values(12)
TWO = Multiclass("label", ("no", "yes"))
SIZE = 8


def drawn(network, seed=1):
    """The same network with weights drawn at random, so that everything matters."""
    torch.manual_seed(seed)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    return network.eval()


def blend(attention, corrections, task=TWO, seen=None):
    """What a head that says nothing by itself answers to one example."""
    head = head_for(task, SIZE)
    seen = torch.zeros(1, SIZE) if seen is None else seen
    return blended(task, head, seen, torch.tensor([attention]), torch.tensor(corrections)[:, None], mask=None)


def bank(n_scores=2, n_slices=3, rank=4):
    found = drawn(ExpertBank(SIZE, n_scores, n_slices, rank))
    return found, torch.randn(5, SIZE)


def test_before_training_experts_add_nothing():
    graph, spec, features = compiled(SLICED, VALUES)
    plain = Network(compiled(SCHEMA, VALUES)[0], spec)
    batch = batch_of(features, np.arange(12))
    with torch.inference_mode():
        for one, other in zip(Network(graph, spec).eval()(batch).values(), plain.eval()(batch).values(), strict=True):
            assert torch.equal(one, other)


def test_a_slice_that_is_only_reported_leaves_the_graph_as_it_is():
    reported = Schema(SCHEMA.payloads, SCHEMA.tasks, (Slice("short", tag="short", capacity=False),))
    assert compile_graph(reported) == compile_graph(SCHEMA)


def test_all_other_blocks_begin_with_the_weights_they_have_without_slices():
    graph, spec, _ = compiled(SLICED, VALUES)
    sliced, plain = (weights_of(Network(each, spec, seed=2)) for each in (graph, compile_graph(SCHEMA)))
    assert set(plain) < set(sliced)
    assert all(torch.equal(sliced[name], weight) for name, weight in plain.items())


def test_every_task_has_its_slices_in_the_order_of_the_schema():
    graph = compile_graph(SLICED)
    assert graph.slices == NAMES
    for head in graph.heads:
        seen, attention, experts = head.inputs
        assert graph.block(attention).slices == graph.block(experts).slices == NAMES
        assert graph.block(experts).inputs == (seen,)
        assert graph.block(experts).shape.size == 3 * head.shape.size


def test_all_types_of_task_have_scores_and_membership():
    graph, spec, features = compiled(SLICED, VALUES)
    network = drawn(Network(graph, spec))
    values = network.values(batch_of(features, np.arange(12)))
    assert set(network.scores(values)) == {task.name for task in TASKS}
    assert all(torch.isfinite(each).all() for each in values.values())
    membership = network.membership(values)
    assert membership.shape == (12, 3)
    assert ((membership > 0) & (membership < 1)).all()


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(chosen=st.lists(st.integers(0, 11), min_size=1, max_size=5, unique=True))
def test_an_example_has_the_same_scores_and_slices_in_every_batch(chosen):
    graph, spec, features = compiled(SLICED, VALUES)
    network = drawn(Network(graph, spec))
    lengths = {name: part.items.lengths for name, part in features.payloads.items()}
    with torch.inference_mode():
        together = network.values(batch_of(features, np.array(chosen)))
        for place, example in enumerate(chosen):
            alone = network.values(batch_of(features, np.array([example])))
            assert torch.allclose(
                network.membership(together)[place], network.membership(alone)[0], atol=1e-5, rtol=1e-4
            )
            for head in graph.heads:
                one, other = together[head.id][place], alone[head.id][0]
                if head.shape.elements is not None:
                    n_seen = int(lengths[head.shape.elements][example]) + isinstance(head.task, Select)
                    one, other = one[:n_seen], other[:n_seen]
                assert torch.allclose(one, other, atol=1e-5, rtol=1e-4)


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(3)), task=st.sampled_from([TWO, Bitvector("t", ("a", "b")), Spans("t", ("a",))]))
def test_slices_in_another_order_are_the_same_slices(order, task):
    n_scores = 3 if isinstance(task, Spans) else 2
    found, seen = bank(n_scores)
    attention, head = torch.randn(5, 3), drawn(head_for(task, SIZE))
    other = ExpertBank(SIZE, n_scores, 3, 4).eval()
    other.load_state_dict({name: weight[list(order)] for name, weight in found.state_dict().items()})
    assert torch.allclose(other(seen), found(seen)[list(order)], atol=1e-5)
    one = blended(task, head, seen, attention, found(seen), mask=None)
    assert torch.allclose(one, blended(task, head, seen, attention[:, list(order)], other(seen), mask=None), atol=1e-5)


def test_calibration_of_a_choice_does_not_move_attention():
    found, seen = bank(1)
    seen, attention, head = seen.unsqueeze(1).repeat(1, 2, 1), torch.randn(5, 3), drawn(head_for(Select("t"), SIZE))
    mask, corrections = torch.ones(5, 2, dtype=torch.bool), found(seen)
    before = blended(Select("t"), head, seen, attention, corrections, mask=mask)
    head.scores.scale[:], head.scores.shift[:] = 3.0, -2.0
    after = blended(Select("t"), head, seen, attention, corrections, mask=mask)
    assert torch.allclose(after, 3 * before - 2 * (torch.arange(3) > 0), atol=1e-4)


def test_the_expert_of_the_slice_that_an_example_is_in_decides_whatever_slices_are_called():
    """Heads that were found by the ends of their names once were mixed up for `short` and `short_link`."""
    graph, spec, features = compiled(Schema(SLICED.payloads, TASKS[3:4], SLICED.slices), VALUES)
    network = Network(graph, spec).eval()
    parts = dict(zip([block.id for block in graph.blocks], network.parts, strict=True))
    for place in range(3):
        odds, says = torch.full((3,), -30.0), torch.zeros(3, 1, 2)
        odds[place], says[place, 0, 1] = 30.0, 7.0
        with torch.no_grad():
            parts["task/intent/membership"].linear.weight.zero_()
            parts["task/intent/membership"].linear.bias.copy_(odds)
            parts["task/intent/experts"].always.copy_(says)
        values = network.values(batch_of(features, np.array([0])))
        assert network.membership(values)[0].round().tolist() == [float(each == place) for each in range(3)]
        assert torch.allclose(network.scores(values)["intent"][0], torch.tensor([0.0, 7.0]), atol=1e-4)


def test_who_is_in_no_slice_is_answered_by_the_base():
    assert torch.allclose(blend([-40.0, -40.0], [[5.0, 0.0], [0.0, 5.0]]), torch.zeros(1, 2), atol=1e-6)


def test_experts_share_what_two_of_them_claim():
    assert torch.allclose(blend([40.0, 40.0], [[4.0, 0.0], [0.0, 4.0]]), torch.tensor([[2.0, 2.0]]), atol=1e-5)


def test_an_expert_that_is_sure_is_listened_to_more_than_a_base_that_is_not():
    assert float(blend([0.0], [[20.0, 0.0]]).detach()[0, 0]) == pytest.approx(20 * 2 / 3, rel=1e-3)


@given(sure=st.floats(0, 50))
def test_an_expert_that_is_sure_of_one_class_weighs_what_it_does_when_sure_of_another(sure):
    """Confidence was the probability of the second class once, so that sure negatives counted less than none."""
    for task in (TWO, Bitvector("t", ("a", "b"))):
        one, other = (blend([0.3], [says], task) for says in ([sure, -sure], [-sure, sure]))
        assert torch.allclose(one, other.flip(1), atol=1e-5)


@given(scores=st.lists(st.floats(-20, 20), min_size=3, max_size=3), order=st.permutations(range(3)))
def test_confidence_does_not_know_classes_apart(scores, order):
    values = torch.tensor(scores)
    for task in (Multiclass("t", ("a", "b", "c")), Bitvector("t", ("a", "b", "c")), Spans("t", ("a",)), Select("t")):
        assert torch.allclose(log_confidence(task, values[list(order)]), log_confidence(task, values), atol=1e-5)
    bits = Bitvector("t", ("a", "b", "c"))
    assert torch.allclose(log_confidence(bits, -values), log_confidence(bits, values))
    assert log_confidence(Regression("t"), values.unsqueeze(0)).tolist() == [0.0]


def test_the_confidence_of_bits_is_the_mean_of_what_each_is_sure_of():
    scores = torch.tensor([1.0, -2.0])
    expected = -(softplus(torch.tensor([-1.0, -2.0]))).mean()
    assert log_confidence(Bitvector("t", ("a", "b")), scores) == pytest.approx(float(expected))


def test_calibration_does_not_move_attention():
    found, seen = bank()
    head, attention = drawn(head_for(TWO, SIZE)), torch.randn(5, 3)
    before = blended(TWO, head, seen, attention, found(seen), mask=None)
    head.scale[:], head.shift[:] = 3.0, torch.tensor([0.0, 5.0])
    assert torch.allclose(
        blended(TWO, head, seen, attention, found(seen), mask=None), before * 3 + head.shift, atol=1e-5
    )


def test_what_a_head_answers_teaches_attention_and_base_and_no_expert():
    found, seen = bank()
    head, attention = drawn(head_for(TWO, SIZE)), torch.randn(5, 3, requires_grad=True)
    blended(TWO, head, seen, attention, found(seen), mask=None)[:, 0].sum().backward()
    assert attention.grad.any()
    assert head.linear.weight.grad.any()
    assert all(weight.grad is None for weight in found.parameters())


def test_experts_look_at_each_element_by_itself():
    found, elements = bank()[0], torch.randn(2, 3, SIZE)
    assert found(elements).shape == (3, 2, 3, 2)
    assert torch.allclose(found(elements)[:, 1], found(elements[1]), atol=1e-5)


def test_of_elements_the_mean_says_what_slices_an_example_is_in():
    indicators = drawn(Indicators(SIZE, 2))
    elements, mask = torch.randn(1, 3, SIZE), torch.tensor([[True, True, False]])
    assert torch.allclose(indicators(elements, mask), indicators(elements[:, :2].mean(1), None), atol=1e-6)
    assert torch.isfinite(indicators(elements, torch.zeros_like(mask))).all()


def test_trust_begins_undecided_where_the_odds_are_even_and_steeper_than_they_are():
    odds = torch.randn(4, 3)
    assert torch.allclose(Trust(3)(odds), STEEPNESS * odds, atol=1e-6)
