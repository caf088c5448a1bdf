from datetime import UTC, datetime

import orjson

from transom.data.dataset import frame
from transom.data.ingest import ingest
from transom.data.rows import columns_of, examples_in
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema

SCHEMA = Schema(
    (
        Singleton("query", "text"),
        Singleton("person", "record", fields=(Field("age", "number"), Field("job", "category"))),
        Sequence("tokens", "token"),
        MemberSet("entities", (Field("title", "text"),), range="tokens"),
    )
)


def examples_from(tmp_path, *records):
    data = tmp_path / "a.jsonl"
    data.write_bytes(b"\n".join(map(orjson.dumps, records)))
    done = ingest([data], SCHEMA, tmp_path / "dataset")
    assert done.problems == ()
    return list(examples_in(frame(done.dataset, columns_of(SCHEMA)), SCHEMA))


def test_an_example_has_its_payloads_as_the_data_line_writes_them(tmp_path):
    payloads = {
        "query": "how tall",
        "person": {"age": 31.0, "job": "cook"},
        "tokens": ["how", "tall"],
        "entities": [{"id": "a", "range": [0, 1], "fields": {"title": "A"}}, {"id": "b", "fields": {"title": None}}],
    }
    line = {"id": "q1", "payloads": payloads, "tags": ["train", "x"], "time": "2026-01-02T03:04:05Z", "order": 3}
    (example,) = examples_from(tmp_path, line)
    assert example.payloads == payloads
    assert (example.id, example.tags, example.order) == ("q1", ("train", "x"), 3.0)
    assert example.time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_payload_that_is_missing_is_none(tmp_path):
    (example,) = examples_from(tmp_path, {"id": "q1", "payloads": {}})
    assert (example.query, example.person, example.tokens, example.entities) == (None, None, None, None)
    assert (example.tags, example.time, example.order) == ((), None, None)


def test_a_field_that_is_missing_is_none(tmp_path):
    (example,) = examples_from(tmp_path, {"id": "q1", "payloads": {"person": {"age": 3}}})
    assert example.person == {"age": 3.0, "job": None}
