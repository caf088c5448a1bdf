"""Decision rules."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transom.data.decision_rules import DecisionRule, dearest_tags, ruled, rules_from_json, rules_to_json
from transom.data.decisions import likeliest_tags
from transom.data.items import from_lengths, one_each
from transom.data.predictions import Predictions
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

COLOUR = Multiclass("colour", ("red", "green", "blue"))
TOPICS = Bitvector("topics", ("sport", "politics"))
NAMES = Spans("names", ("NAME",), "tokens")
WHOLE = (slice(0, 1), slice(1, 4))
SHARES = arrays(np.float64, (4, 3), elements=st.floats(0.01, 1)).map(lambda found: found / found.sum(1, keepdims=True))


def colours(probabilities, covered=None):
    found = np.array(probabilities)
    return Predictions(one_each(len(found)), found, found.argmax(axis=1).astype(np.int32), covered)


def topics(probabilities):
    found = np.array(probabilities)
    return Predictions(one_each(len(found)), found, (found > 0.5).astype(np.int8))


def test_without_a_rule_nothing_changes():
    predictions = colours([[0.5, 0.3, 0.2]])
    assert ruled(COLOUR, predictions, {}) is predictions
    assert ruled(COLOUR, predictions, {"other": DecisionRule(abstain_below=0.9)}) is predictions


def test_a_class_that_is_dear_to_miss_is_answered_earlier():
    predictions = colours([[0.5, 0.3, 0.2], [0.9, 0.05, 0.05]])
    found = ruled(COLOUR, predictions, {"colour": DecisionRule(costs=(1.0, 1.0, 3.0))})
    assert found.labels.tolist() == [2, 0]
    assert found.covered is None


@given(SHARES, st.floats(0.1, 10))
def test_costs_that_are_all_alike_decide_nothing(probabilities, cost):
    predictions = colours(probabilities)
    found = ruled(COLOUR, predictions, {"colour": DecisionRule(costs=(cost,) * 3)})
    chosen = np.take_along_axis(probabilities, found.labels[:, None], 1)[:, 0]
    assert chosen == pytest.approx(probabilities.max(axis=1))


@given(SHARES, arrays(np.float64, 3, elements=st.floats(0.1, 10)))
def test_the_answer_has_the_least_expected_cost(probabilities, costs):
    found = ruled(COLOUR, colours(probabilities), {"colour": DecisionRule(costs=tuple(costs))})
    expected = (probabilities * costs).sum(axis=1, keepdims=True) - probabilities * costs
    chosen = np.take_along_axis(expected, found.labels[:, None], 1)[:, 0]
    assert chosen == pytest.approx(expected.min(axis=1))


def test_a_span_begins_earlier_where_missing_that_there_is_none_costs_less():
    items = from_lengths(np.array([2, 0, 3]))
    o, begins, goes_on = [0.6, 0.4, 0.0], [0.5, 0.5, 0.0], [0.6, 0.0, 0.4]
    predictions = Predictions(items, np.array([o, goes_on, o, goes_on, begins]), np.zeros(5, int))
    rule = {"names": DecisionRule(costs=(0.5, 1.0, 1.0))}
    assert ruled(NAMES, predictions, rule).labels.tolist() == [1, 2, 1, 2, 1]
    assert ruled(NAMES, predictions, {"names": DecisionRule(costs=(2.0, 1.0, 1.0))}).labels.tolist() == [0] * 5


@given(SHARES)
def test_tags_that_cost_alike_are_the_likeliest(probabilities):
    items = from_lengths(np.array([1, 3]))
    logarithms = np.log(probabilities)
    expected = [likeliest_tags(logarithms[None, rows], np.array([rows.stop - rows.start])) for rows in WHOLE]
    found = dearest_tags(Predictions(items, probabilities, np.zeros(4, int)), (1.0, 1.0, 1.0))
    assert found.tolist() == np.concatenate(expected, axis=1)[0].tolist()


def test_a_bit_holds_above_its_own_threshold():
    found = ruled(TOPICS, topics([[0.4, 0.4], [0.2, 0.9]]), {"topics": DecisionRule(thresholds=(0.3, 0.5))})
    assert found.labels.tolist() == [[1, 0], [0, 1]]
    assert found.labels.dtype == np.int8


def test_an_answer_that_is_not_sure_enough_is_left_open():
    found = ruled(COLOUR, colours([[0.5, 0.3, 0.2], [0.9, 0.05, 0.05]]), {"colour": DecisionRule(abstain_below=0.6)})
    assert (found.covered.tolist(), found.labels.tolist()) == ([False, True], [0, 0])


def test_what_was_not_covered_stays_so_with_its_label():
    predictions = colours([[0.9, 0.05, 0.05], [1 / 3, 1 / 3, 1 / 3]], covered=np.array([True, False]))
    found = ruled(COLOUR, predictions, {"colour": DecisionRule(costs=(1.0, 1.0, 9.0), abstain_below=0.1)})
    assert (found.covered.tolist(), found.labels.tolist()) == ([True, False], [0, 0])


def test_bits_are_as_sure_as_the_least_sure_of_them():
    found = ruled(TOPICS, topics([[0.95, 0.4], [0.95, 0.1]]), {"topics": DecisionRule(abstain_below=0.8)})
    assert found.covered.tolist() == [[False, False], [True, True]]


def test_a_member_or_none_of_them_may_be_too_unsure():
    items = from_lengths(np.array([2, 0, 1, 1]))
    predictions = Predictions(items, np.array([0.5, 0.3, 0.1, 0.6]), np.array([0, 0, 1, 0], np.int32))
    found = ruled(Select("argument"), predictions, {"argument": DecisionRule(abstain_below=0.6)})
    assert found.covered.tolist() == [False, True, True, True]


@pytest.mark.parametrize("task", [Spans("names", ("PER",)), Regression("score")])
def test_spans_and_numbers_are_always_answered(task):
    predictions = Predictions(one_each(1), np.ones((1, 3)), np.zeros(1, np.int32))
    with pytest.raises(TypeError, match="always answers"):
        ruled(task, predictions, {task.name: DecisionRule(abstain_below=0.5)})


@given(st.lists(st.floats(0.1, 9), max_size=3), st.lists(st.floats(0, 1), max_size=3), st.floats(0, 1))
def test_rules_survive_their_file(costs, thresholds, abstain_below):
    rules = {"task": DecisionRule(tuple(costs), tuple(thresholds), abstain_below), "plain": DecisionRule()}
    assert rules_from_json(json.loads(json.dumps(rules_to_json(rules)))) == rules
