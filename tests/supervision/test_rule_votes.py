import pytest

from transom.data.decode import Invalid
from transom.schema.tasks import Bitvector, Multiclass, Regression, Spans
from transom.supervision.rule_votes import encoded_text, encoded_vote, read_threshold

CLASSES = ("sport", "politics")


@pytest.mark.parametrize(
    ("task", "vote", "encoded"),
    [
        (Multiclass("t", CLASSES), "politics", 1),
        (Bitvector("t", CLASSES), "politics", [1]),
        (Bitvector("t", CLASSES), ("politics", "sport"), [0, 1]),
        (Bitvector("t", CLASSES), (), []),
        (Regression("t"), 3.0, 3.0),
        (Spans("t", CLASSES, "tokens"), "politics", [[0, 1, 1]]),
    ],
)
def test_a_vote_is_encoded_as_the_task_needs_it(task, vote, encoded):
    assert encoded_vote(task, vote) == encoded


@pytest.mark.parametrize("task", [Multiclass("t", CLASSES), Bitvector("t", CLASSES), Regression("t")])
def test_a_vote_that_is_no_label_has_a_reason(task):
    assert isinstance(encoded_vote(task, "sprot"), Invalid)


def test_numbers_in_a_table_are_texts():
    assert encoded_text(Regression("t"), "1.5") == 1.5
    assert isinstance(encoded_text(Regression("t"), "tall"), Invalid)
    assert isinstance(encoded_text(Regression("t"), "nan"), Invalid)
    assert encoded_text(Multiclass("t", ("1", "2")), "2") == 1


@pytest.mark.parametrize(
    ("text", "holds", "fails"),
    [(">= 0.05", 0.05, 0.04), ("<=-.5", -0.5, -0.4), ("> 0", 0.1, 0), ("<1.", 0.9, 1), (" >= +1 ", 1, 0)],
)
def test_a_threshold_says_which_scores_count(text, holds, fails):
    threshold = read_threshold(text)
    assert threshold.compare(holds, threshold.number)
    assert not threshold.compare(fails, threshold.number)


@pytest.mark.parametrize("text", ["0.05", "", ">=", "=> 1", ">= 1 and < 2", ">= nan", "== 1"])
def test_what_is_no_threshold_is_none(text):
    assert read_threshold(text) is None
