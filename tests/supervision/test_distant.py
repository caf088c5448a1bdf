import re

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.supervision.distant import agreed_labels, facts_in


def pairs(texts, **columns):
    """(row, fact) of the facts that occur, where every column's values are looked for in the same texts."""
    table = pl.DataFrame({name: pl.Series(values, dtype=pl.String) for name, values in columns.items()})
    series = pl.Series(texts, dtype=pl.String)
    return sorted(facts_in([(name, series) for name in columns], table).rows())


def test_a_value_occurs_as_whole_words_in_any_case_and_between_any_signs():
    texts = ["Barack  OBAMA, that is", "barack-obama", "Barack and Obama", "barackobama", "obama barack", None, ""]
    assert pairs(texts, person=["Barack Obama"]) == [(0, 0), (1, 0)]


def test_values_that_share_a_word_are_all_found():
    assert pairs(["a b c"], value=["a b", "b c", "b", "a c"]) == [(0, 0), (0, 1), (0, 2)]


def test_all_values_of_a_fact_must_occur():
    assert pairs(["ada in london", "ada"], person=["Ada", "Ada"], place=["London", "Paris"]) == [(0, 0)]


def test_a_value_without_words_occurs_nowhere():
    assert pairs(["a - b", ""], value=["-", "", None]) == []


def test_facts_that_agree_label_an_example_and_facts_that_do_not_leave_it_alone():
    facts = pl.DataFrame(
        {"row": [0, 0, 1, 1, 2], "fact": [0, 1, 0, 2, 3]}, schema={"row": pl.UInt32, "fact": pl.UInt32}
    )
    labels = pl.Series(["x", "x", "y", None])
    assert agreed_labels(facts, labels, 4).to_list() == ["x", None, None, None]


TEXTS = st.text("abA -.", max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, max_size=4), st.lists(TEXTS, max_size=4))
def test_facts_are_found_as_by_comparing_words(texts, values):
    def words(text):
        return " " + " ".join(re.findall(r"\w+", text.lower())) + " "

    expected = [
        (row, fact)
        for row, text in enumerate(texts)
        for fact, value in enumerate(values)
        if words(value).strip() and words(value) in words(text)
    ]
    assert pairs(texts, value=values) == expected
