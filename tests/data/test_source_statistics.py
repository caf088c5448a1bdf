import numpy as np
import pytest

from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels
from transom.data.source_statistics import source_statistics
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

TASK = Multiclass("spam", ("ham", "spam"))


def labels(*values, dtype=np.int32):
    return Labels(one_each(len(values)), np.array(values, dtype))


def everyone(n):
    return np.ones(n, dtype=bool)


def test_a_source_has_its_coverage_its_classes_and_its_accuracy_on_gold():
    found = source_statistics(TASK, "lf", labels(0, 1, 1, -1), labels(0, 0, -1, 1), everyone(4))
    assert (found.task, found.source, found.n, found.n_voted, found.coverage) == ("spam", "lf", 4, 3, 0.75)
    assert found.shares == {"ham": pytest.approx(1 / 3), "spam": pytest.approx(2 / 3)}
    assert (found.n_gold, found.accuracy) == (2, 0.5)


def test_only_the_chosen_examples_count():
    found = source_statistics(TASK, "lf", labels(0, 1, 1), labels(0, 1, 0), np.array([True, True, False]))
    assert (found.n, found.n_voted, found.accuracy) == (2, 2, 1.0)


def test_a_source_that_always_abstains_and_an_empty_choice_have_no_accuracy():
    for chosen in (everyone(2), ~everyone(2)):
        found = source_statistics(TASK, "lf", labels(-1, -1), labels(0, 1), chosen)
        assert (found.n_voted, found.coverage, found.accuracy) == (0, 0.0, None)
        assert found.shares == {"ham": 0.0, "spam": 0.0}


def test_items_of_one_example_count_as_one_example_with_a_vote():
    votes = Labels(from_lengths(np.array([3, 1])), np.array([0, 1, -1, -1], np.int32))
    found = source_statistics(TASK, "tagger", votes, votes, everyone(2))
    assert (found.n, found.n_voted, found.coverage, found.n_gold, found.accuracy) == (2, 1, 0.5, 1, 1.0)


def test_items_that_are_as_many_as_examples_still_belong_to_theirs():
    votes = Labels(from_lengths(np.array([2, 0])), np.array([0, 1], np.int32))
    found = source_statistics(TASK, "tagger", votes, votes, np.array([True, False]))
    assert (found.n, found.n_voted, found.coverage) == (1, 1, 1.0)
    assert found.shares == {"ham": 0.5, "spam": 0.5}
    assert source_statistics(TASK, "tagger", votes, votes, np.array([False, True])).n_voted == 0


def test_bits_have_the_share_in_which_each_holds():
    votes = Labels(one_each(2), np.array([[1, 0], [1, -1]], np.int8))
    gold = Labels(one_each(2), np.array([[1, 1], [-1, -1]], np.int8))
    found = source_statistics(Bitvector("topics", ("sport", "money")), "kb", votes, gold, everyone(2))
    assert found.shares == {"sport": 1.0, "money": 0.0}
    assert (found.coverage, found.n_gold, found.accuracy) == (0.75, 1, 0.5)


def test_spans_have_the_classes_of_their_tokens():
    votes = Labels(from_lengths(np.array([4])), np.array([1, 2, 3, 0], np.int32))
    found = source_statistics(Spans("names", ("PER", "LOC")), "gaz", votes, votes, everyone(1))
    assert found.shares == {"PER": pytest.approx(2 / 3), "LOC": pytest.approx(1 / 3)}


def test_a_choice_of_a_member_is_judged_by_example_and_a_number_not_at_all():
    votes = Labels(from_lengths(np.array([2, 3])), np.array([1, 0], np.int32))
    chosen = source_statistics(Select("arg", "entities"), "kb", votes, votes, everyone(2))
    assert (chosen.n_voted, chosen.accuracy, chosen.shares) == (2, 1.0, {})
    scores = labels(0.5, np.nan, dtype=np.float64)
    scored = source_statistics(Regression("score"), "mood", scores, scores, everyone(2))
    assert (scored.n_voted, scored.n_gold, scored.accuracy, scored.shares) == (1, 1, None, {})
