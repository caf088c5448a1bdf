from datetime import UTC, datetime

import pytest

import transom
from transom.export.aliases import Reason
from transom.export.store import register

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    for _ in range(3):
        register(tmp_path / ".transom", {}, {}, Reason("cron", NOW))
    return tmp_path


def test_a_version_is_promoted_by_alias_or_number_and_taken_back(project):
    assert transom.promote(project, "candidate", why="better", now=NOW).version == 3
    assert transom.promote(project, "v3") is None
    assert transom.promote(project, "2", alias="mine").alias == "mine"
    assert transom.rollback(project).version == 1


def test_the_move_says_who_when_and_why(project):
    move = transom.promote(project, "2", why="better", now=NOW)
    assert (move.who, move.when, move.why) == ("ada", "2026-11-21T09:30:00+00:00", "better")


def test_a_limit_shortens_versions_and_history_and_counts_all(project):
    found = transom.versions(project, limit=1)
    assert [version.number for version in found.versions] == [3, 1]
    assert len(found.history) == 1
    assert found.n_versions == 3


def test_a_project_that_never_ran_has_no_versions(tmp_path):
    found = transom.versions(tmp_path)
    assert (found.versions, found.history, found.n_versions) == ((), (), 0)
    assert not (tmp_path / ".transom").exists()
