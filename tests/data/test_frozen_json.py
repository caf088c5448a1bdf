"""Frozen dataclasses as JSON and back."""

import json
from dataclasses import dataclass, field

import numpy as np
import pytest

from transom.data.frozen_json import from_json, to_json


@dataclass(frozen=True)
class Part:
    name: str
    sizes: tuple[int, ...] = ()
    place: str = field(default="nowhere", compare=False)


@dataclass(frozen=True)
class Whole:
    parts: tuple[Part, ...]
    share: float | None = None


CLASSES = {"Part": Part, "Whole": Whole}


def test_dataclasses_inside_dataclasses_come_back():
    whole = Whole((Part("a", (1, 2)), Part("b")), 0.1)
    assert from_json(json.loads(json.dumps(to_json(whole))), CLASSES) == whole


def test_what_does_not_count_in_comparisons_is_left_out():
    assert to_json(Part("a", place="line 3")) == {"is": "Part", "name": "a", "sizes": []}


@pytest.mark.parametrize("dtype", ["uint64", "float32", "float64", ">i4"])
def test_arrays_come_back_to_the_last_bit(dtype):
    array = np.array([0, 1, 255], dtype=dtype)
    again = from_json(json.loads(json.dumps(to_json(array))), {})
    assert again.dtype == np.dtype(dtype).newbyteorder("=")
    assert np.array_equal(again, array)
