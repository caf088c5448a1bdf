import numpy as np
import polars as pl

from transom.data.expressions import holds, read_expression
from transom.data.items import from_lengths, one_each
from transom.data.patterns import contains_keyword
from transom.schema.payloads import Field, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass, Spans
from transom.supervision.traits import traits_of

TASK = Multiclass("label", ("ham", "spam"))
RECORD = Singleton("person", "record", fields=(Field("age", "number"), Field("job title", "text")))


def found(frame, payloads, task=TASK, items=None, min_items=1):
    """The items that have each trait, by what the trait's rule asks for."""
    traits = traits_of(
        frame, Schema(payloads, (task,)), task, one_each(frame.height) if items is None else items, min_items=min_items
    )
    return {
        rule.get("where") or f"{rule['on']}: {rule['keywords'][0]}": traits.items[traits.traits == number].tolist()
        for number, rule in enumerate(traits.rules)
    }


def test_words_are_folded_and_each_counts_once_an_example():
    frame = pl.DataFrame({"text": ["Free, free money!", None, "don't FREE"]})
    assert found(frame, (Singleton("text", "text"),)) == {
        "text: don't": [2],
        "text: free": [0, 2],
        "text: money": [0],
    }


def test_rare_traits_are_left_out():
    frame = pl.DataFrame({"text": ["free money", "free"]})
    assert found(frame, (Singleton("text", "text"),), min_items=2) == {"text: free": [0, 1]}


def test_tokens_that_a_text_is_built_on_say_nothing_new():
    payloads = (Singleton("text", "text", base=("tokens",)), Sequence("tokens", "token"), Sequence("other", "token"))
    frame = pl.DataFrame({"text": ["a b"], "tokens": [["a", "b"]], "other": [["c", "d"]]})
    assert set(found(frame, payloads)) == {"text: a", "text: b", "other: c", "other: d"}


def test_a_task_on_tokens_has_traits_of_each_token():
    frame = pl.DataFrame({"tokens": [["New", "York"], [], ["york"]]})
    items = from_lengths(np.array([2, 0, 1]))
    tokens = (Sequence("tokens", "token"),)
    expected = {"tokens: new": [0], "tokens: york": [1, 2]}
    assert found(frame, tokens, Multiclass("pos", ("N",), "tokens"), items) == expected
    assert found(frame, tokens, Spans("names", ("LOC",), "tokens"), items) == expected


def test_a_number_has_the_ranges_below_and_above_each_tenth_of_its_values():
    frame = pl.DataFrame({"price": [float(price) for price in range(101)] + [None]})
    ranges = found(frame, (Singleton("price", "number"),))
    assert ranges["price <= 10"] == list(range(11))
    assert ranges["price > 90"] == list(range(91, 101))
    assert len(ranges) == 18


def test_the_traits_of_a_record_are_those_of_its_fields():
    frame = pl.DataFrame({"person": [{"age": 31.0, "job title": "Head Cook"}, {"age": 40.0, "job title": None}]})
    assert {"person.job title: cook", "person.age <= 31.9"} < set(found(frame, (RECORD,)))


def test_a_rule_that_is_made_of_a_trait_finds_the_items_that_have_it():
    numbers = [0.125, 2.0, 3.5, None]
    texts = ["under_score", "café c'est", "3 men", None]
    frame = pl.DataFrame({"text": texts, "price": numbers, "user": numbers, "null": numbers})
    payloads = (Singleton("text", "text"), *(Singleton(name, "number") for name in ("price", "user", "null")))
    schema = Schema(payloads, (TASK,))
    traits = traits_of(frame, schema, TASK, one_each(4), min_items=1)
    for number, rule in enumerate(traits.rules):
        if "where" in rule:
            expression, problems = read_expression(rule["where"], schema)
            assert problems == []
            fires = holds(expression, frame)
        else:
            fires = frame.select(contains_keyword(pl.col("text"), rule["keywords"])).to_series()
        assert fires.fill_null(value=False).arg_true().to_list() == traits.items[traits.traits == number].tolist()


def test_a_frame_without_rows_or_values_has_no_traits():
    payloads = (Singleton("text", "text"), Singleton("price", "number"))
    empty = pl.DataFrame({"text": [], "price": []}, schema={"text": pl.String, "price": pl.Float64})
    assert found(empty, payloads) == {}
    assert found(pl.DataFrame({"text": [None], "price": [None]}, schema=empty.schema), payloads) == {}
