"""A schema with every type of payload and task, lines of data that fit it, and what ingest makes of them."""

import gzip
import json
from pathlib import Path

from transom.data.ingest import Ingested, data_files, ingest
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

SCHEMA = Schema(
    payloads=(
        Singleton("query", "text", base=("tokens",)),
        Singleton("person", "record", fields=(Field("age", "number"), Field("job", "category"))),
        Singleton("embedding", "vector"),
        Singleton("price", "number"),
        Singleton("kind", "category"),
        Sequence("tokens", "token", max_length=8),
        Sequence("prices", "number"),
        Sequence("frames", "vector"),
        MemberSet("entities", (Field("title", "text"), Field("pop", "number")), range="tokens", max_length=4),
    ),
    tasks=(
        Multiclass("intent", ("height", "age", "spouse"), "query"),
        Bitvector("topics", ("sport", "politics"), "query"),
        Regression("score", "query"),
        Multiclass("pos", ("NOUN", "VERB"), "tokens"),
        Bitvector("types", ("person", "title"), "tokens"),
        Regression("weight", "tokens"),
        Spans("names", ("PER", "LOC"), "tokens"),
        Select("arg", "entities"),
        Multiclass("kept", ("yes", "no"), "entities"),
        Multiclass("bare", ("a", "b")),
    ),
    gold=("crowd", "expert"),
)

TOKENS = ["how", "tall", "is", "obama"]
ENTITIES = [{"id": "Obama", "range": [3, 4], "fields": {"title": "Barack Obama", "pop": 9.5}}, {"id": "Michelle"}]


def record(name="q1", *, tags=("train",), payloads=None, **tasks):
    """A record with a query, its tokens and two entities; `payloads` are changed in it."""
    given = {"query": "how tall is obama", "tokens": TOKENS, "entities": ENTITIES, **(payloads or {})}
    return {"id": name, "payloads": given, "tasks": tasks, "tags": list(tags)}


def patch(name="q1", *, tags=None, **tasks):
    """A line without payloads."""
    return {"id": name, "tasks": tasks} | ({} if tags is None else {"tags": list(tags)})


def write(file: Path, *lines: dict | str | bytes) -> Path:
    """A data file of records, or of lines as they are; gzip where its name says so."""
    content = b"".join(_line(each) + b"\n" for each in lines)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    return file


def _line(line: dict | str | bytes) -> bytes:
    if isinstance(line, bytes):
        return line
    return (line if isinstance(line, str) else json.dumps(line)).encode()


def read(folder: Path, *lines: dict | str | bytes, schema: Schema = SCHEMA, **settings) -> Ingested:
    """What ingest says of one file `data/a.jsonl` with these lines; the dataset goes beside it."""
    write(folder / "data" / "a.jsonl", *lines)
    return ingest(data_files(folder / "data"), schema, folder / "dataset", **settings)


def messages(done: Ingested) -> list[str]:
    """All problems as a user sees them."""
    return [str(problem) for problem in done.problems]
