import polars as pl

from data_lines import SCHEMA
from transom.data.dataset import BUCKET, COLUMNS, FILE, LINE, SERVED, payload_dtype
from transom.data.parts import PART, Rows, drop_rows, frame_of, spool, spooled, vote_dtype, write_columns


def numbers(*values):
    return pl.DataFrame({"n": values})


def kept(folder):
    return [pl.read_parquet(part)["n"].to_list() for part in spool(folder, PART)]


def test_no_rows_are_a_frame_with_all_columns_but_votes():
    frame = frame_of(SCHEMA, Rows("data/a.jsonl"))
    payloads = [payload.name for payload in SCHEMA.payloads]
    assert frame.columns == ["id", "split", "tags", "time", "order", *payloads, FILE, LINE, BUCKET, SERVED]
    assert [frame.schema[name] for name in payloads] == [payload_dtype(each) for each in SCHEMA.payloads]


def test_frames_are_written_once_they_hold_enough(tmp_path):
    waiting = spooled(tmp_path, PART, [numbers(1, 2)], at_least=20)
    assert [frame["n"].to_list() for frame in waiting] == [[1, 2]]
    assert spooled(tmp_path, PART, [*waiting, numbers(3)], at_least=20) == []
    assert spooled(tmp_path, PART, [numbers(4)], at_least=0) == []
    assert kept(tmp_path) == [[1, 2, 3], [4]]


def test_no_frames_are_no_file(tmp_path):
    assert spooled(tmp_path, PART, [], at_least=0) == []
    assert spool(tmp_path, PART) == []


def test_rows_are_dropped_by_their_number_over_all_parts(tmp_path):
    for values in ([0, 1, 2], [3], [4, 5]):
        spooled(tmp_path, PART, [numbers(*values)], at_least=0)
    drop_rows(spool(tmp_path, PART), {1, 3, 5})
    assert kept(tmp_path) == [[0, 2], [], [4]]


def test_the_file_of_columns_has_those_of_every_part_and_no_row(tmp_path):
    spooled(tmp_path, PART, [frame_of(SCHEMA, Rows("a")).with_columns(pl.lit(1).alias("vote/a/b"))], at_least=0)
    spooled(tmp_path, PART, [frame_of(SCHEMA, Rows("a")).with_columns(pl.lit(1.5).alias("vote/c/d"))], at_least=0)
    write_columns(tmp_path, SCHEMA)
    columns = pl.read_parquet(tmp_path / COLUMNS)
    assert len(columns) == 0
    assert columns.columns[-2:] == ["vote/a/b", "vote/c/d"]


def test_votes_on_elements_are_lists():
    assert vote_dtype(SCHEMA, "intent", soft=False) == pl.Int32
    assert vote_dtype(SCHEMA, "pos", soft=False) == pl.List(pl.Int32)
    assert vote_dtype(SCHEMA, "pos", soft=True) == pl.List(pl.List(pl.Float64))
    assert vote_dtype(SCHEMA, "arg", soft=True) == pl.List(pl.Float64)
