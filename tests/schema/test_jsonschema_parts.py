"""What JSON Schemas are put together from."""

from jsonschema import Draft202012Validator

from transom.schema.jsonschema_parts import COUNT, NAME, document_schema, mapping_schema, object_schema, or_null


def test_an_object_has_its_properties_and_no_others():
    validator = Draft202012Validator(document_schema("a thing", object_schema({"a": COUNT, "b": NAME}, ["a"])))

    assert validator.is_valid({"a": 0})
    assert not validator.is_valid({"b": "x"})
    assert not validator.is_valid({"a": 0, "c": 1})


def test_what_may_be_missing_is_null_or_as_it_was():
    validator = Draft202012Validator(mapping_schema(or_null(COUNT)))

    assert validator.is_valid({"a": None, "b": 3})
    assert not validator.is_valid({"a": -1})
