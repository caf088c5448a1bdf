"""The baseline of boosted trees."""

import importlib.util

import numpy as np

from transom.data.features.payloads import Features
from transom.data.items import one_each
from transom.data.targets import Targets
from transom.model.compile import compile_graph
from transom.model.settings import PayloadSettings, Trees
from transom.schema.payloads import Field, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass
from transom.training.config import TrainingConfig
from transom.training.training_data import TrainingData
from transom.training.tree_baseline import baseline_trees

N = 60
TRUTH = np.arange(N) % 2
TEXT = Singleton("note", "text")
RECORD = Singleton("person", "record", fields=(Field("age", "number"), Field("name", "text")))
ON_RECORD, ON_TEXT = (Multiclass(name, ("no", "yes"), payload) for name, payload in (("a", "person"), ("b", "note")))
SCHEMA = Schema((TEXT, RECORD), (ON_RECORD, ON_TEXT))
VALUES = {"note": ["x"] * N, "person": [{"age": float(label), "name": "y"} for label in TRUTH]}
TARGETS = Targets(one_each(N), np.eye(2)[TRUTH], np.ones(N))


def baseline(settings=None, schema=SCHEMA):
    everything = np.ones(N, bool)
    data = TrainingData(Features(N, {}), {"a": TARGETS, "b": TARGETS}, everything, ~everything)
    graph = compile_graph(schema, settings or {})
    return baseline_trees(schema, VALUES, data, config=TrainingConfig(), besides=graph)


def test_tasks_on_records_have_one():
    found = baseline()
    assert list(found) == ["a"]
    assert (found["a"].labels == TRUTH).all()


def test_a_task_that_trees_learn_anyway_has_none():
    assert baseline({"person": PayloadSettings(Trees())}) == {}


def test_a_record_of_texts_alone_has_none():
    texts = Singleton("person", "record", fields=(Field("name", "text"),))
    assert baseline(schema=Schema((texts,), (ON_RECORD,))) == {}


def test_where_lightgbm_is_not_installed_there_is_none(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert baseline() == {}
