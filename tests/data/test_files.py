from pathlib import Path

import polars as pl

from data_lines import write
from transom.data.files import read_file, read_lines, shown_name


def test_a_file_is_called_by_its_folder_and_name():
    assert shown_name(Path("/home/me/project/data/a.jsonl")) == "data/a.jsonl"
    assert shown_name(Path("a.jsonl")) == "a.jsonl"


def test_the_kind_of_a_file_is_told_by_its_name(tmp_path):
    pl.DataFrame({"id": ["x"]}).write_parquet(tmp_path / "a.parquet")
    files = [
        tmp_path / "a.parquet",
        write(tmp_path / "a.jsonl", {"id": "x"}),
        write(tmp_path / "a.jsonl.gz", {"id": "x"}),
    ]
    found = [[line.replace(b" ", b"") for block in read_file(file) for line in block.lines] for file in files]
    assert found == [[b'{"id":"x"}']] * 3


def test_some_lines_are_read_with_their_numbers(tmp_path):
    file = write(tmp_path / "a.jsonl", b"one", b"two", b"three")
    assert list(read_lines(file, {3, 1, 9})) == [(1, b"one"), (3, b"three")]
