import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.patterns import contains_keyword, regex_fault

WORDS = st.text(st.sampled_from("aAbéÉ_1 .!ßя"), max_size=12)
KEYWORDS = st.lists(WORDS.filter(str.strip), min_size=1, max_size=4)


def matches(texts, keywords, **options):
    frame = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    return frame.select(contains_keyword(pl.col("text"), keywords, **options)).to_series().to_list()


def found(text, *keywords, **options):
    return matches([text], keywords, **options)[0]


@pytest.mark.parametrize(
    ("text", "keyword", "is_found"),
    [
        ("so OLD a man", "old", True),
        ("a goldsmith", "old", False),
        ("old", "Old", True),
        ("an old-timer", "old", True),
        ("old_timer", "old", False),
        ("check\n out this", "check out", True),
        ("checkout", "check out", False),
        ("I know c++", "c++", True),
        ("hello :)", ":)", True),
        ("hello:)", ":)", True),
        ("ÉCOLE", "école", True),
        ("préécole", "école", False),
        ("a.b", "a.b", True),
        ("axb", "a.b", False),
        ("किताब", "कि", False),
    ],
)
def test_a_keyword_is_whole_words_in_any_case(text, keyword, is_found):
    assert found(text, keyword) is is_found


def test_a_substring_may_stand_within_a_word():
    assert found("a GOLDsmith", "old", is_substring=True)
    assert not found("a GOLDsmith", "old", is_substring=True, is_case_sensitive=True)
    assert found("a goldsmith", "old", is_substring=True, is_case_sensitive=True)


def test_the_case_can_matter():
    assert not found("old", "Old", is_case_sensitive=True)
    assert found("Old", "Old", is_case_sensitive=True)


def test_a_missing_text_matches_neither_way():
    for options in ({}, {"is_substring": True}, {"is_substring": True, "is_case_sensitive": True}):
        assert matches(["old", None], ["old", "age"], **options) == [True, None]


def test_thousands_of_keywords_are_all_found():
    keywords = [f"word{i}" for i in range(1500)]
    texts = [f"this is {keyword}." for keyword in keywords]
    assert matches([*texts, "word", "word15000"], keywords) == [True] * 1500 + [False, False]


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("(?i)how (tall|high)", None),
        ("(", "unclosed group"),
        ("(?<=un)known", "look-around, including look-ahead and look-behind, is not supported"),
        (r"(a)\1", "backreferences are not supported"),
        ("a{5,2}", "invalid repetition count range, the start must be <= the end"),
        ("(a{9999}){9999}", "Compiled regex exceeds size limit of 10485760 bytes"),
    ],
)
def test_a_pattern_that_is_no_regex_has_a_reason(pattern, fault):
    assert regex_fault(pattern) == fault


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=5), KEYWORDS, st.booleans())
def test_keywords_match_each_text_by_itself_and_as_python_would(texts, keywords, is_case_sensitive):
    together = matches(texts, keywords, is_case_sensitive=is_case_sensitive)
    assert together == [found(text, *keywords, is_case_sensitive=is_case_sensitive) for text in texts]
    assert together == [in_python(text, keywords, is_case_sensitive) for text in texts]


def in_python(text, keywords, is_case_sensitive):
    """Keywords as Python's own regexes find them, with the look-around that Rust's cannot have."""
    flags = re.NOFLAG if is_case_sensitive else re.IGNORECASE
    for keyword in keywords:
        words = r"\s+".join(map(re.escape, keyword.split()))
        before = r"(?<!\w)" if re.match(r"\w", keyword.strip()) else ""
        after = r"(?!\w)" if re.search(r"\w$", keyword.strip()) else ""
        if re.search(before + words + after, text, flags):
            return True
    return False
