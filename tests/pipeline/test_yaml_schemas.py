"""JSON Schemas of the YAML files: the blocks of the formats page are valid, and slips are not."""

import pytest
from jsonschema import Draft202012Validator

from transom.pipeline.yaml_schemas import yaml_schemas
from transom.registry import names
from transom.schema.document import parse_document, plain, read_document

FILES = ["schema.yaml", "sources.yaml", "model.yaml", "deploy.yaml"]


def listed(value):
    """The value with lists for tuples, as JSON has them."""
    if isinstance(value, dict):
        return {key: listed(child) for key, child in value.items()}
    return [listed(child) for child in value] if isinstance(value, tuple) else value


def is_valid(file, root):
    return Draft202012Validator(yaml_schemas()[file]).is_valid(listed(plain(root)))


def test_there_is_one_for_each_file_and_each_is_a_schema_itself():
    assert list(yaml_schemas()) == FILES
    for schema in yaml_schemas().values():
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("file", FILES)
def test_the_block_of_the_formats_page_is_valid(formats, file):
    assert is_valid(file, read_document(formats / file).root)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("model.yaml", "{}"),
        ("model.yaml", "label_model: {name: em, prior: uniform}"),
        ("model.yaml", "label_model: {intent: majority, score: {name: em, prior: [0.5, 0.5]}}"),
        ("model.yaml", "split: {by: 'video:'}"),
        ("deploy.yaml", "gate: []"),
        ("sources.yaml", "sources: {a: {task: t, keywords: [x], on: q, vote: [b, c], match: substring, case: true}}"),
    ],
)
def test_what_may_be_written_is_valid(file, text):
    assert is_valid(file, parse_document(text, file).root)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("model.yaml", "label_modle: em"),
        ("model.yaml", "label_model: {name: em, prir: uniform}"),
        ("model.yaml", "payloads: {tokens: {encoder: bags}}"),
        ("model.yaml", "payloads: {tokens: {size: 3}}"),
        ("model.yaml", "payloads: {tokens: {encoder: lstm, size: 0}}"),
        ("model.yaml", "training: {epochs: 0}"),
        ("model.yaml", "search: {budget: 120}"),
        ("model.yaml", "variants: {small: {query: {aggregate: sum}}}"),
        ("deploy.yaml", "gate: [{task: intent, metric: macro_f1}]"),
        ("deploy.yaml", "serve: {port: 80800}"),
        ("sources.yaml", "sources: {a: {task: t, vote: b}}"),
        ("sources.yaml", "sources: {a: {task: t, regex: x, where: y, on: q, vote: b}}"),
        ("sources.yaml", "source: {}"),
    ],
)
def test_what_check_refuses_is_not_valid_either(file, text):
    assert not is_valid(file, parse_document(text, file).root)


@pytest.mark.parametrize("kind", ["encoders", "label_models"])
def test_every_registered_name_can_be_chosen(kind):
    text = str(yaml_schemas()["model.yaml"])
    assert [name for name in names(kind) if repr(name) not in text] == []
