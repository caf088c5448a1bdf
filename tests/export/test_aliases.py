import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.errors import ArtifactError, UsageError
from transom.export.aliases import Reason, alias_of, aliases, current_user, history, promote, roll_back
from transom.export.layout import folder_of
from transom.export.store import register

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
REASON = Reason("ada", NOW, "looks better")


@pytest.fixture
def store(tmp_path):
    """A store with versions 1 (live), 2 and 3 (candidate)."""
    for _ in range(3):
        register(tmp_path, {"a": b"1"}, {}, Reason("cron", NOW, "registered"))
    return tmp_path


def test_promoting_makes_a_version_live_and_ends_its_candidacy(store):
    move = promote(store, 3, REASON)
    assert (move.alias, move.version, move.who, move.why) == ("live", 3, "ada", "looks better")
    assert aliases(store) == {"live": 3}
    assert alias_of(store, "candidate") is None


def test_promoting_another_version_leaves_the_candidate(store):
    promote(store, 2, REASON)
    assert aliases(store) == {"candidate": 3, "live": 2}


def test_promoting_the_live_version_changes_nothing(store):
    before = history(store)
    assert promote(store, 1, REASON) is None
    assert history(store) == before


def test_an_alias_of_ones_own_leaves_the_others(store):
    promote(store, 2, REASON, alias="Berlin-shadow")
    assert aliases(store) == {"Berlin-shadow": 2, "candidate": 3, "live": 1}


@pytest.mark.parametrize("alias", ["7", "v7", "", "-x", "a b", "ä"])
def test_an_alias_that_reads_like_a_number_or_an_option_is_refused(store, alias):
    with pytest.raises(UsageError) as raised:
        promote(store, 2, REASON, alias=alias)
    assert str(raised.value) == (
        f"T164 {alias!r} is no name for an alias. Begin with a letter; letters, digits, '.', '-' and '_' may follow."
    )


def test_rolling_back_twice_goes_back_twice(store):
    promote(store, 2, REASON)
    promote(store, 3, REASON)
    assert roll_back(store, REASON).version == 2
    assert roll_back(store, REASON).version == 1
    assert alias_of(store, "live") == 1


def test_after_a_roll_back_promoting_goes_on_from_there(store):
    promote(store, 2, REASON)
    roll_back(store, REASON)
    promote(store, 3, REASON)
    assert roll_back(store, REASON).version == 1


def test_a_roll_back_is_in_the_history_with_who_when_and_why(store):
    promote(store, 2, REASON)
    roll_back(store, Reason("bob", NOW, "alarms"))
    assert [(move.version, move.who, move.why) for move in history(store, "live")] == [
        (1, "bob", "alarms"),
        (2, "ada", "looks better"),
        (1, "cron", "registered"),
    ]
    assert history(store)[0].as_dict() == {
        "alias": "live", "version": 1, "who": "bob", "when": "2026-11-21T09:30:00+00:00", "why": "alarms",
    }  # fmt: skip


def test_the_first_live_version_cannot_be_rolled_back(store):
    with pytest.raises(ArtifactError) as raised:
        roll_back(store, REASON)
    assert raised.value.problem.message == (
        "'live' cannot be rolled back: it has only been on version 1. Name a version: transom promote V."
    )


def test_an_alias_that_never_was_cannot_be_rolled_back(store):
    with pytest.raises(ArtifactError) as raised:
        roll_back(store, REASON, alias="mine")
    assert raised.value.problem.message.startswith("'mine' cannot be rolled back: it points to no version.")


def test_a_damaged_version_is_never_made_live(store):
    (folder_of(store, 2) / "a").write_bytes(b"2")
    with pytest.raises(ArtifactError) as raised:
        promote(store, 2, REASON)
    assert raised.value.problem.code == "T144"
    assert alias_of(store, "live") == 1


def test_a_version_that_is_not_there_is_never_made_live(store):
    with pytest.raises(ArtifactError) as raised:
        promote(store, 9, REASON)
    assert str(raised.value) == f"{store} T148 there is no version 9. Versions: 3, 2, 1."


def test_the_history_keeps_its_order_when_the_clock_goes_backwards(store):
    promote(store, 2, Reason("ada", NOW - timedelta(days=400)))
    assert [move.version for move in history(store, "live")] == [2, 1]
    assert alias_of(store, "live") == 2


@settings(max_examples=15)
@given(steps=st.lists(st.sampled_from([1, 2, 3, "back"]), max_size=8))
def test_rolling_back_undoes_the_last_promotion_that_still_stands(tmp_path_factory, steps):
    store = tmp_path_factory.mktemp("store")
    for _ in range(3):
        register(store, {}, {}, REASON)
    path = [1]
    for step in steps:
        if step != "back":
            promote(store, step, REASON)
            path += [step] if step != path[-1] else []
        elif len(path) > 1:
            path.pop()
            assert roll_back(store, REASON).version == path[-1]
    assert alias_of(store, "live") == path[-1]


def test_a_user_without_a_name_is_known_by_number(monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987654)
    assert current_user() == "987654"
