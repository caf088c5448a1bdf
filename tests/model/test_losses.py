"""Losses against probabilistic targets."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_poisson_deviance
from torch.nn.functional import cross_entropy

from transom.model.graph import Logarithms
from transom.model.losses import NO_SPREAD, Spread, TargetBatch, loss_for, weighted_loss
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
    mixed = loss_for(CLASSES, scores, torch.tensor([[0.7, 0.0, 0.3]]), NO_SPREAD)
    certain = [float(loss_for(CLASSES, scores, torch.eye(3)[c : c + 1], NO_SPREAD)) for c in range(3)]
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
    weights = torch.zeros(loss_for(task, scores, probabilities, NO_SPREAD).shape)
    loss = weighted_loss(task, scores, TargetBatch(probabilities, weights))
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not scores.grad.any()


def test_a_score_out_of_all_bounds_without_weight_has_no_loss_by_logarithms():
    scores = torch.tensor([200.0, 0.0], requires_grad=True)
    batch = TargetBatch(torch.ones(2), torch.tensor([0.0, 1.0]))
    loss = weighted_loss(Regression("t"), scores, batch, spread=by_logarithms())
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not scores.grad.any()


def test_hidden_members_cost_nothing():
    with_one, without = (
        loss_for(Select("t"), torch.tensor([scores]), torch.tensor([target]), NO_SPREAD)
        for scores, target in (([0.0, 1.0, -1e9], [0.0, 1.0, 0.0]), ([0.0, 1.0], [0.0, 1.0]))
    )
    assert torch.equal(with_one, without)


def test_many_bits_weigh_as_much_as_one():
    one, four = Bitvector("t", ("a",)), Bitvector("t", tuple("abcd"))
    scores, target = torch.tensor([[0.3]]), torch.tensor([[1.0]])
    assert torch.allclose(
        loss_for(one, scores, target, NO_SPREAD), loss_for(four, scores.repeat(1, 4), target.repeat(1, 4), NO_SPREAD)
    )


def test_a_wild_number_counts_linearly():
    task, target = Regression("t"), torch.zeros(2)
    near, far = loss_for(task, torch.tensor([10.0, 1000.0]), target, Spread(0.0, 10.0))
    assert near == pytest.approx(0.5)
    assert far == pytest.approx(99.5)


def by_logarithms(mean=1.0, unit=1.0):
    return Spread(mean, unit, Logarithms(mean, -99.0, 99.0))


def test_the_loss_of_logarithms_is_half_the_poisson_deviance():
    values, scores = torch.tensor([3.0, 0.0, 250.0]), torch.tensor([1.5, -2.0, 5.0])
    found = loss_for(Regression("t"), scores, values, by_logarithms(unit=300.0))
    for loss, value, score in zip(found, values, scores, strict=True):
        deviance = mean_poisson_deviance([float(value)], [math.exp(score)])
        assert 2 * 300**2 * float(loss) == pytest.approx(deviance, rel=1e-4)


positive = st.floats(1e-3, 1e6)


@given(st.lists(positive, min_size=1, max_size=20), st.floats(-3, 3).filter(lambda step: abs(step) > 0.01))
def test_of_logarithms_that_of_the_mean_has_the_least_loss(values, step):
    targets, task = torch.tensor(values, dtype=torch.float64), Regression("t")
    spread = by_logarithms(float(targets.mean()), 1e8)  # a unit so large that no value is wild
    best, other = (
        loss_for(task, torch.full_like(targets, spread.middle + each), targets, spread).sum() for each in (0.0, step)
    )
    assert best < other


@given(st.floats(-1e9, 1e9), st.floats(-80, 80), st.floats(0.1, 10))
def test_no_label_is_louder_by_logarithms_than_one_of_a_unit(value, score, unit):
    scores = torch.tensor([score], dtype=torch.float64, requires_grad=True)
    loss = loss_for(Regression("t"), scores, torch.tensor([value], dtype=torch.float64), by_logarithms(1.0, unit))
    loss.sum().backward()
    assert float(loss.detach()) >= 0
    assert abs(float(scores.grad)) * unit <= 1 + 1e-9  # of a score in units of its spread


def test_the_slope_of_logarithms_is_how_far_the_answer_is_off():
    scores = torch.zeros(3, requires_grad=True)
    loss_for(Regression("t"), scores, torch.tensor([0.5, 1.5, 100.0]), by_logarithms()).sum().backward()
    assert scores.grad.tolist() == pytest.approx([0.5, -0.5, -1.0])


@given(st.lists(st.tuples(positive, st.floats(-5, 5)), min_size=1, max_size=20), st.floats(1e-3, 1e6))
def test_the_loss_of_logarithms_is_the_same_in_any_unit(pairs, unit):
    targets, logarithms = (torch.tensor(each, dtype=torch.float64) for each in zip(*pairs, strict=True))
    task, mean = Regression("t"), float(targets.mean())
    one = loss_for(task, math.log(mean) + logarithms, targets, by_logarithms(mean, 2.0))
    other = loss_for(task, math.log(unit * mean) + logarithms, unit * targets, by_logarithms(unit * mean, 2.0))
    assert torch.allclose(one, other, rtol=1e-6, atol=1e-6)
