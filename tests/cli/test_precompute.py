"""`transom precompute`: a file, standard input, or the project's data."""

import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from transom.cli.main import main
from transom.cli.options import HERE
from transom.cli.precompute import _blocks
from transom.data.jsonl import BLOCK_BYTES, BOM

LINE = json.dumps({"id": "a", "payloads": {"text": "love"}}) + "\n"


@pytest.fixture(scope="module")
def project(two_versions, tmp_path_factory):
    return shutil.copytree(two_versions, tmp_path_factory.mktemp("precomputed") / "moods")


def done(capfdbinary):
    return json.loads(capfdbinary.readouterr().out)


def test_the_projects_data_is_answered_unless_a_file_is_named(project, tmp_path, capfdbinary, monkeypatch):
    assert main(["precompute", str(project), "--json"]) == 0
    assert done(capfdbinary)["n_keys"] == 60

    (tmp_path / "asked.jsonl").write_text(LINE)
    assert main(["precompute", str(project), str(tmp_path / "asked.jsonl"), "--json"]) == 0
    assert done(capfdbinary)["n_keys"] == 1

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINE.encode() * 2)))
    assert main(["precompute", str(project), "-", "--key", "text", "--json"]) == 0
    assert done(capfdbinary) | {"computed": ""} == {
        "version": 1,
        "key": "text",
        "n_records": 2,
        "n_keys": 1,
        "computed": "",
    }


def test_a_lone_file_is_read_for_the_project_of_this_folder(project, tmp_path, capfd, monkeypatch):
    (tmp_path / "asked.jsonl").write_text(LINE)
    monkeypatch.chdir(project)

    assert main(["precompute", str(tmp_path / "asked.jsonl")]) == 0
    assert capfd.readouterr().out == "Version 1 answered 1 records: 1 keys of 'id'.\n"


def test_a_file_that_is_not_there_is_an_error(project, capfd):
    assert main(["precompute", str(project), "nowhere.jsonl"]) == 2
    assert "T177 there is no file 'nowhere.jsonl'." in capfd.readouterr().err


def test_of_many_records_that_do_not_fit_the_rest_is_counted_and_check_which_does_not_read_them_is_not_named(
    project, tmp_path, capfd
):
    (tmp_path / "asked.jsonl").write_text(LINE.replace("text", "txt") * 25)
    assert main(["precompute", str(project), str(tmp_path / "asked.jsonl")]) == 2
    *lines, last = capfd.readouterr().err.splitlines()
    assert len(lines) == 20
    assert last == "… and 5 more"


def test_standard_input_is_read_in_blocks_with_the_numbers_of_its_lines(monkeypatch):
    lines = [b"%d\n" % number for number in range(300_000)]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"".join(lines))))
    blocks = list(_blocks(HERE, Path("-")))
    assert [line for block in blocks for line in block.lines] == lines
    assert [block.first for block in blocks] == [int(block.lines[0]) + 1 for block in blocks]
    assert max(sum(map(len, block.lines)) for block in blocks) <= BLOCK_BYTES + len(lines[-1])


def test_a_byte_order_mark_is_skipped_in_what_is_piped_in_as_it_is_in_files(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BOM + LINE.encode())))
    assert [line for block in _blocks(HERE, Path("-")) for line in block.lines] == [LINE.encode()]
