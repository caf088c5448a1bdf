from datetime import UTC, datetime

import orjson
import pytest

from transom.export.executions import Execution
from transom.export.objects import put
from transom.pipeline.why import changed_names, changes, named_first, why


def execution(key="k", status="ran", **components):
    parts = {name.replace("__", ":"): value for name, value in components.items()}
    return Execution(1, "train", key, parts, status, datetime(2026, 1, 1, tzinfo=UTC), 1.0, "")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"setting:model.training.seed": "0"}, {"setting:model.training.seed": "3"}, "model.training.seed: 0 → 3"),
        ({}, {"setting:model.training.seed": "3"}, "model.training.seed: default → 3"),
        ({"setting:model.training.seed": "3"}, {}, "model.training.seed: 3 → default"),
        ({"data:data/a.jsonl": "x"}, {"data:data/a.jsonl": "y"}, "data/a.jsonl changed"),
        ({}, {"data:data/b.jsonl": "y"}, "data/b.jsonl is new"),
        ({"data:data/b.jsonl": "y"}, {}, "data/b.jsonl is gone"),
        ({"module:rules:lf": "x"}, {"module:rules:lf": "y"}, "rules:lf changed"),
        ({"library:numpy": "1"}, {"library:numpy": "2"}, "numpy 1 → 2"),
        ({"setting:moves of live": "1"}, {"setting:moves of live": "2"}, "the alias live was moved"),
        ({"input:label": "x"}, {"input:label": "y"}, "the result of label changed"),
        ({"code:transom": "x"}, {"code:transom": "y"}, "transom's code changed"),
    ],
)
def test_every_kind_of_change_is_said_in_words(tmp_path, before, after, words):
    assert changes(before, after, tmp_path) == (words,)


def test_a_rule_that_is_new_or_gone_is_one_change(tmp_path):
    rule = {"setting:sources.money": "RegexRule", "setting:sources.money.vote": "a", "setting:sources.money.on": "x"}
    assert changes({}, rule, tmp_path) == ("sources.money is new",)
    assert changes(rule, {}, tmp_path) == ("sources.money is gone",)
    edited = {**rule, "setting:sources.money.vote": "b"}
    assert changes(rule, edited, tmp_path) == ("sources.money.vote: a → b",)


def test_functions_of_transom_are_named_where_what_they_were_is_kept(tmp_path):
    listings = ({"transom.a:f": "1", "transom.a": "1"}, {"transom.a:f": "2", "transom.a": "1", "transom.b": "1"})
    before, after = ({"code:transom": put(tmp_path, orjson.dumps(each))} for each in listings)
    assert changes(before, after, tmp_path) == ("transom.a:f changed", "transom.b is new")


def test_a_module_that_is_new_is_named_once(tmp_path):
    listings = ({}, {"transom.b": "1", "transom.b:f": "1", "transom.b:g": "1"})
    before, after = ({"code:transom": put(tmp_path, orjson.dumps(each))} for each in listings)
    assert changes(before, after, tmp_path) == ("transom.b is new",)


def test_why_a_stage_runs(tmp_path):
    now = execution("new", setting__a="2")
    assert why(None, now, tmp_path, is_forced=False) == "it never ran here"
    assert why(execution("new"), now, tmp_path, is_forced=True) == "forced"
    assert why(execution("new"), now, tmp_path, is_forced=False) == "its result is no longer in the cache"
    assert why(execution("new", "failed"), now, tmp_path, is_forced=False) == "it failed the last time"
    assert why(execution("old", setting__a="1"), now, tmp_path, is_forced=False) == "a: 1 → 2"


def test_many_reasons_are_counted():
    assert named_first(["a", "b", "c", "d"]) == ["a", "b", "c", "d"]
    assert named_first(["a", "b", "c", "d", "e"]) == ["a", "b", "c", "and 2 more"]


def test_changed_names_have_no_kind():
    assert changed_names({"data:a": "1", "data:b": "1"}, {"data:a": "2", "data:b": "1", "module:c": "1"}) == ["a", "c"]
