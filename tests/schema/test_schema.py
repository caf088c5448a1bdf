"""The schema and its fingerprint."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.schema.load import load_schema
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema, fingerprint
from transom.schema.tasks import Multiclass, Regression

DECLARED = {
    "payloads": {
        "query": {"type": "singleton", "value": "text", "base": ["tokens"]},
        "tokens": {"type": "sequence", "value": "token"},
        "person": {"type": "singleton", "value": "record", "fields": {"age": "number", "job": "category"}},
    },
    "tasks": {
        "intent": {"payload": "query", "type": "multiclass", "classes": ["height", "age"]},
        "score": {"payload": "query", "type": "regression"},
    },
    "slices": {"short": {"where": "length(query) < 20"}, "new": {"tag": "new", "capacity": False}},
    "gold": ["crowd"],
}


def shuffled(value, random):
    """The same YAML with the keys of every mapping in another order."""
    if not isinstance(value, dict):
        return value
    keys = list(value)
    random.shuffle(keys)
    return {key: shuffled(value[key], random) for key in keys}


@settings(max_examples=30)
@given(random=st.randoms(use_true_random=False))
def test_the_fingerprint_ignores_the_order_of_keys(tmp_path_factory, random):
    folder = tmp_path_factory.mktemp("schemas")
    (folder / "a.yaml").write_text(yaml.safe_dump(DECLARED, sort_keys=False))
    (folder / "b.yaml").write_text(yaml.safe_dump(shuffled(DECLARED, random), sort_keys=False))
    assert fingerprint(load_schema(folder / "a.yaml")) == fingerprint(load_schema(folder / "b.yaml"))


@pytest.mark.parametrize(
    "other",
    [
        Schema(tasks=(Multiclass("intent", ("age", "height")),)),
        Schema(tasks=(Multiclass("intent", ("height", "age"), ordered_by="time"),)),
        Schema(tasks=(Regression("intent"),)),
        Schema(tasks=(Multiclass("intent", ("height", "age")),), gold=("crowd",)),
        Schema(payloads=(Singleton("query", "text"),), tasks=(Multiclass("intent", ("height", "age")),)),
    ],
)
def test_the_fingerprint_sees_every_difference(other):
    assert fingerprint(other) != fingerprint(Schema(tasks=(Multiclass("intent", ("height", "age")),)))


def test_payloads_and_tasks_are_found_by_name():
    schema = Schema((Singleton("query", "text"),), (Regression("score"),))
    assert schema.payload("query").name == "query"
    assert schema.task("score").name == "score"
    with pytest.raises(KeyError):
        schema.task("query")
