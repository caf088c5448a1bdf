import numpy as np

from task_evidence import evidence_of
from transom.schema.tasks import Multiclass, Regression
from transom.supervision.reach import reach

TASK = Multiclass("intent", ("height", "age"))


def mask(letters):
    return np.array([letter == "1" for letter in letters])


def test_a_source_is_looked_at_in_each_subset_of_train():
    votes = {"a": [0, 0, -1, 1, 0], "b": [-1, 1, -1, 1, -1]}
    given = evidence_of(TASK, votes, gold=[-1, -1, -1, 0, -1], splits="tttdx")
    first, second = reach(given, {"slice:short": mask("11011"), "nowhere": mask("00011")})
    assert (first.tag, first.source, first.n, first.coverage, first.conflict) == ("slice:short", "a", 2, 1.0, 0.5)
    assert (second.source, second.coverage, second.conflict) == ("b", 0.5, 0.5)
    assert (first.accuracy_gold, first.n_gold) == (0.0, 1)


def test_gold_of_train_judges_where_dev_has_none_and_else_nothing_does():
    given = evidence_of(TASK, {"a": [0, 0, -1]}, gold=[0, -1, 1], splits="ttd")
    everywhere, second = reach(given, {"x": mask("111"), "y": mask("010")})
    assert (everywhere.accuracy_gold, everywhere.n_gold) == (1.0, 1)
    assert (second.accuracy_gold, second.n_gold) == (None, 0)


def test_numbers_have_coverage_alone():
    given = evidence_of(Regression("score"), {"a": [1.0, np.nan]}, gold=[np.nan] * 2, splits="tt")
    (row,) = reach(given, {"x": mask("11")})
    assert (row.coverage, row.conflict, row.accuracy_gold) == (0.5, 0.0, None)


def test_without_sources_nothing_reaches_anywhere():
    assert reach(evidence_of(TASK, {}, gold=[0], splits="t"), {"x": mask("1")}) == ()
