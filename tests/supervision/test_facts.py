import polars as pl
import pytest

from transom.errors import Location, ProjectError
from transom.supervision.facts import read_entries, read_fact_file, read_table


def test_every_value_of_a_table_is_text(tmp_path):
    (tmp_path / "a.csv").write_text("\ufeffname,born\nAda,1815\nBo,\n", encoding="utf-8")
    pl.DataFrame({"name": ["Ada"], "born": [1815]}).write_parquet(tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.csv").to_dicts() == [{"name": "Ada", "born": "1815"}, {"name": "Bo", "born": None}]
    assert read_table(tmp_path / "a.parquet").to_dicts() == [{"name": "Ada", "born": "1815"}]


def test_a_table_may_stand_in_a_folder_whose_name_looks_like_a_pattern(tmp_path):
    folder = tmp_path / "spouses [1]*"
    folder.mkdir()
    (folder / "a.csv").write_text("name\nAda\n", encoding="utf-8")
    pl.DataFrame({"name": ["Ada"]}).write_parquet(folder / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        assert read_fact_file(read_table, folder, name).to_dicts() == [{"name": "Ada"}]


def test_blank_lines_and_comments_are_no_entries(tmp_path):
    (tmp_path / "a.txt").write_text("\ufeff# cities\n\n New York \r\nBern", encoding="utf-8")
    assert read_entries(tmp_path / "a.txt") == ["New York", "Bern"]


def test_a_missing_file_is_an_error_of_the_system(tmp_path):
    for read in (read_table, read_entries):
        with pytest.raises(OSError, match="No such file"):
            read(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("read", "content", "message"),
    [
        (read_table, None, "There is no file 'a.csv' in the project's folder."),
        (read_entries, None, "There is no file 'a.csv' in the project's folder."),
        (read_table, b"", "'a.csv' cannot be read: empty CSV."),
        (
            read_entries,
            b"caf\xe9",
            "'a.csv' cannot be read: 'utf-8' codec can't decode byte 0xe9 in position 3: unexpected end of data.",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_of_the_project(tmp_path, read, content, message):
    if content is not None:
        (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ProjectError) as raised:
        read_fact_file(read, tmp_path, "a.csv", Location("sources.yaml", 2, 3))
    assert str(raised.value) == f"sources.yaml:2:3 T086 {message}"
