from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.dataset import payload_dtype
from transom.data.expressions import holds, read_expression, unknown_tags
from transom.data.row_sql import ROW_WISE
from transom.errors import Location, ProjectError
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema

SCHEMA = Schema(
    (
        Singleton("query", "text"),
        Singleton("size", "number"),
        Singleton("person", "record", fields=(Field("age", "number"), Field("job", "category"))),
        Sequence("tokens", "token"),
        Singleton("vector", "vector"),
        MemberSet("entities", (Field("title", "text"),)),
    )
)
AT = Location("sources.yaml", 3, 30)
DTYPES = {
    "id": pl.String(),
    "tags": pl.List(pl.String()),
    "time": pl.Datetime("us", "UTC"),
    "order": pl.Float64(),
    **{payload.name: payload_dtype(payload) for payload in SCHEMA.payloads},
}
ROWS = [
    {
        "id": "q1",
        "query": "how tall is obama",
        "size": 2.5,
        "person": {"age": 31.0, "job": None},
        "tokens": ["how", "tall"],
        "tags": ["train", "video:Psy"],
        "time": datetime(2026, 6, 2, tzinfo=UTC),
        "order": 3.0,
    },
    {"id": "q2", "query": "", "size": -1.0, "tokens": [], "tags": [], "order": 0.0},
    {"id": "q3", "tags": ["it's"], "person": {"age": None, "job": "cook"}, "time": datetime(2025, 1, 1, tzinfo=UTC)},
]


def frame_of(rows):
    return pl.DataFrame(rows, schema=DTYPES)


def answers(sql, rows=ROWS):
    expression, problems = read_expression(sql, SCHEMA, AT)
    assert problems == []
    return holds(expression, frame_of(rows)).to_list()


def complaints(sql):
    expression, problems = read_expression(sql, SCHEMA, AT)
    assert expression is None
    return [f"{problem.code} {problem.message}" for problem in problems]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("length(query) < 5", [False, True, None]),
        ("person.age > 30", [True, None, None]),
        ("person.job = 'cook'", [None, None, True]),
        ('"video:Psy"', [True, False, False]),
        ('NOT "video:Psy" AND size < 0', [False, True, None]),
        ('"it\'s"', [False, False, True]),
        ("time > '2026-06-01'", [True, None, False]),
        ("time + INTERVAL '1 day' > '2026-06-01T12:00:00Z'", [True, None, False]),
        ("order > 1", [True, False, None]),
        ("id = 'q2'", [False, True, False]),
        ("query ~ '(?i)how (tall|high)'", [True, False, None]),
        ("query LIKE 'how%' AND array_contains(tokens, 'tall')", [True, False, None]),
        ("array_length(tokens) > 1", [True, False, None]),
        ("query IS NULL", [False, False, True]),
        ("size IN (2.5, 3)", [True, False, None]),
        ("size BETWEEN 2 AND 3", [True, False, None]),
        ("CASE WHEN size > 0 THEN TRUE END", [True, None, None]),
        ("CAST(size AS VARCHAR(9)) = '2.5'", [True, False, None]),
        ("1 = 1 -- always", [True, True, True]),
        ("NULL", [None, None, None]),
        ("time < DATE '2026-01-01'", [False, None, True]),
        ("extract(year FROM time) = 2026", [True, None, False]),
        ("query = 'it''s \"count(*)\"'", [False, False, None]),
        ("COALESCE(size, 0) = 0", [False, False, True]),
    ],
)
def test_an_expression_holds_or_not_or_is_unknown(sql, expected):
    assert answers(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "max(size) > 2",
            "T070 'max' looks at many rows, so its answer would depend on the batch. Use what one row holds.",
        ),
        (
            "sum(size) OVER () > 2",
            "T070 'sum' looks at many rows, so its answer would depend on the batch. Use what one row holds.",
        ),
        ("size > 1 OVER w", "T070 'OVER' begins a window, which depends on other rows. Use what one row holds."),
        ("size > (SELECT 1)", "T070 'SELECT' begins a subquery, which depends on other rows. Use what one row holds."),
        ("EXISTS (SELECT 1)", "T070 'SELECT' begins a subquery, which depends on other rows. Use what one row holds."),
        (
            '"count"(size) > 1',
            "T070 'count' looks at many rows, so its answer would depend on the batch. Use what one row holds.",
        ),
        (
            "size > ANY(order)",
            "T070 'ANY' compares with the values of other rows. For lists use array_contains(tokens, 'old').",
        ),
        ("lenght(query) < 5", "T070 'lenght' is not a function of one row. Did you mean length?"),
        (
            "hash(query)",
            "T070 'hash' is not a function of one row. Use one such as length, lower, coalesce or array_length.",
        ),
        ("time < now()", "T070 'now' changes from run to run. Compare time with text: time > '2026-06-01'."),
        (
            "time < CURRENT_DATE",
            "T070 'CURRENT_DATE' changes from run to run. Compare time with text: time > '2026-06-01'.",
        ),
        (
            "TRY_CAST(query AS DATE) < time",
            "T070 A cast to date takes its format from the first row. Compare time with text: time > '2026-06-01'.",
        ),
        (
            "query::timestamp < time",
            "T070 A cast to timestamp takes its format from the first row. "
            "Compare time with text: time > '2026-06-01'.",
        ),
        (
            "size > 1)",
            "T071 'size > 1)' is not an SQL expression on one row: invalid expression (found unexpected token ')').",
        ),
        ("size >", "T071 'size >' is not an SQL expression on one row: something is missing or too much."),
        (
            "size > 'a'",
            "T071 \"size > 'a'\" is not an SQL expression on one row: cannot compare string with numeric type (f64).",
        ),
        *(
            (
                sql,
                f"T071 {sql!r} is not an SQL expression on one row: {reason}. "
                "For lists use array_length(tokens), array_contains(tokens, 'old').",
            )
            for sql, reason in (
                (
                    "length(tokens) < 3",
                    "invalid series dtype: expected `String`, got `list[str]` for series with name `tokens`",
                ),
                ("tokens ~ 'a'", "expected String type, got: list[str]"),
                ("tokens = 'a'", "cannot cast List type (inner: 'String', to: 'String')"),
            )
        ),
        (
            "array_length(query) > 1",
            "T071 'array_length(query) > 1' is not an SQL expression on one row: expected List data type for list "
            "operation, got: String.",
        ),
        (
            "query < 22",
            "T071 'query < 22' is not an SQL expression on one row: cannot compare string with numeric type (i32). The "
            "length of the text is length(query).",
        ),
        ("query ~ '('", "T071 \"query ~ '('\" is not an SQL expression on one row: unclosed group."),
        (
            "'a' <=> TRY_CAST(id AS TIME)",
            "T071 \"'a' <=> TRY_CAST(id AS TIME)\" does not give one answer a row.",
        ),
        ("query", "T071 'query' gives String, not true or false. Compare it with something."),
        (
            "length(qury) < 5",
            "T072 'qury' is not a column. Columns: query, size, person, tokens, vector, entities, id, time, order, "
            "and tags in double quotes. Did you mean query?",
        ),
        ("person.agee > 1", "T072 'agee' is not a field of 'person'. Fields: age, job. Did you mean age?"),
        ("entities.title = 'x'", "T072 'title' is not a field of 'entities'. It has no fields."),
    ],
)
def test_an_expression_that_cannot_be_judged_by_its_row_says_why(sql, expected):
    assert complaints(sql)[0] == expected


def test_every_problem_of_an_expression_is_reported_with_its_place():
    _, problems = read_expression("qury = jbo AND person.agee > 1", SCHEMA, AT)
    assert [problem.at for problem in problems] == [AT] * 3


def test_an_expression_names_the_columns_and_tags_that_it_needs():
    expression, _ = read_expression('length(query) < 5 AND "nutrition" AND person.age > 1', SCHEMA)
    assert expression.columns == ("query", "person", "tags")
    assert expression.tags == ("nutrition",)


def test_a_tag_that_no_example_has_is_worth_a_warning():
    expression, _ = read_expression('"nutritoin" OR "short"', SCHEMA, AT)
    (warning,) = unknown_tags(expression, ["nutrition", "short"], SCHEMA)
    assert str(warning) == "sources.yaml:3:30 T074 'nutritoin' is the tag of no example. Did you mean nutrition?"
    assert warning.severity == "warning"


def test_of_a_field_in_quotes_the_warning_says_that_it_is_read_as_a_tag():
    expression, _ = read_expression('"person.age" IS NULL', SCHEMA, AT)
    (warning,) = unknown_tags(expression, ["person.job"], SCHEMA)
    assert warning.message == "'person.age' is the tag of no example. For the field leave out the double quotes."


def test_a_value_that_cannot_be_cast_stops_with_a_hint():
    expression, _ = read_expression("CAST(query AS INT) > 1", SCHEMA, AT)
    with pytest.raises(ProjectError) as raised:
        holds(expression, frame_of(ROWS))
    assert str(raised.value) == (
        "sources.yaml:3:30 T073 'CAST(query AS INT) > 1' fails on the data: conversion from `str` to `i32` failed in "
        'column \'query\' for 2 out of 2 values: ["how tall is obama", ""]. TRY_CAST gives NULL where CAST fails.'
    )


def test_an_expression_on_no_rows_has_no_answers():
    assert answers("1 = 1", rows=[]) == []


CALLS = {
    "array_contains": "array_contains(tokens, 'how')",
    "array_get": "array_get(tokens, 1)",
    "array_to_string": "array_to_string(tokens, ' ')",
    "atan2": "atan2(size, 2)",
    "atan2d": "atan2d(size, 2)",
    "bit_and": "bit_and(CAST(size AS INT), 3)",
    "bit_count": "bit_count(CAST(size AS INT))",
    "bit_not": "bit_not(CAST(size AS INT))",
    "bit_or": "bit_or(CAST(size AS INT), 3)",
    "bit_xor": "bit_xor(CAST(size AS INT), 3)",
    "cast": "CAST(size AS INT)",
    "concat_ws": "concat_ws('-', query, id)",
    "date_part": "date_part('month', time)",
    "div": "div(size, 2)",
    "extract": "extract(month FROM time)",
    "if": "if(size > 0, query, id)",
    "log": "log(size, 2)",
    "mod": "mod(size, 2)",
    "pi": "size * pi()",
    "position": "position('a' IN query)",
    "pow": "pow(size, 2)",
    "power": "power(size, 2)",
    "replace": "replace(query, 'a', 'b')",
    "round": "round(size, 0)",
    "split_part": "split_part(query, ' ', 1)",
    "strftime": "strftime(time, '%Y')",
    "substr": "substr(query, 2, 3)",
    "substring": "substring(query, 2, 3)",
    "try_cast": "TRY_CAST(query AS INT)",
    **{name: f"{name}(query, id)" for name in ("coalesce", "concat", "greatest", "ifnull", "least", "nullif")},
    **{
        name: f"{name}(query, 'a')" for name in ("ends_with", "regexp_like", "starts_with", "string_to_array", "strpos")
    },
    **{name: f"{name}(query, 2)" for name in ("left", "right")},
    **{name: f"{name}(tokens)" for name in ("array_length", "array_lower", "array_reverse")},
    **{name: f"{name}(vector)" for name in ("array_mean", "array_sum")},
    **{
        name: f"{name}(query)"
        for name in (
            "bit_length",
            "char_length",
            "character_length",
            "initcap",
            "length",
            "lower",
            "ltrim",
            "normalize",
            "octet_length",
            "reverse",
            "rtrim",
            "trim",
            "upper",
        )
    },
}

TEXTS = st.none() | st.text("how 5a'É.", max_size=8)
NUMBERS = st.none() | st.floats(-9, 9).map(lambda number: round(number, 1))
RANDOM_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text("ab", min_size=1, max_size=2),
            "query": TEXTS,
            "size": NUMBERS,
            "person": st.none() | st.fixed_dictionaries({"age": NUMBERS, "job": TEXTS}),
            "tokens": st.none() | st.lists(st.text("how", min_size=1, max_size=2), max_size=3),
            "vector": st.none() | st.lists(NUMBERS, max_size=2),
            "tags": st.lists(st.sampled_from(["train", "video:Psy"]), unique=True),
            "time": st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
            "order": NUMBERS,
        }
    ),
    max_size=4,
)


@pytest.mark.parametrize("function", sorted(ROW_WISE))
def test_what_a_function_gives_for_a_row_depends_on_that_row_alone(function):
    rows = [*ROWS, {"id": "q4", "query": "5", "size": 0.5, "tokens": ["a"], "vector": [1.0, 2.5]}, *reversed(ROWS)]
    call = CALLS.get(function, f"{function}(size)")
    assert read_expression(f"{call} IS NULL", SCHEMA)[1] == []
    assert values(call, rows) == [values(call, [row])[0] for row in rows]


def values(sql, rows):
    """What an expression of any type gives, as texts: NaN is not equal to itself."""
    answer = pl.SQLContext(rows=frame_of(rows)).execute(f"SELECT ({sql}) AS answer FROM rows", eager=True)
    return [repr(value) for value in answer["answer"]]


@settings(max_examples=40, deadline=None)
@given(
    rows=RANDOM_ROWS,
    sql=st.sampled_from(
        [
            "length(query) < 5 OR size > 0",
            '"video:Psy" AND person.age > 0',
            "time > '2026-06-01'",
            "query ~ 'h.w' AND NOT array_contains(tokens, 'ho')",
            "TRY_CAST(query AS INT) > 4",
            "CASE WHEN size > 0 THEN query ELSE person.job END = 'a'",
            "1 = 1",
        ]
    ),
)
def test_a_row_gets_the_same_answer_alone_and_among_others(rows, sql):
    assert answers(sql, rows) == [answers(sql, [row])[0] for row in rows]


PARTS = st.sampled_from(
    [
        "query",
        "size",
        "person.age",
        "person.job",
        "tokens",
        "time",
        "order",
        '"video:Psy"',
        "'how'",
        "2",
        "NULL",
        "TRUE",
    ]
)
OPERATORS = st.sampled_from(["+", "*", "/", "%", "=", "<>", "<", ">=", "AND", "OR", "||", "IS DISTINCT FROM", "<=>"])
EXPRESSIONS = st.recursive(
    PARTS,
    lambda parts: (
        st.builds("({} {} {})".format, parts, OPERATORS, parts)
        | st.builds("{}({})".format, st.sampled_from(sorted(ROW_WISE)), parts)
        | st.builds("{}({}, {})".format, st.sampled_from(sorted(ROW_WISE)), parts, parts)
        | st.builds("CASE WHEN {} THEN {} ELSE {} END".format, parts, parts, parts)
        | st.builds("{} IN ({}, {})".format, parts, parts, parts)
        | st.builds("{} > {}({})".format, parts, st.sampled_from(["ANY", "ALL", "max", "count", "rank"]), parts)
    ),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(sql=EXPRESSIONS)
def test_what_is_not_refused_gives_a_row_the_same_answer_alone_and_among_others(sql):
    expression, problems = read_expression(sql, SCHEMA, AT)
    if expression is None:
        assert all(problem.code in {"T070", "T071"} for problem in problems)
        return
    try:
        together = answers(sql)
    except ProjectError:
        return  # a value of some row cannot be worked with, and that is said
    assert together == [answers(sql, [row])[0] for row in ROWS]


def test_a_column_named_like_a_word_of_sql_is_shown_in_quotes():
    schema = Schema((Singleton("user", "text"), Singleton("select", "text"), Singleton("query", "text")))
    _, problems = read_expression("user = 'ann' AND query = 'a'", schema, AT)
    assert problems[0].message == (
        "\"user = 'ann' AND query = 'a'\" is not an SQL expression on one row: unsupported function 'user'. SQL has a "
        'word of that name: for the column write "user".'
    )
    assert read_expression("\"user\" = 'ann' AND query = 'a'", schema, AT)[1] == []
