from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from data_lines import SCHEMA
from transom.schema.load import load_schema
from transom.schema.schema import Schema, fingerprint
from transom.schema.tasks import Multiclass
from transom.schema.yaml_text import schema_text


def loaded(folder, text):
    (folder / "schema.yaml").write_text(text, encoding="utf-8")
    return load_schema(folder / "schema.yaml")


def test_the_text_of_a_schema_is_that_schema(tmp_path):
    text = schema_text(SCHEMA, {"query": "a comment"}, ["what this is", "and why"])
    assert fingerprint(loaded(tmp_path, text)) == fingerprint(SCHEMA)
    assert text.startswith("# what this is\n# and why\n")
    assert "  query: {type: singleton, value: text, base: [tokens]}  # a comment\n" in text


@given(classes=st.lists(st.text(min_size=1, max_size=6).filter(str.strip), min_size=2, max_size=4, unique=True))
@settings(max_examples=50, deadline=None)
def test_classes_of_any_name_are_read_as_that_text(tmp_path_factory, classes):
    named = tuple(name for name in classes if name.isprintable())
    schema = Schema(tasks=(Multiclass("label", (*named, "other one", "yes", "3", "null", "#", "a: b")),))
    schema = Schema(tasks=(replace(schema.tasks[0], classes=tuple(dict.fromkeys(schema.tasks[0].classes))),))
    assert loaded(tmp_path_factory.mktemp("schema"), schema_text(schema, {}, [])).tasks == schema.tasks


@pytest.mark.parametrize("character", "\t\x85\u2028\ufeff\ufffe\uffff")
def test_what_yaml_does_not_take_as_it_is_stands_escaped_in_classes_and_comments(character):
    schema = Schema(tasks=(Multiclass("label", (f"a{character}b", "c")),))
    text = schema_text(schema, {"label": f"also a{character}b"}, [f"of a{character}b"])
    assert yaml.safe_load(text)["tasks"]["label"]["classes"] == [f"a{character}b", "c"]


@pytest.mark.parametrize("name", ["yes", "No", "y", "on", "true", "null", "12", "1e3", "~", "- a", "a b", "ä"])
def test_names_that_yaml_reads_as_something_else_are_in_quotes(tmp_path, name):
    schema = Schema(tasks=(Multiclass(name, ("a", "b")),))
    assert loaded(tmp_path, schema_text(schema, {}, [])).tasks[0].name == name
