"""Forests: what trees say of examples."""

import gc
import json
import sys
import weakref

import numpy as np
import pytest

from transom.data.features.columns import ColumnReading, encode_table, fit_table
from transom.errors import MissingExtraError
from transom.model.forest import Forest, lightgbm, predict_forests, raw_scores
from transom.model.stored import forests_from_json, forests_to_json
from transom.schema.tasks import Bitvector, Multiclass, Regression

VALUES = {"size": [float(place) for place in range(40)]}
TABLE = fit_table([ColumnReading("size", "number")], VALUES)
MATRIX = encode_table(TABLE, VALUES)


def booster(wanted, **parameters):
    library = lightgbm()
    quiet = {"verbosity": -1, "min_data_in_leaf": 1, "min_data_in_bin": 1, "num_threads": 1, **parameters}
    return library.train(quiet, library.Dataset(MATRIX, wanted), num_boost_round=5).model_to_string()


HALVES = booster(np.arange(40) >= 20, objective="cross_entropy")
THIRDS = booster(np.arange(40) // 14, objective="multiclass", num_class=3)
SLOPE = booster(np.arange(40.0), objective="regression")


def forest(task, *models):
    n_scores = 1 if isinstance(task, Regression) else len(task.classes)
    return Forest(task, TABLE, models, np.ones(n_scores), np.zeros(n_scores))


def predicted(task, *models):
    return predict_forests([forest(task, *models)], VALUES)[task.name]


def test_two_classes_are_told_apart_by_one_model():
    found = predicted(Multiclass("half", ("low", "high"), "size"), HALVES)
    assert found.labels.tolist() == [0] * 20 + [1] * 20
    assert found.probabilities.sum(axis=1) == pytest.approx(1)


def test_more_classes_share_a_model():
    found = predicted(Multiclass("third", ("a", "b", "c"), "size"), THIRDS)
    assert found.labels.tolist() == (np.arange(40) // 14).tolist()


def test_every_bit_has_a_model():
    found = predicted(Bitvector("bits", ("high", "too"), "size"), HALVES, HALVES)
    assert found.labels.tolist() == [[0, 0]] * 20 + [[1, 1]] * 20


def test_a_value_is_a_value():
    found = predicted(Regression("value", "size"), SLOPE)
    assert np.corrcoef(found.labels, np.arange(40))[0, 1] > 0.95


def test_scale_and_shift_are_those_of_scores():
    task = Multiclass("half", ("low", "high"), "size")
    shifted = Forest(task, TABLE, (HALVES,), np.ones(2), np.array([100.0, 0.0]))
    assert predict_forests([shifted], VALUES)["half"].labels.tolist() == [0] * 40


def test_an_example_alone_is_predicted_as_among_others():
    task = Multiclass("third", ("a", "b", "c"), "size")
    alone = [predict_forests([forest(task, THIRDS)], {"size": [value]})["third"].probabilities for value in (3.0, 30.0)]
    assert np.array_equal(np.concatenate(alone), predicted(task, THIRDS).probabilities[[3, 30]])


def test_no_example_is_no_prediction():
    found = predict_forests([forest(Multiclass("half", ("low", "high"), "size"), HALVES)], {"size": []})
    assert found["half"].probabilities.shape == (0, 2)


def test_a_forest_written_and_read_again_says_the_same():
    one = forest(Multiclass("third", ("a", "b", "c"), "size"), THIRDS)
    (again,) = forests_from_json(json.loads(json.dumps(forests_to_json([one]))))
    assert again.task == one.task
    assert again.table == one.table
    assert np.array_equal(raw_scores(again, MATRIX), raw_scores(one, MATRIX))


def test_what_lightgbm_makes_of_the_models_goes_with_the_forest():
    one = forest(Regression("value", "size"), SLOPE)
    raw_scores(one, MATRIX)
    kept = weakref.ref(one.boosters[0])
    del one
    gc.collect()
    assert kept() is None


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(MissingExtraError) as raised:
        lightgbm()
    assert str(raised.value) == (
        "T160 The encoder 'trees' needs the package 'lightgbm', which is not installed. "
        "Run: pip install 'transom[gbdt]'."
    )
