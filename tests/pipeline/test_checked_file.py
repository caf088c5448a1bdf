from hypothesis import given, settings
from hypothesis import strategies as st

from transom.pipeline.checked_file import read_checked, write_checked


@settings(max_examples=30)
@given(content=st.binary(max_size=100), place=st.integers(0, 131))
def test_what_was_written_comes_back_and_one_changed_byte_is_noticed(tmp_path_factory, content, place):
    path = tmp_path_factory.mktemp("checked") / "deep" / "file"
    write_checked(path, content)
    assert read_checked(path) == content
    damaged = bytearray(path.read_bytes())
    damaged[place % len(damaged)] ^= 1
    path.write_bytes(damaged)
    assert read_checked(path) is None


def test_a_file_that_is_not_there_holds_nothing(tmp_path):
    assert read_checked(tmp_path / "none") is None


def test_a_file_that_was_cut_off_holds_nothing(tmp_path):
    write_checked(tmp_path / "a", b"content")
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:20])
    assert read_checked(tmp_path / "a") is None
