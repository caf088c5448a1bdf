import gzip
import json
import random

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_lines import SCHEMA, patch, read, record, write
from strategies import JSON_VALUES, examples
from transom.data.fingerprint import canonical, digest
from transom.data.ingest import data_files, ingest


def fingerprint(folder, *lines, **settings):
    return read(folder, *lines, **settings).dataset.fingerprint


def shuffled_keys(value, seed=0):
    """The same JSON value, the keys of its objects in another order."""
    if isinstance(value, dict):
        keys = sorted(value)
        random.Random(seed).shuffle(keys)
        return {key: shuffled_keys(value[key], seed) for key in keys}
    return [shuffled_keys(each, seed) for each in value] if isinstance(value, list) else value


@given(records=st.lists(examples(), min_size=1, max_size=4, unique_by=lambda each: each["id"]), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_the_order_of_lines_and_keys_does_not_matter(tmp_path_factory, records, seed):
    folder = tmp_path_factory.mktemp("data")
    other = [shuffled_keys(each, seed) for each in records]
    random.Random(seed).shuffle(other)
    assert fingerprint(folder / "a", *records) == fingerprint(folder / "b", *other)


def test_names_compression_and_number_of_files_do_not_matter(tmp_path):
    lines = [record(f"q{n}") for n in range(4)]
    whole = fingerprint(tmp_path / "whole", *lines)
    write(tmp_path / "parts" / "data" / "z.jsonl", lines[3], "", lines[1])
    write(tmp_path / "parts" / "data" / "b.jsonl.gz", lines[2], lines[0])
    done = ingest(data_files(tmp_path / "parts" / "data"), SCHEMA, tmp_path / "parts" / "dataset")
    assert done.dataset.fingerprint == whole


def test_white_space_and_escapes_do_not_matter(tmp_path):
    line = record("ä")
    loose = json.dumps(line, indent=None, separators=(" , ", " : "))
    assert fingerprint(tmp_path / "a", json.dumps(line)) == fingerprint(tmp_path / "b", loose)
    assert fingerprint(tmp_path / "c", json.dumps(line, ensure_ascii=False)) == fingerprint(tmp_path / "d", line)


@pytest.mark.parametrize(
    "changed",
    [
        record("q2"),
        record(tags=["train", "x"]),
        record(payloads={"query": "how tall is Obama"}),
        record(payloads={"price": 1}),
        record(intent={"lf": "age"}),
        {**record(), "order": 1},
    ],
)
def test_a_change_of_the_content_changes_it(tmp_path, changed):
    assert fingerprint(tmp_path / "a", record()) != fingerprint(tmp_path / "b", changed)


def test_a_record_more_or_less_changes_it(tmp_path):
    one, two = fingerprint(tmp_path / "a", record("a")), fingerprint(tmp_path / "b", record("a"), record("b"))
    assert one != two


def test_a_refused_line_counts_for_nothing(tmp_path):
    clean = fingerprint(tmp_path / "clean", record("a"), patch("a", intent={"lf": "age"}))
    bad = ["{", record("a", tags=["test"]), record("c", tags=[]), patch("x"), patch("a", intent={"lf": "ag"})]
    lines = [record("a"), patch("a", intent={"lf": "age"}), *bad]
    assert fingerprint(tmp_path / "dirty", *lines, skip_bad_lines=True) == clean


def test_a_patch_changes_it_and_only_what_patches_come_to_counts(tmp_path):
    age, height = patch(intent={"crowd": "age"}), patch(intent={"crowd": "height"})
    plain = fingerprint(tmp_path / "plain", record())
    patched = fingerprint(tmp_path / "patched", record(), age)
    assert patched != plain
    assert fingerprint(tmp_path / "before", age, record()) == patched
    assert fingerprint(tmp_path / "twice", record(), height, age) == patched
    assert fingerprint(tmp_path / "other", record(), age, height) != patched


def test_patches_of_different_votes_may_change_places(tmp_path):
    one, other = patch(intent={"crowd": "age"}), patch(score={"crowd": 1}, tags=["late"])
    assert fingerprint(tmp_path / "a", record(), one, other) == fingerprint(tmp_path / "b", record(), other, one)


def test_a_parquet_file_has_the_fingerprint_of_the_lines_it_stands_for(tmp_path):
    rows = [{"id": "a", "payloads": {"query": "x"}, "tasks": {"intent": {"lf": "age"}}, "tags": ["train"]}]
    (tmp_path / "p" / "data").mkdir(parents=True)
    pl.DataFrame(rows).write_parquet(tmp_path / "p" / "data" / "a.parquet")
    done = ingest(data_files(tmp_path / "p" / "data"), SCHEMA, tmp_path / "p" / "dataset")
    assert done.dataset.fingerprint == fingerprint(tmp_path / "j", *rows)


@given(
    value=JSON_VALUES.map(
        lambda value: json.loads(json.dumps(value).replace("NaN", "0").replace("Infinity", "0"), parse_int=float)
    )
)
@settings(max_examples=50)
def test_the_canonical_form_is_the_value(value):
    assert orjson.loads(canonical(value)) == value
    assert canonical(value) == canonical(shuffled_keys(value))


def test_a_digest_is_the_same_on_every_machine():
    assert digest(b"{}") == 194853017720071367616170084347802286890


def test_gzip_levels_do_not_matter(tmp_path):
    content = json.dumps(record()).encode()
    for level in (1, 9):
        (tmp_path / str(level)).mkdir()
        (tmp_path / str(level) / "a.jsonl.gz").write_bytes(gzip.compress(content, level))
    done = [ingest(data_files(tmp_path / str(level)), SCHEMA, tmp_path / f"d{level}") for level in (1, 9)]
    assert done[0].dataset.fingerprint == done[1].dataset.fingerprint
