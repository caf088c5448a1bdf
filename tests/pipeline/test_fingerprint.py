import hashlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.pipeline.fingerprint import (
    MISSING,
    SETTLED_NS,
    Fingerprints,
    fingerprint_of,
    load_fingerprints,
    save_fingerprints,
    stamp_of,
)


def sha(content):
    return hashlib.sha256(content).hexdigest()


@settings(max_examples=30)
@given(content=st.binary(min_size=1, max_size=200), place=st.integers(0, 199), bit=st.integers(0, 7))
def test_one_bit_makes_another_fingerprint(tmp_path_factory, content, place, bit):
    path = tmp_path_factory.mktemp("bits") / "a"
    changed = bytearray(content)
    changed[place % len(content)] ^= 1 << bit
    path.write_bytes(content)
    before = fingerprint_of(path, Fingerprints())
    path.write_bytes(changed)
    assert before == sha(content)
    assert fingerprint_of(path, Fingerprints()) == sha(changed)


def test_a_file_that_looks_as_before_is_not_read_again(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"new")
    known = Fingerprints({str(path.resolve()): (stamp_of(path), "as before")})
    assert fingerprint_of(path, known) == "as before"


@pytest.mark.parametrize(("later_ns", "is_kept"), [(SETTLED_NS, False), (SETTLED_NS + 1, True)])
def test_a_file_that_was_written_just_now_is_read_again_as_it_may_change_within_a_tick(
    tmp_path, monkeypatch, later_ns, is_kept
):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    written_ns = path.stat().st_ctime_ns
    monkeypatch.setattr("time.time_ns", lambda: written_ns + later_ns)
    fingerprints = Fingerprints()
    fingerprint_of(path, fingerprints)
    assert bool(fingerprints.fresh) == is_kept


def test_a_change_that_keeps_size_and_time_of_writing_is_noticed(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    before = stamp_of(path)
    known = Fingerprints({str(path.resolve()): (before, sha(b"one"))})
    path.write_bytes(b"two")
    os.utime(path, ns=(before[1], before[1]))
    while path.stat().st_ctime_ns == before[2]:  # a tick of many file systems is milliseconds long
        os.utime(path, ns=(before[1], before[1]))
    assert fingerprint_of(path, known) == sha(b"two")


def test_the_clock_going_backwards_makes_files_read_again_never_stale(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    monkeypatch.setattr("time.time_ns", lambda: 0)
    fingerprints = Fingerprints()
    assert fingerprint_of(path, fingerprints) == sha(b"one")
    assert not fingerprints.fresh


def test_a_link_is_the_file_that_it_leads_to(tmp_path):
    (tmp_path / "one").write_bytes(b"one")
    (tmp_path / "two").write_bytes(b"two")
    link = tmp_path / "link"
    link.symlink_to("one")
    before = fingerprint_of(link, Fingerprints())
    link.unlink()
    link.symlink_to("two")
    assert (before, fingerprint_of(link, Fingerprints())) == (sha(b"one"), sha(b"two"))


def test_a_file_that_is_not_there_has_no_fingerprint(tmp_path):
    assert fingerprint_of(tmp_path / "a", Fingerprints()) == MISSING


def test_what_is_known_is_kept_for_the_next_run(tmp_path):
    path = tmp_path / "ä file.jsonl"
    path.write_bytes(b"one")
    stamp = stamp_of(path)
    save_fingerprints(tmp_path / "cache", Fingerprints({}, {str(path): (stamp, sha(b"one"))}))
    assert load_fingerprints(tmp_path / "cache").known == {str(path): (stamp, sha(b"one"))}


def test_a_damaged_file_of_fingerprints_is_as_none(tmp_path):
    save_fingerprints(tmp_path, Fingerprints({}, {"a": ((1, 2, 3, 4), "x")}))
    file = tmp_path / "fingerprints.json"
    file.write_bytes(file.read_bytes().replace(b'"x"', b'"y"'))
    assert load_fingerprints(tmp_path).known == {}


def test_the_stamp_of_a_file_that_was_touched_says_so(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    before = stamp_of(path)
    os.utime(path, ns=(1, 1))
    assert stamp_of(path) != before
