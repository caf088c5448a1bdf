import errno
import os
import resource
import shutil
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing import get_context

import pytest

from transom.errors import ArtifactError
from transom.export.aliases import Reason, alias_of, aliases
from transom.export.database import DATABASE, reading, writing
from transom.export.executions import begin_run, runs
from transom.export.migrations import LAYOUT, layout_of
from transom.export.store import open_version, register

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
REASON = Reason("ada", NOW)
NOBODY = 65534


def _ask_and_register(store, answers):
    if os.getuid() == 0:
        os.setuid(NOBODY)  # root may always write
    answers.put((aliases(store), open_version(store).read("a")))
    try:
        register(store, {"a": b"2"}, {}, REASON)
    except ArtifactError as error:
        answers.put(str(error))


@pytest.fixture
def read_only(tmp_path_factory):
    """A store with one version that nobody may write."""
    store = tmp_path_factory.mktemp("read-only")
    register(store, {"a": b"1"}, {}, REASON)
    for folder in (store, store / "versions"):
        folder.chmod(0o555)
    for parent in store.parents:  # pytest keeps its folders to itself
        if parent.name.startswith(("pytest-", "popen-")):
            parent.chmod(0o755)
    yield store
    for folder in (store, store / "versions"):
        folder.chmod(0o755)


def test_a_read_only_store_answers_and_says_that_it_cannot_be_written(read_only):
    context = get_context("fork")
    answers = context.Queue()
    process = context.Process(target=_ask_and_register, args=(read_only, answers))
    process.start()
    assert answers.get(timeout=60) == ({"live": 1}, b"1")
    assert answers.get(timeout=60).startswith(f"{read_only} T146 the version cannot be written: ")
    process.join()
    assert aliases(read_only) == {"live": 1}


def _register_on_a_full_disk(store, answers):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # no file grows any more, as on a full disk
    try:
        register(store, {"a": b"x" * 100_000}, {}, REASON)
    except ArtifactError as error:
        answers.put(str(error))


def test_a_full_disk_is_a_clear_error_and_leaves_the_store_as_it_was(tmp_path):
    register(tmp_path, {"a": b"1"}, {}, REASON)
    context = get_context("fork")
    answers = context.Queue()
    process = context.Process(target=_register_on_a_full_disk, args=(tmp_path, answers))
    process.start()
    assert answers.get(timeout=60).startswith(f"{tmp_path} T146 the version cannot be written: ")
    process.join()
    assert [path.name for path in (tmp_path / "versions").iterdir()] == ["1"]
    assert register(tmp_path, {"a": b"2"}, {}, REASON) == 2


def test_a_transaction_that_fails_leaves_nothing(tmp_path):
    statement = "INSERT INTO contexts (kind, started) VALUES ('run', '')"
    with pytest.raises(ZeroDivisionError), writing(tmp_path) as connection:
        connection.execute(statement) and 1 / 0
    assert runs(tmp_path) == ()


def test_a_database_of_a_newer_transom_is_left_alone(tmp_path):
    begin_run(tmp_path, NOW)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.execute(f"PRAGMA user_version = {LAYOUT + 1}")
    for ask in (lambda: alias_of(tmp_path, "live"), lambda: begin_run(tmp_path, NOW)):
        with pytest.raises(ArtifactError) as raised:
            ask()
        assert raised.value.problem.message == (
            f"the store has layout {LAYOUT + 1}, this transom knows {LAYOUT}. Upgrade transom."
        )


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path):
    (tmp_path / DATABASE).write_text("once a database, now a text that is long enough to be looked at" * 20)
    for ask in (lambda: alias_of(tmp_path, "live"), lambda: begin_run(tmp_path, NOW)):
        with pytest.raises(ArtifactError) as raised:
            ask()
        assert raised.value.problem.code == "T157"


def test_the_layout_of_a_new_store_is_the_newest(tmp_path):
    begin_run(tmp_path, NOW)
    with reading(tmp_path) as connection:
        assert layout_of(connection) == LAYOUT
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_making_a_database_leaves_nothing_beside_it(tmp_path):
    begin_run(tmp_path, NOW)
    assert {path.name for path in tmp_path.iterdir()} == {DATABASE}


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_disk_without_hard_links_holds_a_store_of_many_writers_too(tmp_path, monkeypatch, code):
    def refuse(_source, _target):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    with ThreadPoolExecutor(8) as pool:
        numbers = set(pool.map(lambda _: register(tmp_path, {"a": b"1"}, {}, REASON), range(8)))
    assert numbers == set(range(1, 9))
    assert aliases(tmp_path) == {"live": 1, "candidate": 8}
    assert {path.name for path in tmp_path.iterdir()} == {DATABASE, "versions"}


def test_a_link_that_fails_for_another_reason_leaves_no_database(tmp_path, monkeypatch):
    def refuse(_source, _target):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(ArtifactError) as raised:
        begin_run(tmp_path, NOW)
    assert raised.value.problem.message == "the store cannot be written: [Errno 5] Input/output error."
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_of_a_writer_that_was_killed_is_brought_up_to_date(tmp_path):
    register(tmp_path, {"a": b"1"}, {}, REASON)
    (tmp_path / DATABASE).write_bytes(b"")
    assert aliases(tmp_path) == {"live": 1}
    assert register(tmp_path, {"a": b"2"}, {}, REASON) == 2


def test_readers_cannot_write(tmp_path):
    begin_run(tmp_path, NOW)
    with pytest.raises(ArtifactError) as raised, reading(tmp_path) as connection:
        connection.execute("DELETE FROM contexts")
    assert raised.value.problem.code == "T156"


def test_a_database_that_moved_to_another_place_is_the_same(tmp_path):
    register(tmp_path / "here", {}, {}, REASON)
    shutil.move(tmp_path / "here", tmp_path / "there ☃")
    assert alias_of(tmp_path / "there ☃", "live") == 1
