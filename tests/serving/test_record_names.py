"""Names of values in records."""

import pytest

from data_lines import SCHEMA
from transom.serving.record_names import names_in, value_at

RECORD = {"id": "q1", "payloads": {"query": "tall", "person": {"age": 31, "job": None}}}


@pytest.mark.parametrize(
    ("key", "value"),
    [("id", "q1"), ("query", "tall"), ("person.age", 31), ("person.job", None), ("query.age", None), ("x", None)],
)
def test_a_name_is_the_id_a_payload_or_its_field(key, value):
    assert value_at(RECORD, key) == value


@pytest.mark.parametrize("record", [None, 3, [], {}, {"payloads": 3}])
def test_what_is_no_record_has_no_values(record):
    assert value_at(record, "query") is None
    assert value_at(record, "id") is None


def test_a_schema_has_the_names_of_its_payloads_and_their_fields():
    assert list(names_in(SCHEMA))[:5] == ["id", "query", "person", "person.age", "person.job"]
    assert "entities.title" in names_in(SCHEMA)
