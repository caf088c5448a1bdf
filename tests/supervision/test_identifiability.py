"""What votes alone cannot tell is said."""

import numpy as np

from transom.supervision.identifiability import doubts
from transom.testing.label_models import draw_votes, matrix_of


def said(votes, n_classes=2, *, prior_is_known=True):
    return [
        str(doubt)
        for doubt in doubts(matrix_of(np.array(votes, dtype=np.int8), n_classes), prior_is_known=prior_is_known)
    ]


def test_three_sources_that_meet_leave_no_doubt():
    matrix, _ = draw_votes(np.full(3, 0.8), n_rows=100)
    assert doubts(matrix, prior_is_known=False) == ()


def test_no_votes():
    assert said([[-1, -1, -1]]) == ["T103 no source votes on any training row. Add sources, or loosen their rules."]


def test_two_sources():
    assert said([[0, 1, -1]]) == [
        "T104 fewer than three sources vote (s0, s1): their agreement says nothing. Add sources."
    ]


def test_sources_that_hardly_meet():
    assert said([[0, 1, -1], [-1, -1, 0]]) == [
        "T105 two sources vote on the same row only once. Add sources that overlap."
    ]


def test_a_source_that_meets_no_other():
    votes = [[0, 1, -1]] * 20 + [[1, 0, -1]] * 20 + [[-1, -1, 1]]
    assert said(votes) == ["T105 s2 never votes where another source does, and is taken on trust."]


def test_votes_for_one_class_only():
    assert said([[1, 1, 1]] * 30) == [
        "T106 all votes are for one class, so none can be found wrong. Add sources for others."
    ]


def test_one_sided_rules_without_a_prior():
    votes = [[0, 1, -1], [-1, 1, 0]] * 20
    assert said(votes, prior_is_known=True) == []
    assert said(votes, prior_is_known=False) == [
        "T106 every source votes a single class, and how common classes are is unknown (taken as equally common). "
        "Give gold labels on dev, or `label_model: {name: em, prior: [...]}` in model.yaml."
    ]


def test_one_sided_rules_with_a_prior_of_a_few_gold_labels():
    matrix = matrix_of(np.array([[0, 1, -1], [-1, 1, 0]] * 20, dtype=np.int8), 2)
    assert [str(doubt) for doubt in doubts(matrix, prior_is_known=False, n_gold=12)] == [
        "T106 every source votes a single class, and how common classes are is counted on 12 gold labels of dev alone. "
        "Give more gold labels on dev, or `label_model: {name: em, prior: [...]}` in model.yaml."
    ]
