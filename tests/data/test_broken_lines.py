"""Lines that are wrong, each with all that a user reads about it."""

import json

import pytest

from data_lines import ENTITIES, messages, read, record
from transom.data.lines import parse_line
from transom.errors import Problem

DEEP = '{"id": "q", "payloads": {"query": ' + "[" * 300 + "]" * 300 + "}}"
PAYLOADS = "query, person, embedding, price, kind, tokens, prices, frames, entities"
TASKS = "intent, topics, score, pos, types, weight, names, arg, kept, bare"
MISSING = "null is no element of a list, where none can be missing. Leave it out, or write what stands for it."
KEYS = "id, payloads, tasks, tags, time, order, served"

NOT_JSON = {
    '{"id": "q1"': 'T030 not JSON: unexpected end of data at character 12, near \'"id": "q1"\'.',
    "{'id': 1}": "T030 not JSON: unexpected character, expected a string key at character 2, near \"{'id': 1}\".",
    '{"id": "q",}': 'T030 not JSON: trailing comma is not allowed at character 11, near \'{"id": "q",}\'.',
    '{"id": "q"} {}': 'T030 not JSON: unexpected content after document at character 13, near \'id": "q"} {}\'.',
    '{"id": "\\ud800"}': 'T030 not JSON: no low surrogate in string at character 9, near \'{"id": "\\\\ud800"}\'.',
    '{"x": 1e999}': "T030 not JSON: number is infinity when parsed as double at character 7, near '{\"x\": 1e999}'.",
    DEEP: "T030 not JSON that can be kept: it is nested deeper than 254 levels.",
    '{"id": "q", "order": NaN}': "T064 NaN is not a JSON number. Write null where there is no number.",
    '{"id": "q", "order": -Infinity}': "T064 -Infinity is not a JSON number. Write null where there is no number.",
    b'{"id": "caf\xe9"}': "T052 byte 0xe9 at position 12 is not UTF-8. Write the text with that encoding.",
    '{"id": "q"}'.encode("utf-16"): "T052 byte 0xff at position 1 is not UTF-8. Write the text with that encoding.",
    "[1, 2]": 'T054 [1, 2] is not an object. Write one object a line: {"id": …, "payloads": …}.',
    "null": 'T054 null is not an object. Write one object a line: {"id": …, "payloads": …}.',
    '{"id": "q", "id": "p"}': "T055 the key 'id' stands twice in one object. Keep one of them.",
    '{"id": "q", "tasks": {"t": {"a": 1, "a": 2}}}': "T055 the key 'a' stands twice in one object. Keep one of them.",
}

WRONG = [
    ({}, "T040 /id: there is no id. Write text that is not empty."),
    ({"id": 7, "payloads": {}}, "T040 /id: 7 is no id. Write text that is not empty."),
    ({"id": "", "payloads": {}}, "T040 /id: '' is no id. Write text that is not empty."),
    ({"id": "q", "payloads": None}, "T043 /payloads: null is not an object of payloads."),
    ({"id": "q", "payload": {}}, f"T038 /payload: 'payload' is no key. Known: {KEYS}. Did you mean payloads?"),
    ({**record(), "tag": []}, f"T038 /tag: 'tag' is no key. Known: {KEYS}. Did you mean tags?"),
    ({"id": "q", "order": 3}, "T062 /order: a patch adds votes and tags, and has no 'order'. Remove it."),
    (
        record(payloads={"qury": "x"}),
        f"T039 /payloads/qury: 'qury' is no payload. Known: {PAYLOADS}. Did you mean query?",
    ),
    (record(payloads={"query": 3}), 'T043 /payloads/query: 3 is not text. Write "3".'),
    (record(payloads={"kind": True}), "T043 /payloads/kind: true is not text."),
    (record(payloads={"price": "3"}), "T043 /payloads/price: '3' is not a finite number."),
    (record(payloads={"person": [1]}), "T043 /payloads/person: [1] is not an object with the fields age, job."),
    (record(payloads={"person": {"age": "old"}}), "T043 /payloads/person/age: 'old' is not a finite number."),
    (
        record(payloads={"person": {"jb": "x"}}),
        "T039 /payloads/person/jb: 'jb' is no field. Known: age, job. Did you mean job?",
    ),
    (record(payloads={"embedding": 1}), "T043 /payloads/embedding: 1 is not a list."),
    (record(payloads={"prices": [1, None]}), f"T043 /payloads/prices/1: {MISSING}"),
    (record(payloads={"frames": [[1, None]]}), f"T043 /payloads/frames/0/1: {MISSING}"),
    (record(payloads={"frames": [[1], None]}), f"T043 /payloads/frames/1: {MISSING}"),
    (record(payloads={"tokens": ["a", None]}), f"T043 /payloads/tokens/1: {MISSING}"),
    (record(payloads={"frames": [[1], 2]}), "T043 /payloads/frames/1: 2 is not a list."),
    (record(payloads={"tokens": ["a", 3]}), 'T043 /payloads/tokens/1: 3 is not text. Write "3".'),
    (record(payloads={"entities": {}}), "T043 /payloads/entities: {} is not a list of members."),
    (
        record(payloads={"entities": ["e"]}),
        "T043 /payloads/entities/0: 'e' is no member. Write an object with an id and fields.",
    ),
    (
        record(payloads={"entities": [{"id": None}]}),
        "T044 /payloads/entities/0/id: null is no id. Write text that is not empty.",
    ),
    (
        record(payloads={"entities": [{"id": "a"}, {"id": "a"}]}),
        "T044 /payloads/entities/1/id: 'a' is in the set twice. Give each member its own id.",
    ),
    (
        record(payloads={"entities": [{"id": "a", "title": "b"}]}),
        "T038 /payloads/entities/0/title: 'title' is no key. Known: id, range, fields.",
    ),
    (
        record(payloads={"entities": [{"id": "a", "range": [2, 2]}]}),
        "T045 /payloads/entities/0/range: [2, 2] is not [start, end] with 0 <= start < end.",
    ),
    (
        record(payloads={"entities": [{"id": "a", "range": [2, 9]}]}),
        "T045 /payloads/entities/0/range: [2, 9] ends beyond the 4 elements of tokens. The end is exclusive.",
    ),
    (
        record(payloads={"tokens": None, "entities": [{"id": "a", "range": [2, 9]}]}),
        "T045 /payloads/entities/0/range: [2, 9] ends beyond tokens, which is missing. The end is exclusive.",
    ),
    (record(intent="age"), "T032 /tasks/intent: 'age' is not an object of sources. Write {\"SOURCE\": label}."),
    ({**record(), "tasks": [1]}, "T032 /tasks: [1] is not an object of tasks."),
    (record(intnt={}), f"T039 /tasks/intnt: 'intnt' is no task. Known: {TASKS}. Did you mean intent?"),
    (
        record(intent={"lf": "hight"}),
        "T031 /tasks/intent/lf: 'hight' is not one of height, age, spouse. Did you mean height?",
    ),
    (record(intent={"lf": ["age"]}), "T031 /tasks/intent/lf: ['age'] is not one of height, age, spouse."),
    (
        record(topics={"lf": "sport"}),
        "T032 /tasks/topics/lf: 'sport' is not a list. Write the list of the classes that hold.",
    ),
    (record(score={"a": "high"}), "T037 /tasks/score/a: 'high' is not a finite number."),
    (record(pos={"a": ["NOUN"]}), "T033 /tasks/pos/a: 1 label for 4 elements. Write one for each, null for none."),
    (
        record(arg={"a": "Obma"}),
        "T035 /tasks/arg/a: 'Obma' is no member of the set, which has Obama, Michelle. Did you mean Obama?",
    ),
    (
        record(names={"a/b": [[0, 9, "PER"]]}),
        "T034 /tasks/names/a~1b/0: [0, 9, 'PER'] ends beyond the 4 elements of its sequence. The end is exclusive.",
    ),
    ({**record(), "tags": "train"}, "T046 /tags: 'train' is not a list of texts that are not empty."),
    ({**record(), "tags": ["train", ""]}, "T046 /tags: ['train', ''] is not a list of texts that are not empty."),
    (
        {**record(), "tags": ["vip", "*"]},
        "T046 /tags: '*' cannot be a tag: so a report calls all examples. Rename it.",
    ),
    (
        {**record(), "tags": ["slice:vip"]},
        "T046 /tags: 'slice:vip' cannot be a tag: so a report calls those of a slice. Rename it.",
    ),
    (
        record(tags=["train", "test"]),
        "T046 /tags: 'train' and 'test' are both given, but an example is in one split. Keep one.",
    ),
    (
        {**record(), "time": "2026-02-30T00:00:00Z"},
        "T049 /time: '2026-02-30T00:00:00Z' is not a time as in RFC 3339. Write it like 2026-11-02T14:33:30Z.",
    ),
    (
        {**record(), "time": "0001-01-01T00:00:00+01:00"},
        "T049 /time: '0001-01-01T00:00:00+01:00' is not a time as in RFC 3339. Write it like 2026-11-02T14:33:30Z.",
    ),
    (
        {**record(), "time": "9999-12-31T23:59:59-01:00"},
        "T049 /time: '9999-12-31T23:59:59-01:00' is not a time as in RFC 3339. Write it like 2026-11-02T14:33:30Z.",
    ),
    ({**record(), "order": "3"}, "T050 /order: '3' is not a finite number."),
    ({**record(), "served": {"version": "x"}}, "T061 /served/version: 'x' is not a whole number."),
    (
        {**record(), "served": 3},
        "T061 /served: 3 is not an object of version, model, request_id, policy, propensity, latency_ms, sample, "
        "probabilities.",
    ),
]


@pytest.mark.parametrize("line", NOT_JSON, ids=range(len(NOT_JSON)))
def test_a_line_that_is_not_an_object_says_what_is_wrong(line):
    found = parse_line(line if isinstance(line, bytes) else line.encode())
    assert isinstance(found, Problem)
    assert str(found) == NOT_JSON[line]


@pytest.mark.parametrize(("line", "message"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_record_says_what_is_wrong_and_where(tmp_path, line, message):
    assert messages(read(tmp_path, record("before"), "", line)) == [f"data/a.jsonl:3 {message}"]


def test_all_problems_of_a_line_are_reported(tmp_path):
    line = {**record(payloads={"price": "x", "kind": 1}, score={"a": "x"}), "order": "y", "time": 5, "key": 1}
    pointers = [problem.pointer for problem in read(tmp_path, line).problems]
    assert pointers == ["/key", "/payloads/price", "/payloads/kind", "/time", "/order", "/tasks/score/a"]


def test_votes_on_a_payload_that_is_wrong_are_not_blamed_too(tmp_path):
    done = read(tmp_path, record(payloads={"tokens": "how tall", "entities": None}, pos={"a": ["NOUN"]}))
    assert messages(done) == ["data/a.jsonl:1 T043 /payloads/tokens: 'how tall' is not a list."]


def test_a_misspelt_id_is_named_beside_the_missing_one(tmp_path):
    found = messages(read(tmp_path, {"ids": "q", "payloads": {}}))
    assert found[1] == f"data/a.jsonl:1 T038 /ids: 'ids' is no key. Known: {KEYS}. Did you mean id?"


def test_a_long_value_is_cut_in_its_message(tmp_path):
    (message,) = messages(read(tmp_path, record(payloads={"price": "x" * 1000})))
    assert message == f"data/a.jsonl:1 T043 /payloads/price: '{'x' * 58}… is not a finite number."


def test_a_colon_in_a_text_is_not_taken_for_a_key_that_stands_twice():
    line = json.dumps({"id": "a:b", "payloads": {"query": 'x": "y\\u003a', "::": ":"}})
    assert not isinstance(parse_line(line.encode()), Problem)
    assert not isinstance(parse_line(line.replace("a:b", "a\\u003ab").encode()), Problem)


def test_a_key_that_stands_twice_is_found_beside_escaped_colons():
    found = parse_line(rb'{"id": "q", "tags": ["a\u003ab"], "tags": ["c\u003Ad"]}')
    assert str(found) == "T055 the key 'tags' stands twice in one object. Keep one of them."


def test_a_set_whose_schema_names_no_sequence_has_no_ranges(tmp_path):
    from dataclasses import replace

    from data_lines import SCHEMA

    loose = replace(
        SCHEMA,
        payloads=tuple(replace(each, range=None) if each.name == "entities" else each for each in SCHEMA.payloads),
    )
    done = read(tmp_path, record(payloads={"entities": ENTITIES}), schema=loose)
    assert messages(done) == [
        "data/a.jsonl:1 T045 /payloads/entities/0/range: "
        "the schema gives this set no 'range'. Add one, or leave it out here."
    ]
