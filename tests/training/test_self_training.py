"""The labels that a network is surest of."""

from dataclasses import replace

import numpy as np
import pytest

from transom.data.items import from_lengths, one_each
from transom.data.predictions import Predictions
from transom.data.targets import Targets
from transom.schema.tasks import Bitvector, Multiclass
from transom.training.self_training import CERTAIN, FEWEST, KEPT, SHARE, is_promising, keeps_classes, surest

TASK = Multiclass("t", ("a", "b"))


def predictions(*first, items=None, covered=None):
    probabilities = np.array([[p, 1 - p] for p in first])
    return Predictions(items or one_each(len(first)), probabilities, probabilities.argmax(axis=1), covered)


def test_the_surest_train_items_are_targets_as_if_they_were_certain():
    found = surest(TASK, predictions(0.9, 0.5, 0.2, 0.99), np.array([True, True, True, False]))
    assert found.weights.tolist() == [1.0, 0.0, 1.0, 0.0]
    assert found.probabilities.tolist() == [[1, 0], [1, 0], [0, 1], [1, 0]]


def test_so_much_of_train_is_taken():
    found = surest(TASK, predictions(*np.linspace(0.5, 1, 101)), np.ones(101, bool))
    assert found.weights.mean() == pytest.approx(SHARE, abs=0.01)


def test_items_of_examples_that_are_not_for_training_are_left_out():
    found = surest(TASK, predictions(0.9, 0.9, 0.9, items=from_lengths(np.array([1, 2]))), np.array([False, True]))
    assert found.weights.tolist() == [0.0, 1.0, 1.0]


def test_what_a_network_does_not_see_it_is_not_sure_of():
    covered = np.array([True, True, True, False])
    found = surest(TASK, predictions(0.6, 0.7, 0.8, 1.0, covered=covered), np.ones(4, bool))
    assert found.weights.tolist() == [1.0, 1.0, 1.0, 0.0]


def test_what_a_network_does_not_see_is_left_out_where_that_is_most():
    covered = np.array([True, False, False, False])
    found = surest(TASK, predictions(0.6, 0.7, 0.8, 1.0, covered=covered), np.ones(4, bool))
    assert found.weights.tolist() == [1.0, 0.0, 0.0, 0.0]


def test_bits_are_sure_together():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.5], [0.0, 1.0]])
    bits = Predictions(one_each(3), probabilities, (probabilities > 0.5).astype(np.int8))
    found = surest(Bitvector("t", ("a", "b")), bits, np.ones(3, bool))
    assert found.weights.tolist() == [1.0, 0.0, 1.0]
    assert found.probabilities.tolist() == [[1, 0], [1, 0], [0, 1]]


def targets(certainty, *, n_items=FEWEST, weights=None):
    probabilities = np.tile([certainty, 1 - certainty], (n_items, 1))
    return Targets(one_each(n_items), probabilities, np.ones(n_items) if weights is None else weights)


@pytest.mark.parametrize(
    ("found", "has_gold", "expected"),
    [
        (targets(CERTAIN - 0.01), False, True),
        (targets(CERTAIN + 0.01), False, False),
        (targets(CERTAIN + 0.01), True, False),
        (targets(CERTAIN - 0.01, n_items=FEWEST - 1), False, False),
        (targets(CERTAIN - 0.01, n_items=FEWEST - 1), True, True),
        (targets(0.5, weights=np.zeros(FEWEST)), True, False),
    ],
)
def test_uncertain_targets_are_learned_from_anew_where_there_is_gold_or_many_of_them(found, has_gold, expected):
    assert is_promising(TASK, found, np.ones(found.items.n_examples, bool), has_gold=has_gold) == expected


def test_only_what_is_learned_from_is_doubted():
    found = targets(0.6, n_items=FEWEST + 1)
    probabilities = np.concatenate([found.probabilities[:-1], [[np.nan, np.nan]]])
    unlabeled = Targets(found.items, probabilities, np.append(np.ones(FEWEST), 0.0))
    assert is_promising(TASK, unlabeled, np.ones(FEWEST + 1, bool), has_gold=False)
    assert not is_promising(TASK, found, np.arange(FEWEST + 1) < FEWEST - 1, has_gold=False)


@pytest.mark.parametrize("has_gold", [True, False])
def test_bits_need_gold(has_gold):
    bits = Targets(one_each(FEWEST), np.full((FEWEST, 2), 0.5), np.ones(FEWEST))
    assert is_promising(Bitvector("t", ("a", "b")), bits, np.ones(FEWEST, bool), has_gold=has_gold) == has_gold


def labels_of(*shares, n_items=100, weights=None):
    """Certain labels of two or more classes, so many in a hundred of each."""
    probabilities = np.repeat(np.eye(len(shares)), shares, axis=0)
    return Targets(one_each(n_items), probabilities, np.ones(n_items) if weights is None else weights)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((80, 20), (80, 20), True),
        ((80, 20), (100 - int(20 * KEPT), int(20 * KEPT)), True),
        ((80, 20), (101 - int(20 * KEPT), int(20 * KEPT) - 1), False),
        ((80, 20), (100, 0), False),
        ((80, 20), (20, 80), False),
        ((100, 0), (100, 0), True),
        ((60, 20, 20), (60, 40, 0), False),
    ],
)
def test_classes_are_kept_where_each_has_half_of_its_share_of_the_targets(before, after, expected):
    assert keeps_classes(labels_of(*before), labels_of(*after), np.ones(100, bool)) == expected


def test_only_train_and_what_is_learned_from_is_compared():
    first_half = np.arange(100) < 50
    targets, common = labels_of(50, 50), labels_of(100, 0)
    assert keeps_classes(targets, common, first_half)
    assert not keeps_classes(targets, common, np.ones(100, bool))
    assert keeps_classes(replace(targets, weights=first_half.astype(float)), common, np.ones(100, bool))
    assert not keeps_classes(targets, replace(targets, weights=first_half.astype(float)), np.ones(100, bool))
