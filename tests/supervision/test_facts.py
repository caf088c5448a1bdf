import polars as pl
import pytest

from transom.supervision.facts import read_entries, read_table


def test_every_value_of_a_table_is_text(tmp_path):
    (tmp_path / "a.csv").write_text("\ufeffname,born\nAda,1815\nBo,\n", encoding="utf-8")
    pl.DataFrame({"name": ["Ada"], "born": [1815]}).write_parquet(tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.csv").to_dicts() == [{"name": "Ada", "born": "1815"}, {"name": "Bo", "born": None}]
    assert read_table(tmp_path / "a.parquet").to_dicts() == [{"name": "Ada", "born": "1815"}]


def test_blank_lines_and_comments_are_no_entries(tmp_path):
    (tmp_path / "a.txt").write_text("\ufeff# cities\n\n New York \r\nBern", encoding="utf-8")
    assert read_entries(tmp_path / "a.txt") == ["New York", "Bern"]


def test_a_missing_file_is_an_error_of_the_system(tmp_path):
    for read in (read_table, read_entries):
        with pytest.raises(OSError, match="No such file"):
            read(tmp_path / "a.csv")
