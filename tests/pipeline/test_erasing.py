import gzip
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.pipeline.erasing import blank_out, count_records, rewrite

LINES = [
    b'{"id": "a", "payloads": {}}\n', b'{"id":"\\u00e9", "tasks": {}}\n', b"no json\n", b"\n",
    b'{"payloads": {"id": "a"}}\r\n', b'["a"]\n', b'{"tags": [], "id": "a"}',
]  # fmt: skip


def written(file, lines=LINES):
    content = b"".join(lines)
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    return file


def content(file):
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_rewriting_drops_the_example_and_keeps_every_other_byte(tmp_path, name):
    file = written(tmp_path / name)
    assert rewrite(file, "a") == 2
    assert content(file) == b"".join(LINES[1:-1])
    assert rewrite(file, "a") == 0


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
@pytest.mark.parametrize("first", [b'\xef\xbb\xbf{"id": "a"}\n', b'{"id": "a",\r"tasks": {}}\n'])
def test_an_example_is_dropped_wherever_it_is_read(tmp_path, name, first):
    file = written(tmp_path / name, [first, b'{"id": "b"}\n'])
    assert rewrite(file, "a") == 1
    assert content(file).removeprefix(b"\xef\xbb\xbf") == b'{"id": "b"}\n'
    assert count_records(file, "a") == 0


def test_an_id_is_found_however_it_is_escaped(tmp_path):
    file = written(tmp_path / "a.jsonl")
    assert count_records(file, "é") == rewrite(file, "é") == 1
    assert count_records(file, "é") == 0


def test_a_parquet_file_is_rewritten_without_the_example(tmp_path):
    file = tmp_path / "a[1].parquet"
    pl.DataFrame({"id": ["a", "b", None, "a"], "n": [1, 2, 3, 4]}).write_parquet(file)
    assert rewrite(file, "a") == 2
    assert pl.read_parquet(file, glob=False)["n"].to_list() == [2, 3]


def test_a_link_stays_a_link_and_permissions_stay(tmp_path):
    file = written(tmp_path / "real.jsonl")
    file.chmod(0o600)
    (tmp_path / "link.jsonl").symlink_to(file)
    assert rewrite(tmp_path / "link.jsonl", "a") == 2
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (content(file), file.stat().st_mode & 0o777) == (b"".join(LINES[1:-1]), 0o600)


def test_a_file_without_the_example_is_not_touched(tmp_path):
    file = written(tmp_path / "a.jsonl")
    before = file.stat()
    assert rewrite(file, "z") == blank_out(file, "z") == 0
    assert file.stat().st_ino == before.st_ino
    assert content(file) == b"".join(LINES)


@settings(max_examples=30)
@given(names=st.lists(st.sampled_from(["a", "b", "ab", "é"]), max_size=6))
def test_blanked_lines_are_spaces_and_all_else_stays_where_it_was(tmp_path_factory, names):
    file = tmp_path_factory.mktemp("log") / "1.jsonl"
    lines = [json.dumps({"id": name}).encode() + b"\n" for name in names]
    written(file, lines)
    with file.open("ab") as server:  # a server that has the segment open goes on appending to it
        assert blank_out(file, "a") == names.count("a")
        server.write(b'{"id": "late"}\n')
    kept = [b" " * (len(line) - 1) + b"\n" if name == "a" else line for name, line in zip(names, lines, strict=True)]
    assert content(file) == b"".join(kept) + b'{"id": "late"}\n'


def test_a_packed_segment_is_written_again(tmp_path):
    file = written(tmp_path / "1.jsonl.gz")
    assert blank_out(file, "a") == 2
    assert b'"a", "payloads"' not in content(file)
