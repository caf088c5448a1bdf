import json

import numpy as np
import pytest

from transom.data.features.columns import ColumnReading, TableSpec, encode_table, fit_table
from transom.data.features.stored import READINGS, SPECS
from transom.data.frozen_json import from_json, to_json
from transom.errors import UsageError

AGE = ColumnReading("person", "number", "age")
JOB = ColumnReading("person", "category", "job")
PLACE = ColumnReading("place", "vector")


def test_numbers_stay_as_they_are_and_missing_is_nan():
    values = {"person": [{"age": 31.5}, {"age": None}, {}, None]}
    table = encode_table(fit_table([AGE], values), values)
    assert table.dtype == np.float32
    assert np.array_equal(table[:, 0], [31.5, np.nan, np.nan, np.nan], equal_nan=True)


def test_numbers_beyond_those_of_32_bits_stay_numbers():
    values = {"person": [{"age": 1e308}, {"age": -1e39}]}
    most = float(np.finfo(np.float32).max)
    assert encode_table(fit_table([AGE], values), values)[:, 0].tolist() == [most, -most]


def test_numbers_that_float32_is_too_coarse_for_are_counted_from_their_median():
    seconds = [1.7e9 + second for second in range(-50, 51)]
    values = {"person": [{"age": second} for second in [*seconds, None, 0.0, 1e308]]}
    table = encode_table(spec := fit_table([AGE], values), values)
    assert table[:101, 0].tolist() == [*range(-50, 51)]
    assert np.isnan(table[101, 0])
    assert table[102, 0] == np.float32(-1.7e9)
    assert fit_table([AGE], {"person": [{"age": age} for age in range(100, 200)]}).columns[0].origin == 0
    assert from_json(to_json(spec), {**READINGS, **SPECS}) == spec


def test_categories_are_numbered_by_name_and_an_unknown_one_is_missing():
    spec = fit_table([JOB], {"person": [{"job": "cook"}, {"job": "baker"}, {"job": None}]})
    table = encode_table(spec, {"person": [{"job": job} for job in ("baker", "cook", "pilot", None)]})
    assert np.array_equal(table[:, 0], [0, 1, np.nan, np.nan], equal_nan=True)


def test_a_vector_is_a_column_for_each_of_its_numbers():
    values = {"place": [[1.0, 2.0, 3.0], None]}
    table = encode_table(fit_table([PLACE], values), values)
    assert np.array_equal(table, [[1, 2, 3], [np.nan] * 3], equal_nan=True)


def test_the_columns_of_categories_are_known_by_their_places():
    values = {"person": [{"age": 1, "job": "cook"}], "place": [[1.0, 2.0]]}
    assert fit_table([AGE, JOB, PLACE, JOB], values).categorical == (1, 4)


def test_singletons_are_columns_too():
    values = {"kind": ["a", "b"], "size": [2.0, 1.0]}
    spec = fit_table([ColumnReading("kind", "category"), ColumnReading("size", "number")], values)
    assert encode_table(spec, values).tolist() == [[0, 2], [1, 1]]


def test_a_vector_unlike_those_learned_from_is_refused():
    spec = fit_table([PLACE], {"place": [[1.0, 2.0]]})
    with pytest.raises(UsageError, match=r"^T120 A vector of payload 'place' has 3 numbers, those that .* have 2\."):
        encode_table(spec, {"place": [[1.0, 2.0, 3.0]]})


def test_no_example_is_an_empty_table():
    spec = fit_table([AGE, JOB, PLACE], {"person": [{"age": 1, "job": "cook"}], "place": [[1.0, 2.0]]})
    assert encode_table(spec, {"person": [], "place": []}).shape == (0, 4)


def test_a_table_is_kept_as_json():
    spec = fit_table([AGE, JOB], {"person": [{"age": 1, "job": "cook"}]})
    kept = from_json(json.loads(json.dumps(to_json(spec))), {**READINGS, **SPECS})
    assert isinstance(kept, TableSpec)
    assert kept == spec
