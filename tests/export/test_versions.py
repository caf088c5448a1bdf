import shutil
from datetime import UTC, datetime

import pytest

from transom.export.aliases import Reason, promote
from transom.export.executions import begin_run
from transom.export.layout import folder_of
from transom.export.store import register
from transom.export.versions import newest_versions

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
REASON = Reason("ada", NOW)


@pytest.fixture
def store(tmp_path):
    for _ in range(4):
        register(tmp_path, {}, {"project": "demo"}, REASON, run=begin_run(tmp_path, NOW))
    return tmp_path


def test_the_newest_version_comes_first_with_its_aliases_and_run(store):
    assert [(version.number, version.aliases, version.run) for version in newest_versions(store, 20)] == [
        (4, ("candidate",), 4), (3, (), 3), (2, (), 2), (1, ("live",), 1),
    ]  # fmt: skip


def test_a_version_is_what_its_manifest_says_and_where_it_stands(store):
    assert newest_versions(store, 20)[0].as_dict() == {
        "version": 4, "aliases": ["candidate"], "run": 4, "project": "demo", "made": "2026-11-21T09:30:00+00:00",
    }  # fmt: skip


def test_a_limit_never_hides_a_version_that_an_alias_points_to(store):
    promote(store, 2, REASON)
    assert [version.number for version in newest_versions(store, 1)] == [4, 2]
    assert [version.number for version in newest_versions(store, 0)] == [4, 2]


def test_a_version_that_only_its_folder_knows_is_listed(store):
    shutil.copytree(folder_of(store, 1), folder_of(store, 9))
    newest = newest_versions(store, 20)[0]
    assert (newest.number, newest.run, newest.about["project"]) == (9, None, "demo")


def test_a_deleted_version_is_not_listed(store):
    shutil.rmtree(folder_of(store, 1))
    assert [version.number for version in newest_versions(store, 20)] == [4, 3, 2]


def test_an_empty_store_has_no_versions(tmp_path):
    assert newest_versions(tmp_path / "none", 20) == ()
