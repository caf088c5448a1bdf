"""What of SQL depends on one row alone, and what does not."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from transom.errors import did_you_mean

_FUNCTIONS = """
    abs acos acosd array_contains array_get array_length array_mean array_reverse array_sum array_to_string asin asind
    atan atan2 atan2d atand bit_and bit_count bit_length bit_not bit_or bit_xor cast cbrt ceil ceiling char_length
    character_length coalesce concat concat_ws cos cosd cot cotd date_part degrees div ends_with exp extract
    floor greatest if ifnull initcap least left length ln log log10 log1p log2 lower ltrim mod normalize nullif
    octet_length pi position pow power radians regexp_like replace reverse right round rtrim sign sin sind split_part
    sqrt starts_with strftime string_to_array strpos substr substring tan tand trim try_cast upper
"""
ROW_WISE = frozenset(_FUNCTIONS.split())
"""The functions that an expression may call: what each gives depends on its row alone."""

_AGGREGATES_AND_WINDOWS = """
    array_agg avg bool_and bool_or corr count covar covar_pop covar_samp cume_dist dense_rank every first first_value
    lag last last_value lead max mean median min mode nth_value ntile percent_rank quantile_cont quantile_disc rank
    row_number stddev stdev stddev_pop stddev_samp string_agg sum unnest var variance var_pop var_samp
"""
_MANY_ROWS = frozenset(_AGGREGATES_AND_WINDOWS.split())
_BEFORE_PARENTHESES = "and between by case else exists from ilike in is like not or regexp rlike then when"
_SQL_WORDS = frozenset(_BEFORE_PARENTHESES.split())
_BEYOND_THE_ROW = {"over": "a window", "select": "a subquery", "filter": "an aggregate"}
_QUANTIFIERS = {"all", "any", "some"}
_CLOCK = {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "now", "today"}
_COMPARE = "Compare time with text: time > '2026-06-01'."
_DATES = {"date", "datetime", "timestamp"}
_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`[^`]*`)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>::|.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of an expression: a text, a quoted name, a word, or a sign."""

    kind: str
    text: str

    @property
    def name(self) -> str:
        """What a word or a quoted identifier names."""
        return self.text if self.kind == "word" else self.text[1:-1].replace('""', '"')


def tokens_of(sql: str) -> list[Token]:
    """The pieces of an expression without white space and comments."""
    found = ((match.lastgroup, match[0]) for match in _TOKEN.finditer(sql))
    return [Token(kind, text) for kind, text in found if kind is not None and kind != "skip"]


def beyond_the_row(tokens: Sequence[Token], columns: Collection[str]) -> Iterator[str]:
    """Why an expression's answer for a row could depend on other rows, or on when it is asked.

    Polars guesses the format of a date from the first row when it casts text to one: that is refused, too.
    """
    end = Token("sign", "")
    for before, token, after in zip([end, *tokens], tokens, [*tokens[1:], end], strict=False):
        if token.kind not in ("word", "quoted"):
            continue
        word = token.name.lower()
        is_keyword = token.kind == "word" and word not in columns
        if is_keyword and word in _BEYOND_THE_ROW:
            yield f"{token.text!r} begins {_BEYOND_THE_ROW[word]}, which depends on other rows. Use what one row holds."
        elif is_keyword and word in _QUANTIFIERS:
            yield f"{token.text!r} compares with the values of other rows. For lists use array_contains(tokens, 'old')."
        elif is_keyword and word in _CLOCK:
            yield f"{token.text!r} changes from run to run. {_COMPARE}"
        elif before.text.lower() in ("as", "::"):
            if word in _DATES:
                yield f"A cast to {word} takes its format from the first row. {_COMPARE}"
        elif after.text == "(" and word not in _SQL_WORDS | ROW_WISE:
            yield _no_function(token.name)


def _no_function(name: str) -> str:
    if name.lower() in _MANY_ROWS:
        return f"{name!r} looks at many rows, so its answer would depend on the batch. Use what one row holds."
    hint = did_you_mean(name.lower(), ROW_WISE) or " Use one such as length, lower, coalesce or array_length."
    return f"{name!r} is not a function of one row.{hint}"
