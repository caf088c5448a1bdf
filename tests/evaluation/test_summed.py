"""Metrics made of sums over examples are the metrics of the report."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.evaluation.metrics import metrics_for
from transom.evaluation.summed import summed
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

TASKS = [
    Multiclass("label", ("A", "B", "C")),
    Bitvector("topics", ("a", "b")),
    Spans("names", ("PER", "LOC")),
    Select("entity"),
    Regression("score"),
]


def random_case(task, seed, n_examples=30):
    """Gold, with some missing, and predictions of a task; sequences of several items an example where it has some."""
    random = np.random.default_rng(seed)
    is_single = isinstance(task, Regression) or (isinstance(task, Multiclass | Bitvector) and seed % 2)
    items = one_each(n_examples) if is_single else from_lengths(random.integers(0, 5, n_examples))
    n = items.n_items
    covered = None
    match task:
        case Multiclass():
            gold, labels = (random.integers(low, 3, n).astype(np.int32) for low in (-1, 0))
            probabilities = random.dirichlet(np.ones(3), n)
            covered = random.random(n) < 0.8
        case Bitvector():
            gold, labels = (random.integers(low, 2, (n, 2)).astype(np.int8) for low in (-1, 0))
            probabilities = random.random((n, 2))
        case Spans():
            gold, labels = (random.integers(low, 5, n).astype(np.int32) for low in (-1, 0))
            probabilities = random.dirichlet(np.ones(5), n)
        case Select():
            gold, labels = (random.integers(low, items.lengths + 1).astype(np.int32) for low in (-1, 0))
            probabilities = random.random(n)
        case Regression():
            gold = np.where(random.random(n) < 0.2, np.nan, random.normal(size=n))
            labels = probabilities = np.where(random.random(n) < 0.1, np.nan, random.normal(size=n))
    keep = random.random(len(gold)) < 0.7
    return Labels(items, gold), Predictions(items, probabilities, labels, covered), keep


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_totals_make_the_metrics_of_the_report(task, seed):
    gold, predictions, keep = random_case(task, seed)
    report = {measure.metric: measure.value for measure in metrics_for(task, gold, predictions, keep)}
    sums = summed(task, gold, predictions, keep)
    values = {name: float(one.formula(one.values.sum(axis=0))) for name, one in sums.items()}

    assert set(report) - {"roc_auc"} <= set(values)
    for name, value in report.items():
        if name != "roc_auc":  # it ranks examples against each other, so it is no function of sums
            assert values[name] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_every_prediction_of_the_same_items_has_a_row_for_the_same_examples(task):
    gold, predictions, keep = random_case(task, 3)
    sums = summed(task, gold, predictions, keep)

    assert {len(one.values) for one in sums.values()} == {gold.items.n_examples}
