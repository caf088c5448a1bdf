"""What is shown of an example beside what is wrong with it."""

import pytest

from transom.pipeline.reports import texts_of


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("how tall", "how tall"),
        (["how", "tall"], "how tall"),
        ([0.5, -1.0, 12.25], "0.5 -1 12.25"),
        ([[0.5, 1.0], [2.0, 3.0]], "0.5 1 2 3"),
        (3.5, "3.5"),
        ({"age": 3, "job": None, "city": "Ulm"}, "age=3, city=Ulm"),
        ([{"id": "a", "fields": {}}, {"id": "b", "fields": {}}], "a b"),
    ],
)
def test_every_kind_of_payload_is_shown_in_one_line(value: object, shown: str) -> None:
    assert texts_of({"payload": [value]}, 1) == [shown]


def test_the_first_payload_that_says_something_is_shown() -> None:
    assert texts_of({"title": [None, ""], "body": ["rain", None]}, 2) == ["rain", ""]
