import gzip
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.jsonl import BLOCK_BYTES, MAX_LINE_BYTES, has_bom, read_blocks


def blocks(file):
    return list(read_blocks(file, "data/a.jsonl"))


def lines(file):
    return [line for block in blocks(file) for line in block.lines]


def write(folder, content, name="a.jsonl"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


@given(st.lists(st.binary(max_size=5).filter(lambda line: b"\n" not in line), max_size=8), st.booleans())
@settings(max_examples=50)
def test_lines_come_as_they_are_whatever_the_file(tmp_path_factory, content, ends):
    content = [b"first", *content, b"last"]
    whole = b"\n".join(content) + (b"\n" if ends else b"")
    folder = tmp_path_factory.mktemp("lines")
    assert lines(write(folder, whole)) == content
    assert lines(write(folder, gzip.compress(whole), "a.jsonl.gz")) == content


def test_an_empty_file_has_no_lines(tmp_path):
    assert blocks(write(tmp_path, b"")) == []
    assert blocks(write(tmp_path, gzip.compress(b""), "a.jsonl.gz")) == []


def test_blocks_know_the_number_of_their_first_line(tmp_path):
    content = b"".join(b"%d %s\n" % (number, b"x" * 1000) for number in range(1, 5001))
    found = blocks(write(tmp_path, content))
    assert len(found) > 3
    assert all(int(block.lines[0].split()[0]) == block.first for block in found)
    assert max(sum(map(len, block.lines)) for block in found) < 2 * BLOCK_BYTES


def test_a_line_may_be_longer_than_a_block(tmp_path):
    long = b"x" * (3 * BLOCK_BYTES)
    assert lines(write(tmp_path, b"a\n" + long + b"\nb")) == [b"a", long, b"b"]


def test_a_line_without_end_is_no_jsonl(tmp_path):
    file = tmp_path / "a.jsonl"
    with file.open("wb") as out:
        out.write(b"{}\n")
        out.truncate(MAX_LINE_BYTES + 2 * BLOCK_BYTES)
    last = blocks(file)[-1]
    assert (last.first, last.damage) == (2, "a line is longer than 64 MB, so this is no JSONL")


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path):
    file = write(tmp_path, b"\xef\xbb\xbf{}\n")
    assert lines(file) == [b"{}"]
    assert has_bom(file)
    assert not has_bom(write(tmp_path, b"{}", "b.jsonl"))


@pytest.mark.parametrize("cut", [1, 9, 100, 2000])
def test_what_a_truncated_archive_holds_is_read(tmp_path, cut):
    draw = random.Random(0)
    content = [b"%d" % draw.getrandbits(64) for _ in range(2000)]
    archive = gzip.compress(b"\n".join(content))
    found = blocks(write(tmp_path, archive[:-cut], "a.jsonl.gz"))
    assert [block.damage for block in found[:-1]] == [None] * (len(found) - 1)
    assert found[-1].damage == "the gzip stream is cut off"
    whole = [line for block in found[:-1] for line in block.lines]
    assert whole == content[: len(whole)]
    assert 1000 < len(whole) < 2000
    assert found[-1].first == len(whole) + 1
    assert content[len(whole)].startswith(found[-1].lines[0])


def test_archives_one_after_the_other_are_one_file(tmp_path):
    archive = gzip.compress(b"a\nb") + gzip.compress(b"c\n") + b"\0" * 20
    assert lines(write(tmp_path, archive, "a.jsonl.gz")) == [b"a", b"bc"]


def test_an_archive_that_swells_is_unpacked_in_blocks(tmp_path):
    content = b"\n" * (20 * BLOCK_BYTES)
    found = blocks(write(tmp_path, gzip.compress(content), "a.jsonl.gz"))
    assert sum(len(block.lines) for block in found) == 20 * BLOCK_BYTES
    assert max(len(block.lines) for block in found) <= BLOCK_BYTES


def test_damage_within_an_archive_is_told(tmp_path):
    archive = bytearray(gzip.compress(b"some words\n" * 50))
    archive[-6] ^= 255  # a byte of the checksum
    found = blocks(write(tmp_path, bytes(archive), "a.jsonl.gz"))
    assert found[-1].damage == "Error -3 while decompressing data: incorrect data check"


def test_a_file_that_is_not_there_is_damage_too(tmp_path):
    (block,) = blocks(tmp_path / "a.jsonl")
    assert block.damage.startswith("[Errno 2] No such file or directory")
