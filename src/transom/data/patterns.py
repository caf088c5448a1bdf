"""Patterns: what a regex or a list of keywords finds in a column of texts."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import polars as pl

_KEYWORDS_A_REGEX = 400  # many more overflow the regex engine's cache of states, and it crawls


def regex_fault(pattern: str) -> str | None:
    """Why a pattern is not a regex in Rust's syntax; None where it is.

    >>> regex_fault("(?<=un)known")
    'look-around, including look-ahead and look-behind, is not supported'
    """
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        said = re.search(r"^error: (.*)", str(error), re.MULTILINE)
        return said[1] if said else str(error).split("\n", 1)[0].removeprefix("regex error: ").rstrip(".")
    return None


def contains_keyword(
    text: pl.Expr, keywords: Sequence[str], *, is_substring: bool = False, is_case_sensitive: bool = False
) -> pl.Expr:
    """Whether one of the keywords occurs in a text: Boolean, null where there is no text.

    A keyword is whole words: what is a letter, a digit or `_` at its ends may not go on beyond them, and a space in it
    matches any white space. Case is folded as in a regex with `(?i)`: one character at a time, so ß is not ss.

    >>> frame = pl.DataFrame({"query": ["Old age", "gold", "how  old?"]})
    >>> frame.select(contains_keyword(pl.col("query"), ["old"])).to_series().to_list()
    [True, False, True]
    """
    if is_substring and is_case_sensitive:
        return text.str.contains_any(list(keywords))
    flags = "" if is_case_sensitive else "(?i)"
    patterns = _alternatives(keywords) if is_substring else _whole_words(keywords)
    return pl.any_horizontal(text.str.contains(flags + pattern) for pattern in patterns)


def _alternatives(keywords: Sequence[str]) -> Iterator[str]:
    return (f"(?:{some})" for some in _joined([pl.escape_regex(keyword) for keyword in keywords]))


def _whole_words(keywords: Sequence[str]) -> Iterator[str]:
    r"""Regexes for keywords that are whole words.

    Not with \b: it makes the engine leave its fast path wherever a text is not ASCII, for a hundredth of the speed.
    The edge stands outside of the alternatives for the same reason.
    """
    words = [r"\s+".join(map(pl.escape_regex, keyword.split())) for keyword in keywords]
    series = pl.Series(keywords, dtype=pl.String).str.strip_chars()
    edges = zip(series.str.contains(r"^\w"), series.str.contains(r"\w$"), words, strict=True)
    for edge, group in groupby(sorted(edges), key=itemgetter(0, 1)):
        before, after = (r"(?:^|\W)" if edge[0] else ""), (r"(?:\W|$)" if edge[1] else "")
        for some in _joined([words for _, _, words in group]):
            yield f"{before}(?:{some}){after}"


def _joined(words: Sequence[str]) -> Iterator[str]:
    return ("|".join(words[i : i + _KEYWORDS_A_REGEX]) for i in range(0, len(words), _KEYWORDS_A_REGEX))
