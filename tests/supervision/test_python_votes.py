"""Functions of a project vote as data lines would, and what goes wrong in them names the place."""

import numpy as np
import pytest

from rule_rows import SCHEMA, members, rows, votes
from transom.data.items import from_lengths, one_each
from transom.errors import Location, ProjectError
from transom.supervision.rule_kinds import PythonRule
from transom.supervision.rules import apply_rule, labels_said


def python(folder, task, body, header=""):
    source = f"from transom import ABSTAIN, labeling_function\nimport polars as pl\n{header}\ndef lf(x):\n    {body}\n"
    (folder / "rules.py").write_text(source)
    return PythonRule("lf", task, "rules:lf", at=Location("sources.yaml", 2, 3))


@pytest.mark.parametrize(
    ("task", "answer", "expected"),
    [
        ("intent", "'age'", 1),
        ("intent", "ABSTAIN", None),
        ("intent", "None", None),
        ("topics", "{'politics', 'sport'}", [0, 1]),
        ("topics", "[]", []),
        ("score", "3", 3.0),
        ("pos", "['NUMBER', None, ABSTAIN]", [0, None, None]),
        ("pos", "ABSTAIN", None),
        ("kinds", "[['person'], ABSTAIN]", [[0], None]),
        ("names", "[(1, 3, 'LOC')]", [[1, 3, 1]]),
        ("names", "[]", []),
        ("target", "x.entities[1]['id']", 1),
        ("target", "None", 2),
    ],
)
def test_a_function_votes_as_a_data_line_would(tmp_path, task, answer, expected):
    frame = rows({"query": "a", "tokens": ["a", "b", "c"], "entities": members("A", "B")})
    assert votes(python(tmp_path, task, f"return {answer}"), frame, tmp_path) == [expected]


@pytest.mark.parametrize(
    ("task", "answer", "values", "probabilities"),
    [
        ("intent", "{'height': 0.3, 'age': 0.7}", [1], [[0.3, 0.7, 0.0]]),
        ("intent", "{'height': 0.5, 'age': 0.5}", [-1], None),
        ("pos", "[{'NUMBER': 0.2, 'WORD': 0.8}, ABSTAIN, 'NUMBER']", [1, -1, 0], [[0.2, 0.8], [], [1.0, 0.0]]),
        ("target", "{'0': 0.2}", [2], [[0.2, 0.0, 0.8]]),
    ],
)
def test_probabilities_that_a_function_gives_stay_as_soft_as_they_are(tmp_path, task, answer, values, probabilities):
    frame = rows({"query": "a", "tokens": ["a", "b", "c"], "entities": members("A", "B")})
    said = apply_rule(python(tmp_path, task, f"return {answer}"), frame, SCHEMA, tmp_path)
    items = {"intent": one_each(1), "pos": from_lengths(np.array([3])), "target": from_lengths(np.array([2]))}[task]
    labels = labels_said(said, SCHEMA.task(task), items)
    assert labels.values.tolist() == values
    for found, expected in zip(labels.probabilities, probabilities or [[]], strict=True):
        assert np.isnan(found).all() if not expected else np.allclose(found, expected)


def test_a_function_may_be_sure_of_some_rows_and_unsure_of_others(tmp_path):
    body = "return {'a': 'age', 'b': {'height': 0.4, 'age': 0.6}}.get(x.query, ABSTAIN)"
    said = apply_rule(python(tmp_path, "intent", body), rows(query=["a", "b", "c"]), SCHEMA, tmp_path)
    assert said.votes.to_list() == [1, None, None]
    assert said.soft.to_list() == [None, [0.4, 0.6, 0.0], None]
    labels = labels_said(said, SCHEMA.task("intent"), one_each(3))
    assert labels.values.tolist() == [1, 1, -1]
    assert np.nan_to_num(labels.probabilities, nan=-1).tolist() == [[0, 1, 0], [0.4, 0.6, 0], [-1, -1, -1]]


def test_a_batch_function_returns_a_column(tmp_path):
    body = "return pl.select(pl.when(x['query'] == 'a').then(pl.lit('age'))).to_series()"
    rule = python(tmp_path, "intent", body, "@labeling_function(batch=True)")
    assert votes(rule, rows(query=["a", "b"]), tmp_path) == [1, None]


@pytest.mark.parametrize(
    ("task", "answer", "message"),
    [
        (
            "intent",
            "'agee'",
            "returned 'agee' for the example 'q0': 'agee' is not one of height, age, spouse. Did you mean age?",
        ),
        ("score", "'3'", "returned '3' for the example 'q0': '3' is not a finite number."),
        (
            "pos",
            "['WORD']",
            "returned ['WORD'] for the example 'q0': 1 label for 2 elements. Write one for each, null for none.",
        ),
    ],
)
def test_a_function_that_returns_no_label_names_the_example(tmp_path, task, answer, message):
    with pytest.raises(ProjectError) as raised:
        votes(python(tmp_path, task, f"return {answer}"), rows({"query": "a", "tokens": ["a", "b"]}), tmp_path)
    assert str(raised.value) == f"rules.py:4 T083 rules:lf {message}"


def test_a_function_that_raises_on_row_4001_abstains_there_and_says_so(tmp_path):
    rule = python(tmp_path, "intent", "return 'age' if x.query.startswith('a') else ABSTAIN")
    said = apply_rule(rule, rows(query=["a"] * 4000 + [None, "b"]), SCHEMA, tmp_path)
    assert said.votes.to_list() == [1] * 4000 + [None, None]
    (warning,) = said.warnings
    assert warning.severity == "warning"
    assert str(warning) == (
        "rules.py:5 T089 rules:lf failed on 1 of 4,002 examples and abstains there, first on 'q4000': "
        "AttributeError: 'NoneType' object has no attribute 'startswith'."
    )


def test_a_function_that_raises_on_most_examples_is_refused(tmp_path):
    rule = python(tmp_path, "intent", "return 'age' if x.query.startswith('a') else ABSTAIN")
    with pytest.raises(ProjectError) as raised:
        votes(rule, rows(query=["a", None, None]), tmp_path)
    assert str(raised.value) == (
        "rules.py:5 T082 rules:lf failed on 2 of 3 examples, first on 'q1': AttributeError: 'NoneType' object has no "
        "attribute 'startswith'. Mend it for such examples."
    )
