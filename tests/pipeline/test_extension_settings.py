"""The section `extend` of model.yaml: what it becomes, and what is said of every way to get it wrong."""

import pytest

from transom.pipeline.extension_settings import Extension, read_extension
from transom.schema.document import parse_document
from transom.schema.load import load_schema

SCHEMA = """
payloads:
  query: {type: singleton, value: text}
  words: {type: sequence, value: token}
  embedding: {type: singleton, value: vector}
  price: {type: singleton, value: number}
  sizes: {type: sequence, value: number}
  people: {type: set, value: record, fields: {age: number}}
tasks: TASKS
"""
OF_EXAMPLES = "{intent: {payload: query, type: multiclass, classes: [a, b]}}"
OF_TOKENS = "{pos: {payload: words, type: multiclass, classes: [a, b]}, score: {payload: query, type: regression}}"


def read(tmp_path, text, *, tasks=OF_EXAMPLES, use_dev=True):
    (tmp_path / "schema.yaml").write_text(SCHEMA.replace("TASKS", tasks))
    schema = load_schema(tmp_path / "schema.yaml")
    node = parse_document(f"extend: {text}", "model.yaml").root.entries["extend"]
    extension, problems = read_extension(node, schema, use_dev=use_dev)
    return extension, [str(problem) for problem in problems]


def test_the_payload_is_enough(tmp_path):
    assert read(tmp_path, "{payload: query}") == (Extension("query", "static", "auto"), [])


@pytest.mark.parametrize("payload", ["query", "words", "embedding"])
def test_texts_tokens_and_vectors_can_be_compared(tmp_path, payload):
    chosen, problems = read(tmp_path, f"{{payload: {payload}, embedding: pretrained, threshold: 0.8}}")
    assert (chosen, problems) == (Extension(payload, "pretrained", 0.8), [])


def test_no_section_is_no_extension(tmp_path):
    assert read_extension(None, load_schema_of(tmp_path), use_dev=False) == (None, [])


def load_schema_of(tmp_path):
    (tmp_path / "schema.yaml").write_text(SCHEMA.replace("TASKS", OF_EXAMPLES))
    return load_schema(tmp_path / "schema.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{payload: prise}",
            "model.yaml:1:19 T008 'prise' is not a payload. Payloads: query, words, embedding, price, sizes, people. "
            "Did you mean price?",
        ),
        (
            "{payload: price}",
            "model.yaml:1:19 T111 extend compares examples by a text, by tokens or by a vector; 'price' is a number. "
            "Such payloads: query, words, embedding.",
        ),
        (
            "{payload: sizes}",
            "model.yaml:1:19 T111 extend compares examples by a text, by tokens or by a vector; 'sizes' is a sequence "
            "of numbers. Such payloads: query, words, embedding.",
        ),
        (
            "{payload: people}",
            "model.yaml:1:19 T111 extend compares examples by a text, by tokens or by a vector; 'people' is a set. "
            "Such payloads: query, words, embedding.",
        ),
        (
            "{payload: query, embedding: statik}",
            "model.yaml:1:37 T010 'statik' is not a known embedding. Known: pretrained, static. Did you mean static?",
        ),
        (
            "{payload: query, threshold: 1.2}",
            "model.yaml:1:37 T007 threshold must be a number of at least -1 and at most 1 or auto, not 1.2.",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_remedy(tmp_path, text, message):
    assert read(tmp_path, text)[1] == [message]


def test_a_threshold_cannot_be_chosen_where_dev_may_choose_nothing(tmp_path):
    _, problems = read(tmp_path, "{payload: query}", use_dev=False)
    assert problems == [
        "model.yaml:1:9 T110 extend: threshold 'auto' is chosen on dev gold, which use_dev: false forbids. "
        "Give a threshold, such as 0.8, or let dev choose."
    ]
    assert read(tmp_path, "{payload: query, threshold: 0.8}", use_dev=False)[1] == []


def test_a_schema_without_a_task_of_whole_examples_is_refused_where_extend_stands(tmp_path):
    _, problems = read(tmp_path, "{payload: query}", tasks=OF_TOKENS)
    assert problems == [
        "model.yaml:1:1 T112 extend: votes reach similar examples only in tasks with a class, or bits, for each "
        "example as a whole, and no task of schema.yaml is one. Take extend out."
    ]
