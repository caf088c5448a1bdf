import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.errors import ArtifactError
from transom.export.objects import contains, digests, get, put, remove


@settings(max_examples=30)
@given(data=st.binary(max_size=200))
def test_what_was_put_is_got_by_its_hash(tmp_path_factory, data):
    objects = tmp_path_factory.mktemp("objects")
    digest = put(objects, data)
    assert digest == hashlib.sha256(data).hexdigest()
    assert get(objects, digest) == data
    assert list(digests(objects)) == [digest]


def test_putting_twice_keeps_one_file(tmp_path):
    assert put(tmp_path, b"a") == put(tmp_path, b"a")
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 1


def test_many_writers_of_the_same_bytes_agree(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: put(tmp_path, b"x" * 100_000), range(32)))
    assert list(digests(tmp_path)) == list(names)


def test_an_object_that_was_never_put_is_an_error(tmp_path):
    with pytest.raises(ArtifactError) as raised:
        get(tmp_path, "ab" * 32)
    assert raised.value.problem.code == "T153"
    assert raised.value.problem.message == "the object abababababab… cannot be read. Run transom again."
    assert not contains(tmp_path, "ab" * 32)


@given(position=st.integers(0, 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found_and_putting_again_mends_it(tmp_path_factory, position, bit):
    objects = tmp_path_factory.mktemp("objects")
    digest = put(objects, b"\x01\x02")
    path = objects / digest[:2] / digest[2:]
    changed = bytearray(path.read_bytes())
    changed[position] ^= 1 << bit
    path.write_bytes(changed)
    with pytest.raises(ArtifactError) as raised:
        get(objects, digest)
    assert raised.value.problem.code == "T154"
    assert get(objects, put(objects, b"\x01\x02")) == b"\x01\x02"


def test_what_a_killed_writer_left_is_no_object(tmp_path):
    digest = put(tmp_path, b"whole")
    (tmp_path / digest[:2] / ".writing-abc").write_bytes(b"who")
    assert list(digests(tmp_path)) == [digest]


def test_a_removed_object_is_gone_and_removing_it_again_is_no_error(tmp_path):
    digest = put(tmp_path, b"a")
    remove(tmp_path, digest)
    remove(tmp_path, digest)
    assert not contains(tmp_path, digest)


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "objects").write_text("a file where the folder should be")
    with pytest.raises(ArtifactError) as raised:
        put(tmp_path / "objects", b"a")
    assert raised.value.problem.code == "T146"
