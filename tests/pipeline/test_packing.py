import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as np_st

from transom.data.items import one_each
from transom.data.labels import Labels
from transom.errors import Location, Problem
from transom.pipeline.packing import pack, places_in, unpack
from transom.schema.tasks import Multiclass

plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text() | st.binary()
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


@dataclass(frozen=True)
class Outside:
    value: int


@settings(max_examples=50)
@given(values)
def test_what_is_packed_comes_back(value):
    assert unpack(pack(value)) == value


@settings(max_examples=30)
@given(
    np_st.arrays(
        np_st.boolean_dtypes() | np_st.integer_dtypes() | np_st.floating_dtypes(), np_st.array_shapes(max_dims=3)
    )
)
def test_arrays_come_back_to_the_last_bit(array):
    back = unpack(pack(array))
    assert back.dtype == array.dtype.newbyteorder("=")
    assert back.shape == array.shape
    assert back.astype(array.dtype).tobytes() == array.tobytes()


@settings(max_examples=30)
@given(values)
def test_equal_values_have_equal_bytes(value):
    assert pack(value) == pack(unpack(pack(value)))


def test_the_order_of_a_mapping_is_kept_and_shows():
    assert list(unpack(pack({"b": 1, "a": 2}))) == ["b", "a"]
    assert pack({"b": 1, "a": 2}) != pack({"a": 2, "b": 1})


def test_numbers_that_json_does_not_know_come_back():
    back = unpack(pack((math.inf, -math.inf, math.nan)))
    assert back[:2] == (math.inf, -math.inf)
    assert math.isnan(back[2])


def test_numpy_scalars_become_plain_numbers():
    assert unpack(pack((np.float64(0.1), np.int8(3)))) == (0.1, 3)


def test_dataclasses_come_back_with_their_arrays():
    labels = Labels(one_each(3), np.array([0, -1, 1], dtype=np.int32))
    back = unpack(pack({"intent": labels}))["intent"]
    assert isinstance(back, Labels)
    np.testing.assert_array_equal(back.values, labels.values)
    np.testing.assert_array_equal(back.items.offsets, labels.items.offsets)


def test_arrays_may_be_written_to_as_torch_asks_for():
    assert unpack(pack(np.zeros(2))).flags.writeable


def test_a_place_in_a_file_does_not_show_where_it_does_not_count():
    here, there = (Multiclass("intent", ("a",), at=Location("schema.yaml", line)) for line in (1, 9))
    assert pack(here) == pack(there)
    assert pack(Problem("T001", "", Location("a", 1))) != pack(Problem("T001", "", Location("a", 2)))


def test_a_class_of_another_package_is_never_looked_up():
    with pytest.raises(ValueError, match="is of none of the packages transom"):
        unpack(pack(Outside(1)))


def test_a_name_that_is_no_dataclass_is_never_called():
    data = pack(Multiclass("a", ("b",))).replace(b"transom.schema.tasks:Multiclass", b"transom.schema.stored:asdict   ")
    with pytest.raises(ValueError, match="is no dataclass"):
        unpack(data)


def test_fields_of_another_version_of_a_class_are_said():
    data = pack(Location("a")).replace(b'"column"', b'"kolumn"')
    with pytest.raises(ValueError, match="Location was kept with other fields"):
        unpack(data)


@pytest.mark.parametrize("value", [object(), {1, 2}, np.array([object()]), print])
def test_what_cannot_be_kept_is_refused_at_once(value):
    with pytest.raises(TypeError, match="cannot be kept"):
        pack(value)


def test_bytes_that_are_no_packed_value_are_refused():
    with pytest.raises(ValueError, match="no packed value"):
        unpack(b"something else")


@dataclass(frozen=True)
class Shelf:
    """Keeps texts that begin with '/' elsewhere."""

    texts: dict = field(default_factory=dict)

    def to_json(self, value):
        return {"shelf": value[1:]} if isinstance(value, str) and value.startswith("/") else None

    def from_json(self, document):
        return "/" + document["shelf"]


def test_what_stands_elsewhere_is_named_by_its_place():
    data = pack(("/a", {"k": ["/b", "c"]}), Shelf())
    assert unpack(data, Shelf()) == ("/a", {"k": ["/b", "c"]})
    assert sorted(place["shelf"] for place in places_in(data)) == ["a", "b"]
