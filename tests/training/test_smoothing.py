"""Label smoothing."""

import numpy as np
import pytest

from transom.data.items import from_lengths, one_each
from transom.data.targets import Targets
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans
from transom.training.smoothing import smoothed


def targets(probabilities, items=None):
    found = np.array(probabilities, dtype=np.float64)
    return Targets(one_each(len(found)) if items is None else items, found, np.ones(len(found)))


def test_every_class_has_a_part_of_what_is_moved():
    found = smoothed(Multiclass("t", ("a", "b")), targets([[1, 0]]), 0.2)
    assert found.probabilities == pytest.approx(np.array([[0.9, 0.1]]))
    tags = smoothed(Spans("t", ("PER",)), targets([[0, 1, 0]]), 0.3)
    assert tags.probabilities == pytest.approx(np.array([[0.1, 0.8, 0.1]]))


def test_each_bit_moves_towards_one_half():
    assert smoothed(Bitvector("t", ("a", "b")), targets([[1, 0]]), 0.2).probabilities.tolist() == [[0.9, 0.1]]


def test_members_leave_a_part_to_none_of_them():
    items = from_lengths(np.array([3, 0]))
    found = smoothed(Select("t"), targets([1, 0, 0], items), 0.4).probabilities
    assert found == pytest.approx(np.array([0.7, 0.1, 0.1]))


def test_numbers_and_a_share_of_nothing_stay():
    numbers = targets([3.0, 4.0])
    assert smoothed(Regression("t"), numbers, 0.5) is numbers
    assert smoothed(Multiclass("t", ("a", "b")), targets([[1, 0]]), 0.0).probabilities.tolist() == [[1, 0]]
