"""Votes that come out as before are the same object, so that nothing after them is worked out again."""

import numpy as np
import pytest

from transom.data.items import one_each
from transom.data.labels import Labels
from transom.pipeline.labeling import RuleLabels
from transom.pipeline.rule_cache import Applied, _with_votes_of
from transom.supervision.rule_kinds import PythonRule


def applied(task, values, probabilities=None):
    labels = Labels(one_each(2), np.array(values, dtype=np.int32), probabilities)
    return Applied(PythonRule("lf", task, "rules:lf"), "", RuleLabels(labels))


def test_the_same_votes_stay_the_same_object():
    soft = np.array([[0.4, 0.6], [np.nan, np.nan]])
    before, now = applied("intent", [1, -1], soft), applied("intent", [1, -1], soft.copy())
    assert _with_votes_of(before, now).votes is before.votes


@pytest.mark.parametrize(
    ("task", "values", "probabilities"),
    [
        ("intent", [1, 1], None),
        ("other", [1, -1], None),
        ("intent", [1, -1], np.array([[0.4, 0.6], [np.nan, np.nan]])),
    ],
    ids=["another class", "another task", "less sure"],
)
def test_other_votes_are_another_object(task, values, probabilities):
    before, now = applied("intent", [1, -1]), applied(task, values, probabilities)
    assert _with_votes_of(before, now).votes is now.votes
