"""Names: which can be used, and what is said of those that are unknown."""

import pytest

from transom.errors import Location
from transom.schema.document import parse_document
from transom.schema.names import bad_name, bad_payload_name, meant, repeated, undeclared

NODE = parse_document("{a: 1}", "f.yaml").root.entries["a"]


@pytest.mark.parametrize("name", ["x", "Größe", "two words", "a.b", "*", "~/1"])
def test_most_text_can_be_the_name_of_a_task(name):
    assert bad_name(name, NODE, "task") == []


@pytest.mark.parametrize("name", ["", "  ", "a\tb", "a\x00", "\x85"])
def test_empty_names_and_control_characters_cannot(name):
    assert [str(problem) for problem in bad_name(name, NODE, "task")] == [
        f"f.yaml:1:2 T009 {name!r} cannot be the name of a task. Use at least one letter and no control characters."
    ]


@pytest.mark.parametrize("name", ["query", "_x", "a1"])
def test_an_identifier_can_be_the_name_of_a_payload(name):
    assert bad_payload_name(name, NODE) == []


@pytest.mark.parametrize("name", ["my-payload", "1st", "größe", "a b", ""])
def test_other_text_cannot_be_the_name_of_a_payload(name):
    assert [problem.message for problem in bad_payload_name(name, NODE)] == [
        f"{name!r} cannot be the name of a payload. Use letters, digits and _, starting with no digit."
    ]


@pytest.mark.parametrize("name", ["id", "split", "tags", "time", "order"])
def test_what_every_example_has_cannot_be_the_name_of_a_payload(name):
    assert [problem.message for problem in bad_payload_name(name, NODE)] == [
        f"{name!r} cannot be the name of a payload, as every example has one. Choose another name."
    ]


@pytest.mark.parametrize("name", ["null", "NULL", "true", "False"])
def test_a_value_in_sql_cannot_be_the_name_of_a_payload(name):
    assert [problem.message for problem in bad_payload_name(name, NODE)] == [
        f"{name!r} cannot be the name of a payload, as it is a value in SQL. Choose another name."
    ]


def test_an_undeclared_name_comes_with_those_that_are_declared():
    at = Location("f.yaml", 3, 4)
    assert str(undeclared("tokns", at, ["query", "tokens"], "payload")) == (
        "f.yaml:3:4 T008 'tokns' is not a payload. Payloads: query, tokens. Did you mean tokens?"
    )
    assert str(undeclared("x", at, [], "slice")) == "f.yaml:3:4 T008 'x' is not a slice. No slice is declared."


def test_a_name_means_itself_or_the_nearest_known_one():
    assert [meant(name, ["spans", "select"]) for name in ("spans", "spanz", "query")] == ["spans", "spans", ""]


def test_only_the_second_of_two_equal_elements_is_a_problem():
    names = parse_document("[a, b, a, 1, 1, a]", "f.yaml").root
    assert [str(problem.at) for problem in repeated(names)] == ["f.yaml:1:8", "f.yaml:1:17"]
    assert repeated(None) == []
