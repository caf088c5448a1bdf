"""Warnings about a training run."""

import numpy as np
import pytest

from tiny_bert import save_tiny_bert
from toy_models import compiled
from transom.data.features.payloads import Features, FeatureSpec
from transom.data.items import from_lengths
from transom.data.targets import Targets
from transom.errors import Location
from transom.model.compile import compile_graph
from transom.model.settings import Convolution, PayloadSettings, Pretrained, Trees
from transom.schema.payloads import Field, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass
from transom.training.doubts import doubts, one_sided

TOKENS = Sequence("tokens", "token", max_length=3, at=Location("schema.yaml", 2, 3))
TASK = Multiclass("pos", ("a", "b"), "tokens", at=Location("schema.yaml", 5, 3))
SCHEMA = Schema((TOKENS,), (TASK, Multiclass("free", ("a", "b"))))


def test_a_usual_run_leaves_no_doubt():
    graph, spec, features = compiled(SCHEMA, {"tokens": [["a"], None]})
    assert doubts(SCHEMA, graph, spec, features) == ()


def test_texts_that_are_too_long_are_counted():
    text = Singleton("query", "text", at=Location("schema.yaml", 2, 3))
    schema = Schema((text,), (Multiclass("intent", ("a", "b"), "query"),))
    settings = {"query": PayloadSettings(Convolution())}
    graph, spec, features = compiled(schema, {"query": ["w " * 10_000, "w", None]}, settings)
    assert [str(doubt) for doubt in doubts(schema, graph, spec, features)] == [
        "schema.yaml:2:3 T126 payload 'query': 1 of 3 examples are longer than 512 elements, "
        "and the model sees the first 512."
    ]


def test_sequences_that_are_too_long_were_counted_before():
    graph, spec, features = compiled(SCHEMA, {"tokens": [["w"] * 10_000, ["a"], ["w"] * 4]})
    assert doubts(SCHEMA, graph, spec, features) == ()


def test_a_task_that_is_not_learned_is_named():
    _, spec, features = compiled(SCHEMA, {"tokens": [["a"]]})
    found = doubts(SCHEMA, compile_graph(SCHEMA).only([]), spec, features)
    assert [str(doubt) for doubt in found] == [
        "schema.yaml:5:3 T127 task 'pos' is not learned: no training example has a label for it. "
        "Add a source that votes on some."
    ]
    assert found[0].severity == "warning"


def test_texts_that_a_pretrained_encoder_cuts_are_counted(tmp_path):
    text = Singleton("query", "text", at=Location("schema.yaml", 2, 3))
    schema = Schema((text,), (Multiclass("intent", ("a", "b"), "query"),))
    settings = {"query": PayloadSettings(Pretrained(model=save_tiny_bert(tmp_path), max_length=8))}
    graph, spec, features = compiled(schema, {"query": ["the " * 10_000, "film", None]}, settings)
    assert [str(doubt) for doubt in doubts(schema, graph, spec, features)] == [
        "schema.yaml:2:3 T126 payload 'query': 1 of 3 examples have 8 pieces of words or more, and the "
        "transformer sees the first 8. Set max_length to see more."
    ]


def test_a_transformer_with_fewer_places_cuts_sooner_and_can_see_no_more(tmp_path):
    text = Singleton("query", "text", at=Location("schema.yaml", 2, 3))
    schema = Schema((text,), (Multiclass("intent", ("a", "b"), "query"),))
    settings = {"query": PayloadSettings(Pretrained(model=save_tiny_bert(tmp_path)))}
    graph, spec, features = compiled(schema, {"query": ["the " * 10_000, "film", None]}, settings)
    assert [str(doubt) for doubt in doubts(schema, graph, spec, features)] == [
        "schema.yaml:2:3 T126 payload 'query': 1 of 3 examples have 64 pieces of words or more, and the "
        "transformer sees the first 64. It has no place for more."
    ]


def test_what_trees_do_not_see_is_named():
    person = Singleton("person", "record", fields=(Field("age", "number"), Field("name", "text")))
    task = Multiclass("old", ("a", "b"), "person", at=Location("schema.yaml", 9, 3))
    schema = Schema((person, TOKENS), (task,))
    graph = compile_graph(schema, {"person": PayloadSettings(Trees())})
    assert [str(doubt) for doubt in doubts(schema, graph, FeatureSpec(()), Features(0, {}))] == [
        "schema.yaml:9:3 T135 task 'old' is learned by trees, which do not see person.name, tokens. "
        "Choose another encoder if that matters."
    ]


def test_texts_of_a_record_that_stands_beside_are_named_too():
    person = Singleton("person", "record", fields=(Field("age", "number"),))
    place = Singleton("place", "record", fields=(Field("size", "number"), Field("note", "text")))
    task = Multiclass("old", ("a", "b"), "person", at=Location("schema.yaml", 9, 3))
    schema = Schema((person, place), (task,))
    graph = compile_graph(schema, {"person": PayloadSettings(Trees())})
    assert [str(doubt) for doubt in doubts(schema, graph, FeatureSpec(()), Features(0, {}))] == [
        "schema.yaml:9:3 T135 task 'old' is learned by trees, which do not see place.note. "
        "Choose another encoder if that matters."
    ]


@pytest.mark.parametrize(
    ("probabilities", "weights", "train", "n_warnings"),
    [
        ([[0.2, 0.8], [0.4, 0.6], [0.9, 0.1]], [1.0, 1.0, 0.0], [True, True], 1),
        ([[0.2, 0.8], [0.4, 0.6], [0.9, 0.1]], [1.0, 1.0, 1.0], [True, False], 1),
        ([[0.2, 0.8], [0.4, 0.6], [0.9, 0.1]], [1.0, 1.0, 1.0], [True, True], 0),
        ([[0.2, 0.8], [0.4, 0.6], [0.9, 0.1]], [0.0, 0.0, 0.0], [True, True], 0),
    ],
    ids=["the other has no label", "the other is in test", "both", "no labels"],
)
def test_a_task_with_one_class_in_train_is_named(probabilities, weights, train, n_warnings):
    targets = {"pos": Targets(from_lengths(np.array([2, 1])), np.array(probabilities), np.array(weights))}
    found = [str(doubt) for doubt in one_sided([TASK], targets, np.array(train))]
    assert found == n_warnings * [
        "schema.yaml:5:3 T132 task 'pos': all training labels say 'b', so that is all that is learned. "
        "Add a source that votes for other classes."
    ]
