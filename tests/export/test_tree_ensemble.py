"""An ensemble of ONNX decides and adds up as LightGBM does, whatever is missing, and to the last digit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.features.columns import ColumnReading, ColumnSpec, TableSpec, encode_table
from transom.data.features.payloads import FeatureSpec
from transom.errors import TrainingError
from transom.export.exporter import Exported, Subject
from transom.export.onnx_graph import onnx_bytes
from transom.export.onnx_runner import onnx_runner
from transom.export.tree_ensemble import LESS_OR_EQUAL, MEMBER, ensemble_of
from transom.export.trial import model_outputs, prove
from transom.model.forest import Forest, forest_scores, lightgbm
from transom.model.graph import Graph
from transom.model.network import Network
from transom.model.saved import Model
from transom.schema.tasks import Bitvector, Multiclass, Regression

KINDS = tuple(f"kind {number}" for number in range(70))
TABLE = TableSpec((ColumnSpec(ColumnReading("size", "number")), ColumnSpec(ColumnReading("kind", "category"), KINDS)))
TWO, THREE = Multiclass("one", ("a", "b"), "size"), Multiclass("one", ("a", "b", "c"), "size")
BITS, VALUE = Bitvector("one", ("a", "b"), "size"), Regression("one", "size")
SINGLE = Multiclass("one", ("a",), "size")


def values_of(seed, missing, n_examples=600):
    """Numbers and categories, some of them missing."""
    random = np.random.default_rng(seed)
    sizes, kinds = random.normal(size=n_examples), random.choice(KINDS, n_examples)
    return {
        "size": [None if random.random() < missing else float(size) for size in sizes],
        "kind": [None if random.random() < missing else str(kind) for kind in kinds],
    }


def grown(values, objective, **parameters):
    """The text of a model that both columns decide."""
    table = encode_table(TABLE, values)
    number, kind = np.nan_to_num(table).T
    wanted = number + np.sin(3 * kind)
    if objective == "multiclass":
        wanted = np.digitize(wanted, [-0.5, 0.5])
    if objective == "cross_entropy":
        wanted = 1 / (1 + np.exp(-wanted))
    library = lightgbm()
    data = library.Dataset(table, wanted, categorical_feature=[1])
    quiet = {"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 3, "min_data_per_group": 3, **parameters}
    return library.train({**quiet, "objective": objective}, data, num_boost_round=8).model_to_string()


def forest_of(task, *models):
    n_scores = 1 if isinstance(task, Regression) else len(task.classes)
    return Forest(task, TABLE, models, np.linspace(1.0, 2.0, n_scores), np.linspace(-0.3, 0.3, n_scores))


def exported_scores(forest, values):
    """What onnxruntime says of the forest alone."""
    spec = FeatureSpec(())
    subject = Subject(Model(Network(Graph(), spec), spec, (forest,)), values)
    return onnx_runner(onnx_bytes(subject))(subject.inputs)["scores.0"]


def forests(values):
    half, third, slope = (grown(values, each) for each in ("cross_entropy", "cross_entropy", "regression"))
    thirds = grown(values, "multiclass", num_class=3)
    of_classes = [forest_of(SINGLE, half), forest_of(TWO, half), forest_of(THREE, thirds)]
    return [*of_classes, forest_of(BITS, half, third), forest_of(VALUE, slope)]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 999), missing=st.sampled_from([0.0, 0.2]))
def test_every_score_is_the_same_to_the_last_digit_and_alone_as_among_others(seed, missing):
    asked = values_of(seed + 1, 0.3, n_examples=200)
    for forest in forests(values_of(seed, missing)):
        expected = forest_scores(forest, encode_table(TABLE, asked))
        found = exported_scores(forest, asked)
        alone = exported_scores(forest, {name: column[7:8] for name, column in asked.items()})

        assert found.shape == expected.shape
        assert np.array_equal(found, expected)
        assert np.array_equal(alone, expected[7:8])


def test_a_number_that_is_a_threshold_or_next_to_one_goes_where_lightgbm_sends_it():
    forest = forest_of(VALUE, grown(values_of(0, 0.1), "regression"))
    attributes = ensemble_of(forest)
    numbers = attributes["nodes_splits"][attributes["nodes_modes"] == LESS_OR_EQUAL].astype(np.float32)
    near = np.concatenate([np.nextafter(numbers, np.float32(way)) for way in (-np.inf, np.inf)] + [numbers, [np.inf]])
    asked = {"size": near.astype(float).tolist(), "kind": [KINDS[3]] * len(near)}

    assert np.array_equal(exported_scores(forest, asked), forest_scores(forest, encode_table(TABLE, asked)))


def test_each_category_of_a_node_is_one_of_its_set():
    attributes = ensemble_of(forest_of(VALUE, grown(values_of(0, 0.0), "regression")))
    sets = np.split(attributes["membership_values"], np.flatnonzero(np.isnan(attributes["membership_values"])) + 1)

    assert len(sets) - 1 == (attributes["nodes_modes"] == MEMBER).sum()
    assert {int(each) for one in sets for each in one[:-1]} <= set(range(len(KINDS)))
    assert max(max(one[:-1], default=0) for one in sets) >= 32  # in the second word of bits


def test_a_tree_without_a_split_adds_its_only_value():
    values = values_of(0, 0.0)
    forest = forest_of(VALUE, grown(values, "regression", min_data_in_leaf=10_000))

    assert np.array_equal(exported_scores(forest, values), forest_scores(forest, encode_table(TABLE, values)))


def test_no_node_asks_for_a_category_where_there_are_none():
    assert "membership_values" not in ensemble_of(
        forest_of(VALUE, grown({**values_of(0, 0.0), "kind": [None] * 600}, "regression"))
    )


@pytest.mark.parametrize("task", [TWO, THREE])
def test_scores_of_classes_are_as_many_as_classes(task):
    kind = {"objective": "multiclass", "num_class": 3} if task == THREE else {"objective": "cross_entropy"}
    assert ensemble_of(forest_of(task, grown(values_of(0, 0.0), **kind)))["n_targets"] == len(task.classes)


def test_numbers_far_from_zero_are_proved_in_the_units_in_which_they_were_learned():
    values, spec = values_of(0, 0.1, 60), FeatureSpec(())
    forest = forest_of(VALUE, grown(values, "regression"))
    far = replace(forest, scale=np.array([100.0]), shift=np.array([1.7e9]))
    subject = Subject(Model(Network(Graph(), spec), spec, (far,)), values)

    other = Exported({}, lambda _inputs: {"scores.0": model_outputs(subject)["scores.0"] + 50})
    with pytest.raises(TrainingError, match="T182"):
        prove(other, subject)
