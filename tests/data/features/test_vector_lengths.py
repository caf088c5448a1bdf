import pytest

from transom.data.features.columns import ColumnReading, fit_table
from transom.data.features.payloads import FeatureSpec, PayloadReading, PayloadSpec
from transom.data.features.vector_lengths import are_as_long, vector_lengths
from transom.data.features.vectors import VectorReading, fit_vectors


def test_lengths_are_known_by_the_features_or_by_a_table_of_trees():
    place = fit_vectors(VectorReading("place"), [[1.0, 2.0]])
    spec = FeatureSpec((PayloadSpec(PayloadReading("place", "singleton", VectorReading("place")), place),))
    readings = [ColumnReading("age", "number"), ColumnReading("face", "vector")]
    table = fit_table(readings, {"age": [1.0], "face": [[1.0, 2.0, 3.0]]})

    assert vector_lengths(spec) == {"place": 2}
    assert vector_lengths(spec, [table]) == {"place": 2, "face": 3}


@pytest.mark.parametrize("values", [[[1.0, 2.0, 3.0]], [None, [1.0]], [[], [None, [1.0]]]], ids=str)
def test_vectors_of_another_length_are_noticed(values):
    assert not are_as_long({"place": 2}, {"place": values})


def test_where_there_are_no_vectors_none_is_too_long():
    assert are_as_long({"place": 2}, {"place": [None, []]})
