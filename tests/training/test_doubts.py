"""Warnings about a training run."""

from toy_models import compiled
from transom.errors import Location
from transom.model.compile import compile_graph
from transom.schema.payloads import Sequence
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass
from transom.training.doubts import doubts

TOKENS = Sequence("tokens", "token", max_length=3, at=Location("schema.yaml", 2, 3))
TASK = Multiclass("pos", ("a", "b"), "tokens", at=Location("schema.yaml", 5, 3))
SCHEMA = Schema((TOKENS,), (TASK, Multiclass("free", ("a", "b"))))


def test_a_usual_run_leaves_no_doubt():
    graph, _, features = compiled(SCHEMA, {"tokens": [["a"], None]})
    assert doubts(SCHEMA, graph, features) == ()


def test_examples_that_are_too_long_are_counted():
    graph, _, features = compiled(SCHEMA, {"tokens": [["w"] * 10_000, ["a"], ["w"] * 4]})
    assert [str(doubt) for doubt in doubts(SCHEMA, graph, features)] == [
        "schema.yaml:2:3 T126 payload 'tokens': 2 of 3 examples are longer than 3 elements, "
        "and the model sees the first 3."
    ]


def test_a_task_that_is_not_learned_is_named():
    _, _, features = compiled(SCHEMA, {"tokens": [["a"]]})
    found = doubts(SCHEMA, compile_graph(SCHEMA).only([]), features)
    assert [str(doubt) for doubt in found] == [
        "schema.yaml:5:3 T127 task 'pos' is not learned: no training example has a label for it. "
        "Add a source that votes on some."
    ]
    assert found[0].severity == "warning"
