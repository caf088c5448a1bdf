import numpy as np
import polars as pl
import pytest

from transom.data.example import ABSTAIN
from transom.data.user_calls import UserCall, answers, answers_where_it_can, wrong_answer
from transom.data.user_modules import load_function
from transom.errors import ProjectError
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema

SCHEMA = Schema((Singleton("query", "text"),))
BATCH = (
    "from transom import labeling_function\nimport numpy as np\nimport polars as pl\n@labeling_function(batch=True)\n"
)


def rows(*queries):
    n_rows = len(queries)
    return pl.DataFrame(
        {
            "id": [f"q{row}" for row in range(n_rows)],
            "tags": [["train"]] * n_rows,
            "time": [None] * n_rows,
            "order": [None] * n_rows,
            "query": list(queries),
            "not for users": [0] * n_rows,
        },
        schema_overrides={"tags": pl.List(pl.String)},
    )


def call_of(tmp_path, source):
    (tmp_path / "rules.py").write_text(source)
    return UserCall(load_function("rules:f", tmp_path), "rules:f", tmp_path)


def complaint(call, frame):
    with pytest.raises(ProjectError) as raised:
        answers(call, frame, SCHEMA)
    return str(raised.value)


def test_a_function_is_asked_of_every_example(tmp_path):
    call = call_of(tmp_path, "def f(x):\n    return x.query.upper() + x.id\n")
    assert answers(call, rows("a", "b"), SCHEMA) == ["Aq0", "Bq1"]


def test_a_batch_function_gets_the_columns_of_the_schema(tmp_path):
    call = call_of(tmp_path, BATCH + "def f(frame):\n    return [frame.columns] * len(frame)\n")
    assert answers(call, rows("a"), SCHEMA) == [["id", "tags", "time", "order", "query"]]


def test_null_in_a_column_abstains(tmp_path):
    call = call_of(tmp_path, BATCH + "def f(frame):\n    return pl.Series(['height', None])\n")
    assert answers(call, rows("a", "b"), SCHEMA) == ["height", ABSTAIN]


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("np.array([1.5, 2.5])", [1.5, 2.5]),
        ("(np.float64(1.5), np.str_('a'))", [1.5, "a"]),
        ("[{'b', 'a'}, ((0, 1, 'PER'),)]", [["a", "b"], [[0, 1, "PER"]]]),
        ("pl.Series([[1, 2], []])", [[1, 2], []]),
        ("[np.array(['a', 'b']), None]", [["a", "b"], None]),
        ("frame['query'] == 'a'", [True, False]),
        ("[{'a': np.float32(0.25), 'b': 0.75}, [{'a': np.int64(1)}]]", [{"a": 0.25, "b": 0.75}, [{"a": 1}]]),
    ],
)
def test_answers_are_plain_values(tmp_path, returned, expected):
    found = answers(call_of(tmp_path, BATCH + f"def f(frame):\n    return {returned}\n"), rows("a", "b"), SCHEMA)
    assert found == expected
    assert repr(found) == repr(expected)  # a number of NumPy is equal to a plain one, and no such number


def test_an_exception_on_row_4001_names_the_function_the_example_and_the_line(tmp_path):
    call = call_of(tmp_path, "def length(text):\n    return len(text)\n\ndef f(x):\n    return length(x.query)\n")
    frame = rows(*["a"] * 4000, None, "b")
    assert complaint(call, frame) == (
        "rules.py:2 T082 rules:f raised TypeError: object of type 'NoneType' has no len(), on the example 'q4000'. "
        "Mend it for such an example."
    )


RAISES_WITHOUT_TEXT = "def length(text):\n    return len(text)\n\ndef f(x):\n    return length(x.query)\n"


def test_a_function_may_abstain_where_it_raises_and_the_failures_are_counted(tmp_path):
    found = answers_where_it_can(call_of(tmp_path, RAISES_WITHOUT_TEXT), rows("a", None, "abc", None), SCHEMA)
    assert found.values == [1, ABSTAIN, 3, ABSTAIN]
    (warning,) = found.warnings
    assert warning.severity == "warning"
    assert str(warning) == (
        "rules.py:2 T089 rules:f failed on 2 of 4 examples and abstains there, first on 'q1': "
        "TypeError: object of type 'NoneType' has no len()."
    )


def test_a_function_that_raises_on_more_than_half_of_the_examples_is_broken(tmp_path):
    with pytest.raises(ProjectError) as raised:
        answers_where_it_can(call_of(tmp_path, RAISES_WITHOUT_TEXT), rows("a", None, None), SCHEMA)
    assert str(raised.value) == (
        "rules.py:2 T082 rules:f failed on 2 of 3 examples, first on 'q1': "
        "TypeError: object of type 'NoneType' has no len(). Mend it for such examples."
    )


def test_a_function_that_never_raises_is_no_matter_for_a_warning(tmp_path):
    found = answers_where_it_can(call_of(tmp_path, RAISES_WITHOUT_TEXT), rows("a", "abc"), SCHEMA)
    assert (found.values, found.warnings) == ([1, 3], ())


def test_a_batch_that_fails_fails_as_a_whole(tmp_path):
    with pytest.raises(ProjectError, match=r"T082 rules:f raised ColumnNotFoundError: .* on a batch of 2 examples"):
        answers_where_it_can(
            call_of(tmp_path, BATCH + "def f(frame):\n    return frame['qury']\n"), rows("a", "b"), SCHEMA
        )


def test_an_exception_on_a_batch_names_the_function_and_the_line(tmp_path):
    call = call_of(tmp_path, BATCH + "def f(frame):\n    return frame['qury']\n")
    assert complaint(call, rows("a", "b")) == (
        'rules.py:6 T082 rules:f raised ColumnNotFoundError: "qury" not found, on a batch of 2 examples. '
        "Mend it for such an example."
    )


def test_a_payload_that_does_not_exist_is_named(tmp_path):
    call = call_of(tmp_path, "def f(x):\n    return x.qury\n")
    assert complaint(call, rows("a")) == (
        "rules.py:2 T082 rules:f raised AttributeError: this example has no payload 'qury'; it has query, on the "
        "example 'q0'. Mend it for such an example."
    )


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("['a']", "rules.py:4 T083 rules:f returned 1 answers for 2 examples. Return one an example."),
        (
            "pl.col('query') == 'a'",
            "rules.py:4 T083 rules:f returned a value of type Expr for a batch. Return a column or a list of answers.",
        ),
    ],
)
def test_a_batch_function_must_answer_every_row(tmp_path, returned, message):
    call = call_of(tmp_path, BATCH + f"def f(frame):\n    return {returned}\n")
    assert complaint(call, rows("a", "b")) == message


def test_a_function_from_elsewhere_has_no_line(tmp_path):
    (tmp_path / "rules.py").write_text("from math import sqrt as f\n")
    error = wrong_answer(UserCall(load_function("rules:f", tmp_path), "rules:f", tmp_path), "is wrong.")
    assert str(error) == "T083 rules:f is wrong."


def test_numpy_answers_of_one_example_are_plain_too(tmp_path):
    call = call_of(tmp_path, "import numpy as np\ndef f(x):\n    return np.bool_(x.query == 'a')\n")
    assert answers(call, rows("a", "b"), SCHEMA) == [True, False]
    assert not isinstance(answers(call, rows("a"), SCHEMA)[0], np.generic)
