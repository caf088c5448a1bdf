"""Two versions are told apart where they differ, and not where it is chance."""

import numpy as np
import pytest
from scipy.stats import binomtest

from transom.data.items import one_each
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.evaluation.compare import compare, holm
from transom.schema.tasks import Multiclass, Regression

SPAM = Multiclass("label", ("HAM", "SPAM"))


def certain(labels):
    return Predictions(one_each(len(labels)), np.eye(2)[labels], np.asarray(labels, np.int32))


def compared(gold, before, after, examples=None, metrics=None):
    labels = Labels(one_each(len(gold)), np.asarray(gold, np.int32))
    chosen = np.ones(len(gold), bool) if examples is None else examples
    found = compare(SPAM, labels, certain(before), certain(after), tag="*", examples=chosen, metrics=metrics)
    return {each.metric: each for each in found}


def flipped(gold, share, seed):
    """Predictions that are wrong on a share of examples, at random."""
    wrong = np.random.default_rng(seed).random(len(gold)) < share
    return np.where(wrong, 1 - gold, gold)


def test_the_same_predictions_are_no_gain_and_certainly_chance():
    gold = np.array([0, 1] * 20)
    found = compared(gold, flipped(gold, 0.2, 1), flipped(gold, 0.2, 1))["accuracy"]

    assert (found.gain, found.p_worse, found.p_better) == (0.0, 1.0, 1.0)
    assert (found.low, found.high) == (None, None)  # that no other example would differ is more than these tell


def test_a_better_version_gains_and_surely_so():
    gold = np.array([0, 1] * 200)
    found = compared(gold, flipped(gold, 0.3, 1), flipped(gold, 0.1, 2))

    for metric in ("accuracy", "macro_f1", "f1:SPAM"):
        assert found[metric].low > 0.1
        assert found[metric].p_better < 0.001
        assert found[metric].p_worse > 0.99


def test_of_an_error_less_is_a_gain():
    gold = Labels(one_each(50), np.linspace(0, 1, 50))
    near, far = (Predictions(gold.items, gold.values + by, gold.values + by) for by in (0.1, 0.3))
    found = {
        each.metric: each for each in compare(Regression("score"), gold, far, near, tag="*", examples=np.ones(50, bool))
    }

    assert found["mae"].gain == pytest.approx(0.2)
    assert found["mae"].before == pytest.approx(0.3)
    assert found["mae"].p_better < 0.001


@pytest.mark.parametrize("seed", range(5))
def test_resamples_in_which_all_gold_is_equal_say_nothing_of_r2(seed):
    """One resample in nine of three examples has but one of them, of which rounding left numbers of 1e15."""
    random = np.random.default_rng(seed)
    gold = Labels(one_each(3), random.normal(50, 10, 3))
    near, far = (Predictions(gold.items, values, values) for values in gold.values + random.normal(size=(2, 3)))
    (found,) = compare(Regression("score"), gold, far, near, tag="*", examples=np.ones(3, bool), metrics=["r2"])

    assert max(abs(found.low), abs(found.high)) < 1e6


def test_only_the_chosen_examples_count():
    gold = np.array([0, 1] * 50)
    after = gold.copy()
    after[50:] = 1 - after[50:]
    first_half = np.arange(100) < 50

    assert compared(gold, gold, after, first_half)["accuracy"].gain == 0
    assert compared(gold, gold, after, ~first_half)["accuracy"].gain == -1
    assert compared(gold, gold, after, first_half)["accuracy"].n == 50


def test_the_test_of_accuracy_is_mcnemars():
    gold = np.zeros(60, int)
    before, after = gold.copy(), gold.copy()
    before[:14] = 1
    after[10:15] = 1
    lost, won = 1, 10  # examples that only one of the two gets wrong
    exact = binomtest(won, won + lost, alternative="greater").pvalue

    assert compared(gold, before, after)["accuracy"].p_better == pytest.approx(exact, abs=0.01)


def test_the_order_of_examples_does_not_matter():
    gold = np.array([0, 1] * 100)
    before, after = flipped(gold, 0.3, 1), flipped(gold, 0.2, 2)
    order = np.random.default_rng(0).permutation(200)

    assert compared(gold, before, after) == compared(gold[order], before[order], after[order])


@pytest.mark.slow
def test_versions_that_are_as_good_seldom_seem_different():
    p_values = []
    for seed in range(200):
        gold = np.random.default_rng(seed).integers(0, 2, 80)
        found = compared(
            gold, flipped(gold, 0.2, 2 * seed + 1000), flipped(gold, 0.2, 2 * seed + 1001), metrics=["macro_f1"]
        )
        p_values.append(found["macro_f1"].p_worse)

    rejected = np.mean(np.array(p_values) < 0.05)
    assert rejected <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)  # the stated rate and two standard errors of 200 draws


def test_holm_rejects_none_of_many_that_are_chance():
    assert holm([0.04] * 10) == [False] * 10
    assert holm([]) == []


def test_holm_goes_on_while_the_next_is_sure_enough():
    assert holm([0.03, 0.001, 0.024]) == [True, True, True]


def test_a_slice_without_gold_is_not_compared():
    assert compared(np.full(4, -1), np.zeros(4, int), np.ones(4, int)) == {}


def test_one_example_tells_no_interval_of_a_gain_and_the_gain_is_not_sure():
    gold = Labels(one_each(1), np.array([1.0]))
    before, after = (Predictions(gold.items, values, values) for values in (np.array([2.0]), np.array([1.25])))
    found = {each.metric: each for each in compare(
        Regression("score"), gold, before, after, tag="*", examples=np.ones(1, bool))}  # fmt: skip
    assert (found["mae"].gain, found["mae"].low, found["mae"].high) == (0.75, None, None)
    assert found["mae"].p_better > 0.4
