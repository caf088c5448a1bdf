import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from transom.evaluation.ranking import roc_auc


def binary(scores: list[float] | np.ndarray) -> np.ndarray:
    column = np.asarray(scores, dtype=float)
    return np.stack([1 - column, column], axis=1)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
@settings(max_examples=60)
def test_the_area_of_the_second_class_is_that_of_scikit_learn(items: list[tuple[int, bool]]) -> None:
    scores, gold = np.array([score / 5 for score, _ in items]), np.array([int(label) for _, label in items])
    estimate = roc_auc(binary(scores), gold, np.arange(len(gold)))
    if len(set(gold.tolist())) < 2:
        assert estimate is None
        return
    assert estimate.value == pytest.approx(roc_auc_score(gold, scores))
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high


def test_more_classes_are_averaged_each_against_the_rest() -> None:
    rng = np.random.default_rng(0)
    gold = rng.integers(0, 4, 200)
    probabilities = rng.dirichlet(np.ones(4), 200)
    expected = roc_auc_score(gold, probabilities, multi_class="ovr", average="macro")
    assert roc_auc(probabilities, gold, np.arange(200)).value == pytest.approx(expected)


def test_a_class_that_gold_never_has_is_left_out() -> None:
    rng = np.random.default_rng(0)
    gold = rng.integers(0, 3, 100)
    probabilities = rng.dirichlet(np.ones(4), 100)
    expected = np.mean([roc_auc_score(gold == c, probabilities[:, c]) for c in range(3)])
    assert roc_auc(probabilities, gold, np.arange(100)).value == pytest.approx(expected)


def test_a_large_sample_has_delongs_interval() -> None:
    rng = np.random.default_rng(0)
    gold = rng.integers(0, 2, 2000)
    scores = rng.normal(size=2000) + gold
    positives, negatives = scores[gold == 1], scores[gold == 0]
    wins = (positives[:, None] > negatives).astype(float)
    variance = wins.mean(axis=1).var(ddof=1) / len(positives) + wins.mean(axis=0).var(ddof=1) / len(negatives)
    interval = roc_auc(binary(scores), gold, np.arange(2000))
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.02)


def test_a_perfect_ranking_of_few_items_is_not_certain() -> None:
    perfect = roc_auc(binary([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1]), np.arange(4))
    assert perfect.value == 1.0
    assert perfect.low < 0.5


def test_copies_of_items_within_an_example_add_no_certainty() -> None:
    rng = np.random.default_rng(0)
    gold = rng.integers(0, 2, 100)
    scores = binary(rng.normal(size=100) + gold)
    once = roc_auc(scores, gold, np.arange(100))
    copied = roc_auc(np.repeat(scores, 10, axis=0), np.repeat(gold, 10), np.repeat(np.arange(100), 10))
    assert copied.value == pytest.approx(once.value)
    assert copied.high - copied.low == pytest.approx(once.high - once.low, rel=0.02)


@pytest.mark.parametrize(("n_positive", "n_negative"), [(15, 15), (5, 100)])
def test_intervals_hold_the_truth_in_most_samples(n_positive: int, n_negative: int) -> None:
    rng = np.random.default_rng(1)
    gold = np.repeat([1, 0], [n_positive, n_negative])
    held = 0
    for _ in range(300):
        interval = roc_auc(binary(rng.normal(size=len(gold)) + 1.5 * gold), gold, np.arange(len(gold)))
        held += interval.low <= 0.8556 <= interval.high  # the normal distribution function at 1.5 / sqrt(2)
    # 95 % is meant; five positives say little about their own variance. The binomial sd of 300 trials is 1.3 %.
    assert 0.88 <= held / 300 <= 1.0
