"""Stores that older transoms wrote, as they wrote them: `tests/layouts/N` is of layout N."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from transom.export.aliases import Reason, aliases, history
from transom.export.executions import begin_run, found_output, runs
from transom.export.layout import DATABASE
from transom.export.lineage import lineage
from transom.export.migrations import LAYOUT, layout_of
from transom.export.store import open_version, register
from transom.export.versions import newest_versions
from transom.pipeline.answers import predict
from transom.pipeline.reports import report

RECORD = {"id": "x", "payloads": {"text": "the invoice is late"}}
REASON = Reason("ada", datetime(2026, 11, 21, 9, 30, tzinfo=UTC))


@pytest.fixture
def store(repository, tmp_path):
    """Layout 0: folders of versions and no database."""
    shutil.copytree(repository / "tests" / "layouts" / "0", tmp_path / "store")
    return tmp_path / "store"


def test_in_a_store_of_folders_the_newest_version_is_live(store):
    assert aliases(store) == {"live": 2}
    assert open_version(store).about["version"] == 2
    (move,) = history(store)
    assert move.as_dict() == {
        "alias": "live", "version": 2, "who": "", "when": "2026-11-21T07:13:49+00:00",
        "why": "the newest version of a store without aliases",
    }  # fmt: skip


def test_reading_a_store_of_folders_writes_nothing(store):
    newest_versions(store, 20)
    assert sorted(path.name for path in store.iterdir()) == ["versions"]


def test_the_first_write_keeps_what_was_live(store):
    assert register(store, {}, {}, REASON) == 3
    assert (store / DATABASE).exists()
    assert aliases(store) == {"candidate": 3, "live": 2}
    assert [version.number for version in newest_versions(store, 20)] == [3, 2, 1]


def test_its_versions_answer_as_they_did(store, tmp_path):
    (reply,) = predict(tmp_path, [RECORD], store=store)
    assert reply["version"] == 2
    assert reply["predictions"]["queue"]["label"] == "delivery"
    assert reply["predictions"]["queue"]["probabilities"]["billing"] == pytest.approx(0.004009355, abs=1e-6)


def test_its_reports_and_lineage_are_read(store, tmp_path):
    assert report(tmp_path, store=store, version="1").report.rows[0].task == "queue"
    assert set(lineage(store, 1).as_dict()["data"]) == {"data/a.jsonl"}


@pytest.fixture
def first_database(repository, tmp_path):
    """Layout 1: the first with a database, here as the SQL that makes it."""
    store = tmp_path / "store"
    shutil.copytree(repository / "tests" / "layouts" / "1", store)
    with closing(sqlite3.connect(store / DATABASE)) as connection:
        connection.executescript((store / "store.sql").read_text())
    return store


def said_of(store):
    """Everything that a store of layout 1 is asked for."""
    return (aliases(store), history(store), runs(store), lineage(store, 2), found_output(store, "train", "train 1"))


def test_a_database_of_the_first_layout_is_read_as_it_stands(first_database):
    before = (first_database / DATABASE).read_bytes()
    live, moves, (newest, oldest), origin, output = said_of(first_database)
    assert live == {"live": 1}
    assert [(move.version, move.who, move.is_rollback) for move in moves[:2]] == [
        (1, "bob", True),
        (None, "ada", False),
    ]
    assert [(run.number, run.version, len(run.executions)) for run in (newest, oldest)] == [(2, 2, 3), (1, 1, 3)]
    assert origin.same_files == {"data/a.jsonl": (1,)}
    assert output == ("c" * 63 + "1",)
    assert (first_database / DATABASE).read_bytes() == before


def test_the_first_write_brings_it_to_the_newest_layout_and_loses_nothing(first_database):
    before = said_of(first_database)
    assert begin_run(first_database, REASON.when) == 3
    with closing(sqlite3.connect(first_database / DATABASE)) as connection:
        assert layout_of(connection) == LAYOUT
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    live, moves, (_, *older), origin, output = said_of(first_database)
    assert (live, moves, tuple(older), origin, output) == before
    assert register(first_database, {}, {}, REASON) == 3
