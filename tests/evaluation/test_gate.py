"""The gate refuses what is worse, passes what may be chance, and always says why."""

import numpy as np
import pytest

from transom.data.items import one_each
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.evaluation.compare import compare
from transom.evaluation.gate import Bounds, judge
from transom.evaluation.report import evaluate
from transom.schema.tasks import Multiclass

SPAM = Multiclass("label", ("HAM", "SPAM"))
N = 400
SLICE = np.arange(N) < 100
"""The first quarter is the slice `short`."""


def judged(rules, candidate, live=None, gold=None, n=N):
    gold = np.zeros(n, int) if gold is None else gold
    labels = Labels(one_each(n), np.asarray(gold, np.int32))
    tags, test = {"slice:short": np.arange(n) < n // 4}, np.ones(n, bool)
    rows = evaluate("model", SPAM, gold=labels, predictions=said(candidate), splits={"test": test}, tags=tags).rows
    found = ()
    if live is not None:
        asked = [rule.metric for rule in rules]
        found = [
            each
            for tag, chosen in {"*": test, **tags}.items()
            for each in compare(SPAM, labels, said(live), said(candidate), tag=tag, examples=chosen, metrics=asked)
        ]
    return judge(rules, rows, found, None if live is None else 1)


def said(labels):
    return Predictions(one_each(len(labels)), np.eye(2)[labels], np.asarray(labels, np.int32))


def wrong_on(*examples):
    labels = np.zeros(N, int)
    labels[np.concatenate([np.atleast_1d(each).astype(int) for each in examples])] = 1
    return labels


def drop(tag="*", max_drop=0.02, min_n=30):
    return Bounds("label", tag, "accuracy", None, max_drop, min_n)


def test_without_rules_a_candidate_passes_and_the_verdict_says_so():
    verdict = judged([], wrong_on(0))

    assert (verdict.outcome, verdict.why) == ("passed", "deploy.yaml has no gate, so nothing is asked for")


def test_a_candidate_that_is_better_overall_and_worse_on_a_gated_slice_is_refused():
    live = wrong_on(np.arange(200, 260))
    candidate = wrong_on(np.arange(0, 20))
    verdict = judged([drop(), drop("slice:short")], candidate, live)

    assert verdict.is_refused
    assert verdict.why == ("label accuracy on slice:short: 1.000 → 0.800, a loss of 0.200, more than 0.02")
    assert [each.outcome for each in verdict.judgements] == ["passed", "refused"]


def test_a_drop_that_may_be_chance_passes_and_says_so():
    verdict = judged([drop("slice:short")], wrong_on(np.arange(0, 6)), wrong_on(np.arange(6, 9)))
    (judgement,) = verdict.judgements

    assert judgement.outcome == "passed"
    assert judgement.why.startswith("0.970 → 0.940, a loss of 0.030, which may be chance (p = ")


def test_a_sure_drop_that_is_small_enough_passes():
    verdict = judged([drop(max_drop=0.1)], wrong_on(np.arange(0, 20)), wrong_on(0))

    assert verdict.judgements[0].p_worse < 0.001
    assert not verdict.is_refused


def test_a_metric_below_its_least_is_refused_whatever_is_live():
    verdict = judged([Bounds("label", "*", "accuracy", 0.95, None, 30)], wrong_on(np.arange(0, 40)))

    assert verdict.why == "label accuracy: 0.900 is less than 0.95"
    assert verdict.is_refused


def test_of_an_error_more_than_its_least_is_refused():
    verdict = judged([Bounds("label", "*", "ece", 0.05, None, 30)], wrong_on(np.arange(0, 40)))

    assert verdict.why == "label ece: 0.100 is more than 0.05"


def test_a_slice_with_few_items_cannot_be_judged_and_passes():
    verdict = judged([drop("slice:short", min_n=101)], wrong_on(np.arange(0, 50)), wrong_on(0))

    assert verdict.outcome == "passed"
    assert verdict.why == "0 of 1 rules are kept, 1 cannot be judged"
    assert verdict.judgements[0].why == "100 items on test, fewer than 101"


def test_a_subset_without_gold_cannot_be_judged():
    verdict = judged([drop("slice:gone")], wrong_on(0), wrong_on(0))

    assert [each.outcome for each in verdict.judgements] == ["cannot judge"]


def test_a_metric_that_is_not_defined_on_many_items_cannot_be_judged():
    verdict = judged([Bounds("label", "*", "f1:SPAM", 0.5, None, 30)], wrong_on(0))
    assert verdict.judgements[0].why == "test has no item to measure it on"


def test_the_first_version_has_nothing_to_lose():
    verdict = judged([drop()], wrong_on(np.arange(0, 50)))

    assert verdict.judgements[0].why == "there is no live version to compare with"
    assert verdict.against is None


def test_a_drop_of_a_metric_that_is_not_compared_cannot_be_judged():
    gold = np.arange(N) % 2
    verdict = judged([Bounds("label", "*", "roc_auc", None, 0.01, 30)], 1 - gold, live=gold, gold=gold)
    assert verdict.why == "0 of 1 rules are kept, 1 cannot be judged"
    [judgement] = verdict.judgements
    assert (judgement.outcome, judgement.why) == ("cannot judge", "version 1 cannot be compared with on it")


@pytest.mark.parametrize("other", [drop(min_n=N + 1), drop("slice:short", max_drop=0.1)], ids=["few items", "same"])
def test_a_rule_that_asks_nothing_more_makes_no_other_less_sure(other):
    five_lost = wrong_on(np.arange(5)), wrong_on([])
    assert judged([drop("slice:short")], *five_lost).is_refused
    assert judged([drop("slice:short"), other], *five_lost).is_refused


@pytest.mark.slow
def test_candidates_that_are_as_good_are_refused_at_the_stated_rate():
    rules, n, refused, runs = [drop(max_drop=0.0), drop("slice:short", max_drop=0.0)], 200, 0, 200
    for seed in range(runs):
        random = np.random.default_rng(seed)
        live, candidate = ((random.random(n) < 0.2).astype(int) for _ in range(2))
        refused += judged(rules, candidate, live, n=n).is_refused

    assert refused / runs <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / runs)
