import json

from data_lines import SCHEMA
from transom.schema.schema import Schema, fingerprint
from transom.schema.slices import Slice
from transom.schema.stored import schema_from_json, schema_to_json


def test_a_stored_schema_comes_back_as_it_was():
    slices = (Slice("short", where="length(query) < 5"), Slice("late", tag="late", capacity=False))
    schema = Schema(SCHEMA.payloads, SCHEMA.tasks, slices, SCHEMA.gold)
    stored = json.loads(json.dumps(schema_to_json(schema)))
    assert schema_from_json(stored) == schema
    assert fingerprint(schema_from_json(stored)) == fingerprint(schema)


def test_an_empty_schema_can_be_stored():
    assert schema_from_json(schema_to_json(Schema())) == Schema()
