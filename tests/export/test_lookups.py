"""Lookups: complete or not there, proved by their hash, and replaced at once."""

import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.errors import ArtifactError, UsageError
from transom.export.layout import LOOKUP
from transom.export.lookups import About, Entry, drop_example, open_lookup, read_about, writing_lookup

ABOUT = About(7, "id", "2026-11-21T10:00:00+00:00")


def write(store, *entries, about=ABOUT):
    with writing_lookup(store, about) as writer:
        return writer.add(entries)


def entry(key, reply=b"{}", asked=b"a", name=None):
    return Entry(key, reply, asked, name)


def files(store):
    return sorted(path.name for path in (store / LOOKUP).iterdir())


def test_replies_are_found_by_their_keys(tmp_path):
    assert write(tmp_path, entry("a", b'{"x":1}'), entry("ü/b", b'{"x":2}')) == 2

    with closing(open_lookup(tmp_path)) as lookup:
        assert lookup.about == About(7, "id", "2026-11-21T10:00:00+00:00", n_keys=2)
        assert lookup.find("a") == b'{"x":1}'
        assert lookup.find("ü/b") == b'{"x":2}'
        assert lookup.find("A") is None


def test_a_store_without_a_lookup_has_none(tmp_path):
    assert open_lookup(tmp_path) is None
    assert read_about(tmp_path) == b""


@settings(max_examples=30)
@given(st.dictionaries(st.text(min_size=1), st.binary(), max_size=20))
def test_what_was_written_is_what_is_found(tmp_path_factory, replies):
    store = tmp_path_factory.mktemp("store")
    write(store, *(entry(key, reply) for key, reply in replies.items()))

    with closing(open_lookup(store)) as lookup:
        assert {key: lookup.find(key) for key in replies} == replies
        assert lookup.about.n_keys == len(replies)


def test_a_new_lookup_takes_the_place_of_the_one_before_which_open_readers_keep(tmp_path):
    write(tmp_path, entry("a", b"1"))
    with closing(open_lookup(tmp_path)) as old:
        write(tmp_path, entry("a", b"2"))
        with closing(open_lookup(tmp_path)) as new:
            assert (old.find("a"), new.find("a")) == (b"1", b"2")

    assert len(files(tmp_path)) == 2


def test_others_may_read_a_lookup_whatever_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        write(tmp_path, entry("a"))
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / LOOKUP).iterdir()] == [0o644, 0o644]


def test_one_that_is_not_finished_is_never_seen_and_leaves_nothing(tmp_path):
    write(tmp_path, entry("a", b"1"))
    before = files(tmp_path)

    with pytest.raises(UsageError):
        write(tmp_path, entry("b", b"2"), entry("c", asked=b"x"), entry("c", asked=b"y"))

    assert files(tmp_path) == before
    with closing(open_lookup(tmp_path)) as lookup:
        assert lookup.find("a") == b"1"


def test_a_key_may_ask_the_same_again_and_nothing_else(tmp_path):
    assert write(tmp_path, entry("a", b"1", b"x"), entry("a", b"2", b"x")) == 1
    with closing(open_lookup(tmp_path)) as lookup:
        assert lookup.find("a") == b"1"

    with pytest.raises(UsageError) as refused:
        write(tmp_path, entry("a", asked=b"x"), entry("a", asked=b"y"))
    assert str(refused.value) == (
        "T230 'a' is the key of records whose payloads differ. Choose a --key that tells them apart."
    )


def test_a_changed_byte_is_found_before_the_lookup_is_used(tmp_path):
    write(tmp_path, entry("a", b"1" * 5000))
    (database,) = (tmp_path / LOOKUP).glob("*.db")
    content = bytearray(database.read_bytes())
    content[-1] ^= 1
    database.write_bytes(content)

    with pytest.raises(ArtifactError, match="has changed since it was written") as damaged:
        open_lookup(tmp_path)
    assert damaged.value.problem.code == "T229"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _about: "{", "cannot be read"),
        (lambda _about: "[]", "cannot be read"),
        (lambda about: json.dumps({**about, "format": 9}), "has format 9, this transom reads format 1"),
        (lambda about: json.dumps({**about, "file": "gone.db"}), "'gone.db' cannot be read: No such file"),
        (lambda about: json.dumps({**about, "file": "../../etc/passwd"}), "'passwd' cannot be read"),
        (lambda about: json.dumps({**about, "about": {"key": "id"}}), "cannot be read"),
    ],
)
def test_what_it_says_of_itself_is_not_believed(tmp_path, change, message):
    write(tmp_path, entry("a"))
    file = tmp_path / LOOKUP / "lookup.json"
    file.write_text(change(json.loads(file.read_text())))

    with pytest.raises(ArtifactError, match=message):
        open_lookup(tmp_path)


def test_an_example_is_dropped_for_good(tmp_path):
    write(tmp_path, entry("a", b"secret-reply", name="q1"), entry("b", b"2", name="q2"))

    assert drop_example(tmp_path, "q1") == 1
    assert drop_example(tmp_path, "q1") == 0

    (database,) = (tmp_path / LOOKUP).glob("*.db")
    assert b"secret-reply" not in database.read_bytes()
    with closing(open_lookup(tmp_path)) as lookup:
        assert (lookup.find("a"), lookup.find("b"), lookup.about.n_keys) == (None, b"2", 1)


def test_an_example_is_dropped_from_a_lookup_that_is_made_meanwhile(tmp_path, monkeypatch):
    write(tmp_path, entry("a", name="q1"))
    copyfile = shutil.copyfile

    def copy_and_replace(source, place):
        copyfile(source, place)
        monkeypatch.setattr(shutil, "copyfile", copyfile)
        write(tmp_path, entry("a", name="q1"), entry("b", b"2", name="q2"))

    monkeypatch.setattr(shutil, "copyfile", copy_and_replace)

    assert drop_example(tmp_path, "q1") == 1
    with closing(open_lookup(tmp_path)) as lookup:
        assert (lookup.find("a"), lookup.find("b")) == (None, b"2")


def test_what_a_lookup_requires_is_looked_at_when_nobody_else_writes(tmp_path):
    write(tmp_path, entry("a", b"1"))

    def refuse():
        other = closing(sqlite3.connect(tmp_path / "store.db", timeout=0))
        with other as connection, pytest.raises(sqlite3.OperationalError, match="locked"):
            connection.execute("BEGIN IMMEDIATE")
        raise UsageError("T200", "it is not so any more.")

    with pytest.raises(UsageError, match="T200"), writing_lookup(tmp_path, ABOUT, require=refuse) as writer:
        writer.add([entry("a", b"2")])

    with closing(open_lookup(tmp_path)) as lookup:
        assert lookup.find("a") == b"1"


def test_a_lookup_that_is_replaced_while_it_is_opened_is_not_made_anew_and_empty(tmp_path, monkeypatch):
    write(tmp_path, entry("a"))
    (database,) = (tmp_path / LOOKUP).glob("*.db")
    file_digest = hashlib.file_digest

    def digest_and_replace(opened, name):
        digest = file_digest(opened, name)
        database.unlink()
        return digest

    monkeypatch.setattr(hashlib, "file_digest", digest_and_replace)
    with pytest.raises(ArtifactError, match="T229"):
        open_lookup(tmp_path)
    assert not database.exists()


def test_readers_cannot_write(tmp_path):
    write(tmp_path, entry("a"))

    with closing(open_lookup(tmp_path)) as lookup, pytest.raises(sqlite3.OperationalError, match="readonly"):
        lookup._connection.execute("DELETE FROM replies")
