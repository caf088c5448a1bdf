"""Expressions: SQL conditions on one row, the same whatever rows stand around it.

An expression names payloads, `payload.field`, `id`, `time`, `order`, and tags in double quotes. Polars would also take
aggregates, windows, subqueries, and functions that guess the format of a date from the first row: they are refused, as
their answer would change with the batch. What is left is law-tested row by row.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from transom.data.dataset import payload_dtype
from transom.data.row_sql import Token, beyond_the_row, tokens_of
from transom.errors import NOWHERE, Location, Problem, ProjectError, did_you_mean, listed
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema

_ROW_COLUMNS = {"id": pl.String(), "time": pl.Datetime("us", "UTC"), "order": pl.Float64()}
_TAGS = pl.List(pl.String())
_TABLE = "the rows"
_N_UNKNOWN = 3  # rows on which an expression is tried out
_ENGINE_ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
_OF_A_LIST = re.compile(r"got:? `?list\[|dtype: List\(|cannot cast List")
"""In what Polars says of a function or comparison that does not take a list."""
_OF_A_TEXT = re.compile(r"cannot compare string with numeric|arithmetic on dtypes str")
"""In what it says of a text where a number is wanted."""


@dataclass(frozen=True)
class RowExpression:
    """A checked expression, the columns of a frame that it reads, and the tags among what it names."""

    sql: str
    columns: tuple[str, ...]
    tags: tuple[str, ...] = ()
    at: Location = NOWHERE


def read_expression(sql: str, schema: Schema, at: Location = NOWHERE) -> tuple[RowExpression | None, list[Problem]]:
    """The expression in a text, or None and what is wrong with it.

    >>> from transom.schema.payloads import Singleton
    >>> schema = Schema((Singleton("query", "text"),))
    >>> read_expression('length(query) < 20 AND "video:Psy"', schema)[0].tags
    ('video:Psy',)
    >>> print(read_expression("length(qury) < 20", schema)[1][0].message)
    'qury' is not a column. Columns: query, id, time, order, and tags in double quotes. Did you mean query?
    """
    tokens = tokens_of(sql)
    dtypes = _dtypes(schema)
    messages = list(dict.fromkeys(beyond_the_row(tokens, dtypes)))
    if messages:
        return None, [Problem("T070", message, at) for message in messages]
    try:
        names = tuple(dict.fromkeys(pl.sql_expr(f"({sql}\n)").meta.root_names()))
    except _ENGINE_ERRORS as error:
        return None, [Problem("T071", _not_evaluated(sql, error, _words_of_sql(tokens, dtypes)), at)]
    quoted = {token.name for token in tokens if token.kind == "quoted"}
    tags = tuple(name for name in names if name in quoted and name not in dtypes)
    messages = [*_unknown_columns(names, dtypes, tags), *_unknown_fields(tokens, schema)]
    if messages:
        return None, [Problem("T072", message, at) for message in messages]
    columns = tuple(name for name in names if name in dtypes)
    expression = RowExpression(sql, (*columns, "tags") if tags else columns, tags, at)
    problem = _type_problem(expression, dtypes)
    return (None, [problem]) if problem else (expression, [])


def quoted_name(name: str) -> str:
    """A column's name as an expression says it: in double quotes where it is not one word, or one of SQL's own.

    >>> quoted_name("price"), quoted_name("unit price"), quoted_name("user")
    ('price', '"unit price"', '"user"')
    """
    try:
        is_column = name.isidentifier() and pl.sql_expr(f"({name})").meta.root_names() == [name]
    except _ENGINE_ERRORS:
        is_column = False
    return name if is_column else '"' + name.replace('"', '""') + '"'


def holds(expression: RowExpression, frame: pl.DataFrame) -> pl.Series:
    """Whether the expression holds on each row: Boolean, null where that is unknown.

    Raises:
        ProjectError: a value of some row cannot be worked with, such as text that is cast to a number.
    """
    try:
        return _evaluate(expression, frame).cast(pl.Boolean)  # NULL alone has a type of its own
    except _ENGINE_ERRORS as error:
        message = f"{expression.sql!r} fails on the data: {_reason(error)}. TRY_CAST gives NULL where CAST fails."
        raise ProjectError([Problem("T073", message, expression.at)]) from None


def unknown_tags(expression: RowExpression, tags: Sequence[str], schema: Schema) -> list[Problem]:
    """A warning for each tag that the expression names and no example of the data has."""
    fields = _written_fields(schema)
    return [missing_tag(tag, tags, expression.at, fields) for tag in expression.tags if tag not in tags]


def missing_tag(tag: str, tags: Sequence[str], at: Location, fields: Sequence[str] = ()) -> Problem:
    """The warning about a tag that is none of those of the data; a `payload.field` in quotes is taken for one, too."""
    hint = " For the field leave out the double quotes." if tag in fields else did_you_mean(tag, tags)
    return Problem("T074", f"{tag!r} is the tag of no example.{hint}", at, severity="warning")


def _evaluate(expression: RowExpression, frame: pl.DataFrame) -> pl.Series:
    tags = [pl.col("tags").list.contains(tag).fill_null(value=False).alias(tag) for tag in expression.tags]
    with pl.SQLContext({_TABLE: frame.lazy().with_columns(tags)}) as context:
        # the line break ends a comment that the expression may close with
        answer = context.execute(f'SELECT ({expression.sql}\n) AS answer FROM "{_TABLE}"', eager=True)
    return answer.to_series()


def _dtypes(schema: Schema) -> dict[str, pl.DataType]:
    return {**{payload.name: payload_dtype(payload) for payload in schema.payloads}, **_ROW_COLUMNS}


def _written_fields(schema: Schema) -> list[str]:
    records = [payload for payload in schema.payloads if isinstance(payload, Singleton)]
    return [f"{record.name}.{field.name}" for record in records for field in record.fields]


def _unknown_columns(names: Sequence[str], columns: Iterable[str], tags: Sequence[str]) -> Iterator[str]:
    known = list(columns)
    for name in names:
        if name not in known and name not in tags:
            hint = did_you_mean(name, known)
            yield f"{name!r} is not a column. Columns: {listed(known)}, and tags in double quotes.{hint}"


def _unknown_fields(tokens: Sequence[Token], schema: Schema) -> Iterator[str]:
    """What is wrong with the fields of an expression: `payload.field`."""
    records = {
        payload.name: [field.name for field in payload.fields] if isinstance(payload, Singleton) else []
        for payload in schema.payloads
    }
    for (owner, dot), (_, field) in pairwise(pairwise(tokens)):
        if dot.text != "." or owner.kind not in ("word", "quoted") or field.kind not in ("word", "quoted"):
            continue
        if owner.name not in records:
            continue  # already an unknown column
        fields = records[owner.name]
        if field.name not in fields:
            known = f"Fields: {listed(fields)}." if fields else "It has no fields."
            yield f"{field.name!r} is not a field of {owner.name!r}. {known}{did_you_mean(field.name, fields)}"


def _type_problem(expression: RowExpression, dtypes: dict[str, pl.DataType]) -> Problem | None:
    """What is wrong with the types in an expression, found on rows without values.

    Lists are empty and not missing, as Polars compares a missing one with anything.
    """
    of_all = {**dtypes, "tags": _TAGS}
    values: dict[str, object] = {name: [] if isinstance(dtype, pl.List) else None for name, dtype in of_all.items()}
    try:
        answer = _evaluate(expression, pl.DataFrame([values] * _N_UNKNOWN, schema=of_all))
    except _ENGINE_ERRORS as error:
        message = f"{_not_evaluated(expression.sql, error)}{_as_number(expression, error, dtypes)}"
        return Problem("T071", message, expression.at)
    if answer.dtype not in (pl.Boolean, pl.Null):
        message = f"{expression.sql!r} gives {answer.dtype}, not true or false. Compare it with something."
        return Problem("T071", message, expression.at)
    if len(answer) != _N_UNKNOWN:
        return Problem("T071", f"{expression.sql!r} does not give one answer a row.", expression.at)
    return None


def _as_number(expression: RowExpression, error: BaseException, dtypes: dict[str, pl.DataType]) -> str:
    """How a text is made a number, where one was taken for it; most often its length is meant."""
    texts = [name for name in expression.columns if dtypes.get(name) == pl.String()]
    if not texts or not _OF_A_TEXT.search(_reason(error)):
        return ""
    return f" The length of the text is length({quoted_name(texts[0])})."


def _words_of_sql(tokens: Sequence[Token], columns: Iterable[str]) -> list[str]:
    """The columns among the words of an expression that SQL takes for something else, as they have to be written."""
    words = dict.fromkeys(token.name for token in tokens if token.kind == "word")
    return [quoted_name(name) for name in words if name in columns and quoted_name(name) != name]


def _not_evaluated(sql: str, error: BaseException, to_quote: Sequence[str] = ()) -> str:
    reason = _reason(error)
    hint = " For lists use array_length(tokens), array_contains(tokens, 'old')." if _OF_A_LIST.search(reason) else ""
    hint += f" SQL has a word of that name: for the column write {listed(to_quote)}." if to_quote else ""
    return f"{sql!r} is not an SQL expression on one row: {reason}.{hint}"


def _reason(error: BaseException) -> str:
    """What Polars says in one line, without the place in the query that we put around the expression."""
    text = str(error).strip()
    if isinstance(error, pl.exceptions.PanicException) or text.startswith("unable to parse"):
        return "something is missing or too much"
    of_regex = re.search(r"^error: (.*)", text, re.MULTILINE)
    line = of_regex[1] if of_regex else text.split("\n", 1)[0].removeprefix("sql parser error: ")
    return re.sub(r" at Line: \d+, Column: \d+$", "", line).rstrip(".:")
