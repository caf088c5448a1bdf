import math
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import polars as pl

from data_lines import SCHEMA, messages
from transom.data.dataset import frame
from transom.data.ingest import data_files, ingest
from transom.data.parquet import BLOCK_ROWS, read_rows


def written(folder, rows, **columns):
    file = folder / "data" / "a.parquet"
    file.parent.mkdir(exist_ok=True)
    pl.DataFrame(rows, schema_overrides=columns).write_parquet(file)
    return file


def records(file):
    return [orjson.loads(line) for block in read_rows(file, "data/a.parquet") for line in block.lines]


def test_rows_are_the_lines_that_they_stand_for(tmp_path):
    rows = [
        {"id": "a", "payloads": {"query": "x", "tokens": ["y"]}, "tasks": {"intent": {"lf": "age"}}, "tags": ["train"]},
        {"id": "b", "payloads": {"query": "z", "tokens": []}, "tasks": {"intent": {"lf": "age"}}, "tags": []},
    ]
    assert records(written(tmp_path, rows)) == rows


def test_null_and_nan_are_absent(tmp_path):
    rows = [{"id": "a", "payloads": {"price": 1.0}, "order": None}, {"id": "b", "payloads": None, "order": 2.0}]
    rows += [{"id": "c", "payloads": {"price": math.nan}, "order": 3.0}]
    assert records(written(tmp_path, rows)) == [
        {"id": "a", "payloads": {"price": 1.0}},
        {"id": "b", "order": 2.0},
        {"id": "c", "payloads": {}, "order": 3.0},
    ]


def test_decimals_are_numbers(tmp_path):
    rows = [{"id": "a", "payloads": {"price": Decimal("3.50")}, "order": Decimal(7)}]
    assert records(written(tmp_path, rows)) == [{"id": "a", "payloads": {"price": 3.5}, "order": 7.0}]


def test_rows_become_a_dataset(tmp_path):
    time = datetime(2026, 11, 2, 14, 33, 30, tzinfo=UTC)
    row = {
        "id": "a",
        "payloads": {"entities": [{"id": "x", "fields": {"title": "X", "pop": None}}], "embedding": [1.0, 2.0]},
        "tasks": {"arg": {"crowd": "x", "other": None}},
        "tags": ["train"],
        "time": time,
    }
    done = ingest([written(tmp_path, [row])], SCHEMA, tmp_path / "dataset")
    assert done.problems == ()
    assert [each.source for each in done.dataset.vote_columns] == ["crowd"]
    stored = frame(done.dataset, ["time", "entities", "embedding"]).row(0, named=True)
    assert stored["time"] == time
    assert stored["entities"] == [{"id": "x", "range": None, "title": "X", "pop": None}]
    assert stored["embedding"] == [1.0, 2.0]


def test_a_wrong_row_is_named_by_its_number(tmp_path):
    rows = [{"id": "a", "payloads": {"price": 1.0}}, {"id": "b", "payloads": {"price": math.inf}}]
    assert messages(ingest([written(tmp_path, rows)], SCHEMA, None)) == [
        "data/a.parquet:2 T043 /payloads/price: 'inf' is not a finite number."
    ]


def test_bytes_and_dates_are_text(tmp_path):
    rows = [{"id": "a", "payloads": {"query": b"x"}, "time": datetime(2026, 1, 2)}]
    assert records(written(tmp_path, rows)) == [{"id": "a", "payloads": {"query": "x"}, "time": "2026-01-02T00:00:00"}]


def test_rows_come_in_blocks_that_know_their_first_row(tmp_path):
    file = written(tmp_path, {"id": [str(number) for number in range(1, 3 * BLOCK_ROWS)]})
    found = list(read_rows(file, "data/a.parquet"))
    assert len(found) == 3
    assert all(orjson.loads(block.lines[0])["id"] == str(block.first) for block in found)


def test_a_file_that_is_no_parquet_is_a_problem_of_the_file(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.parquet").write_bytes(b"PAR1 and nothing else")
    done = ingest(data_files(tmp_path / "data"), SCHEMA, None)
    (problem,) = done.problems
    assert str(problem).startswith("data/a.parquet T051 the file cannot be read: ")
    assert problem.message.endswith("; there is no good line. Write or copy it again.")


def test_a_file_without_rows_is_an_empty_file(tmp_path):
    done = ingest([written(tmp_path, {"id": []}, id=pl.String)], SCHEMA, None)
    assert [problem.code for problem in (*done.warnings, *done.problems)] == ["T058", "T059"]
