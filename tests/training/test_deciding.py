"""Decision rules from settings and dev gold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve

from transom.data.decision_rules import DecisionRule
from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.data.targets import Targets
from transom.schema.tasks import Bitvector, Multiclass, Regression, Spans
from transom.training.config import Decision
from transom.training.deciding import FEWEST, LEAST, Known, decision_rule, missed_in_spans

COLOUR = Multiclass("colour", ("red", "green", "blue"))
TOPICS = Bitvector("topics", ("sport", "politics"))
NAMES = Spans("names", ("NAME",), "tokens")


def known(gold, targets=None):
    """Gold of these labels on dev, the second half of all; targets are what train has."""
    n = len(gold)
    targets = np.full((n, 3), 1 / 3) if targets is None else targets
    in_dev = np.arange(n) >= n // 2
    return Known(Labels(one_each(n), np.asarray(gold)), Targets(one_each(n), targets, np.ones(n)), ~in_dev, in_dev)


def of_bits(probabilities):
    """Predictions whose labels do not matter."""
    return Predictions(one_each(len(probabilities)), probabilities, (probabilities > 0.5).astype(np.int8))


def test_costs_are_one_where_nothing_is_said():
    rule = decision_rule(COLOUR, Decision(costs={"blue": 3.0}), of_bits(np.eye(3)), known([0, 1, 2]))
    assert rule == DecisionRule(costs=(1.0, 1.0, 3.0))


def test_balanced_costs_make_rare_classes_dear():
    targets = np.eye(3)[[0, 0, 0, 0, 0, 1, 1, 2] * 2]
    rule = decision_rule(COLOUR, Decision(costs="balanced"), of_bits(targets), known(np.zeros(16, int), targets))
    assert np.array(rule.costs) * [6, 3, 2] == pytest.approx(np.full(3, 11 / 3))


def test_thresholds_of_dev_are_near_the_best_there_are():
    random = np.random.default_rng(0)
    probabilities = random.beta(0.3, 2.0, size=(4000, 2))
    gold = (random.random((4000, 2)) < probabilities).astype(np.int8)
    rule = decision_rule(TOPICS, Decision(), of_bits(probabilities), known(gold))

    def f1(threshold):
        found, truth = probabilities[:2000, 0] > threshold, gold[:2000, 0] == 1
        return 2 * (found & truth).sum() / (found.sum() + truth.sum())

    best = max(f1(threshold) for threshold in np.linspace(0.05, 0.95, 91))
    assert f1(rule.thresholds[0]) > best - 0.02
    assert f1(rule.thresholds[0]) > f1(0.5)


def test_thresholds_follow_probabilities_that_are_all_too_low():
    random = np.random.default_rng(0)
    gold = (random.random((400, 2)) < 0.3).astype(np.int8)
    rule = decision_rule(TOPICS, Decision(), of_bits(0.05 + 0.2 * gold), known(gold))
    assert rule.thresholds == pytest.approx((0.15, 0.15))


def test_where_nothing_tells_bits_apart_the_threshold_is_below_all():
    gold = np.ones((100, 2), np.int8)
    assert decision_rule(TOPICS, Decision(), of_bits(np.full((100, 2), 0.4)), known(gold)).thresholds == (0.2, 0.2)


def test_only_gold_of_dev_is_looked_at():
    random = np.random.default_rng(0)
    probabilities = random.random((200, 2))
    gold = (random.random((200, 2)) < probabilities).astype(np.int8)
    other = np.concatenate([1 - gold[:100], gold[100:]])
    one, same = (decision_rule(TOPICS, Decision(), of_bits(probabilities), known(each)) for each in (gold, other))
    assert one == same


def test_elements_that_are_not_seen_say_nothing_of_thresholds():
    random = np.random.default_rng(1)
    probabilities = random.beta(0.3, 2.0, size=(400, 2))
    gold = (random.random((400, 2)) < probabilities).astype(np.int8)
    expected = decision_rule(TOPICS, Decision(), of_bits(probabilities), known(gold))
    unseen = np.full((400, 2), 0.5)  # what is said of elements beyond max_length
    longer = of_bits(np.concatenate([unseen, probabilities, unseen]))
    is_seen = np.repeat([[False] * 2, [True] * 2, [False] * 2], 400, axis=0)
    gold = np.concatenate([np.ones((400, 2), np.int8), gold, np.ones((400, 2), np.int8)])
    assert decision_rule(TOPICS, Decision(), replace(longer, covered=is_seen), known(gold)) == expected


def test_too_few_labels_leave_the_threshold_at_one_half():
    random = np.random.default_rng(0)
    gold = np.full((100, 2), -1, np.int8)
    gold[-FEWEST + 1 :, 0] = 1
    assert decision_rule(TOPICS, Decision(), of_bits(random.random((100, 2))), known(gold)).thresholds == (0.5, 0.5)


def test_a_bit_that_gold_never_says_holds_is_never_answered_for_being_less_improbable():
    gold = np.zeros((200, 2), np.int8)
    probabilities = np.linspace(0, 2e-7, 400).reshape(200, 2)
    assert decision_rule(TOPICS, Decision(), of_bits(probabilities), known(gold)).thresholds == (0.5, 0.5)


def test_a_bit_that_cannot_be_told_is_not_said_to_hold_everywhere():
    random = np.random.default_rng(0)
    gold = np.zeros((200, 2), np.int8)
    gold[:, 0] = np.arange(200) % 100 == 0  # two of them, and the model knows nothing of either bit
    gold[:, 1] = np.arange(200) % 5 == 0
    probabilities = np.stack([random.uniform(0.009, 0.011, 200), random.uniform(0.19, 0.21, 200)], axis=1)
    rare, common = decision_rule(TOPICS, Decision(), of_bits(probabilities), known(gold)).thresholds
    assert rare == LEAST
    assert LEAST < common < 0.21


def test_of_a_few_labels_what_is_expected_too_makes_better_thresholds_than_their_own_f1():
    random = np.random.default_rng(0)
    many = random.beta(0.5, 1.5, 20_000)

    def f1(threshold):
        found = many > threshold
        return 2 * many[found].sum() / (found.sum() + many.sum())

    gains = []
    for _ in range(30):
        probabilities = random.beta(0.5, 1.5, (80, 1))
        gold = (random.random((80, 1)) < probabilities).astype(np.int8)
        (ours,) = decision_rule(Bitvector("t", ("a",)), Decision(), of_bits(probabilities), known(gold)).thresholds
        precision, recall, thresholds = precision_recall_curve(gold[40:, 0], probabilities[40:, 0])
        their_own = (2 * precision * recall / np.maximum(precision + recall, 1e-9))[:-1].argmax()
        gains.append(f1(ours) - f1(thresholds[their_own]))
    assert np.mean(gains) > 0.01


def test_items_without_gold_count_as_is_expected_of_them():
    probabilities = np.tile([0.1, 0.3, 0.6, 0.9], 50)[:, None]
    gold = np.full((200, 1), -1)
    gold[-40:] = np.tile([0, 0, 1, 1], 10)[:, None]
    (one,) = decision_rule(Bitvector("t", ("a",)), Decision(), of_bits(probabilities), known(gold)).thresholds
    assert one == pytest.approx(0.45)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 1.0]), st.integers(-1, 1)), min_size=1, max_size=30))
def test_a_threshold_is_between_0_and_1_and_the_same_in_any_order(pairs):
    probabilities, gold = (np.repeat(np.array(each)[:, None], 2, axis=1) for each in zip(*pairs, strict=True))
    doubled = np.concatenate([probabilities, probabilities]), np.concatenate([gold, gold])
    one, other = (
        decision_rule(TOPICS, Decision(), of_bits(doubled[0][order]), known(doubled[1][order])).thresholds
        for order in (np.arange(2 * len(pairs)), np.arange(2 * len(pairs))[::-1])
    )
    assert one == pytest.approx(other)
    assert all(0 <= threshold <= 1 for threshold in one)


@pytest.mark.parametrize(("said", "thresholds"), [(0.3, (0.3, 0.3)), ({"politics": 0.2}, (0.5, 0.2))])
def test_thresholds_can_be_given(said, thresholds):
    random = np.random.default_rng(0)
    rule = decision_rule(TOPICS, Decision(threshold=said), of_bits(random.random((4, 2))), known(np.zeros((4, 2))))
    assert rule.thresholds == thresholds


def test_the_bound_of_abstaining_is_passed_on():
    rule = decision_rule(COLOUR, Decision(abstain_below=0.7), of_bits(np.eye(3)), known([0, 1, 2]))
    assert rule == DecisionRule(abstain_below=0.7)


def test_a_number_is_decided_by_itself():
    predictions = Predictions(one_each(2), np.zeros(2), np.zeros(2))
    assert decision_rule(Regression("score"), Decision(), predictions, known([0.0, 1.0])) == DecisionRule()


def of_spans(n_examples, doubt):
    """Ten tokens an example, of which every other is a name with so much doubt; the rest look a little like names."""
    items = from_lengths(np.full(n_examples, 10))
    gold = np.tile([0, 1], items.n_items // 2)
    of_name = np.where(gold == 1, 1 - doubt, 0.2)
    probabilities = np.stack([1 - of_name, of_name, np.zeros(items.n_items)], axis=1)
    in_dev = np.arange(n_examples) >= n_examples // 2
    targets = Targets(items, probabilities, np.ones(items.n_items))
    return Predictions(items, probabilities, np.zeros(items.n_items, int)), Known(
        Labels(items, gold), targets, ~in_dev, in_dev
    )


def test_names_that_are_doubted_too_much_are_found_where_dev_says_so():
    (cost_of_o, *costs_of_tags) = decision_rule(NAMES, Decision(), *of_spans(20, 0.6)).costs
    assert 0.25 < cost_of_o < 0.4 / 0.6
    assert costs_of_tags == [1.0, 1.0]


def test_spans_are_decided_as_likeliest_where_that_is_as_good_or_dev_says_too_little():
    assert decision_rule(NAMES, Decision(), *of_spans(20, 0.1)) == DecisionRule()
    assert decision_rule(NAMES, Decision(), *of_spans(2, 0.6)) == DecisionRule()


def test_tokens_without_gold_say_nothing_of_spans():
    predictions, known = of_spans(20, 0.6)
    nothing = Known(Labels(known.gold.items, np.full(200, -1)), known.targets, known.train, known.dev)
    assert decision_rule(NAMES, Decision(), predictions, nothing) == DecisionRule()


def test_what_is_missing_in_spans_is_told_at_the_cost_of_o_that_suits_them():
    predictions, known = of_spans(20, 0.6)
    assert missed_in_spans(predictions, known.gold.values) == 0.0


def test_spans_that_no_cost_of_o_brings_out_are_missing():
    predictions, known = of_spans(20, 0.8)
    assert missed_in_spans(predictions, known.gold.values) == 1.0


def test_too_few_spans_say_nothing_of_what_is_missing():
    predictions, known = of_spans(20, 0.8)
    few = np.where(np.arange(200) < 2 * FEWEST - 2, known.gold.values, -1)
    assert missed_in_spans(predictions, few) == 0.0
