import json
from datetime import UTC, datetime

import pytest

from transom.cli.main import main
from transom.export.aliases import Reason, aliases
from transom.export.store import register


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with version 1 (live) and 2 (candidate)."""
    monkeypatch.setenv("LOGNAME", "ada")
    for content in (b"1", b"2"):
        files = {"a": content}
        register(tmp_path / ".transom", files, {}, Reason("cron", datetime(2026, 11, 21, 9, 30, tzinfo=UTC), "made"))
    return tmp_path


def answer(capsys, *arguments):
    """The exit code and the one JSON document that a verb prints."""
    capsys.readouterr()
    code = main([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def said(capsys, *arguments):
    """The exit code and what a verb tells a person."""
    capsys.readouterr()
    code = main([*map(str, arguments)])
    out = capsys.readouterr()
    return code, (out.out + out.err).strip()


def test_versions_lists_versions_and_history(project, capsys):
    code, listed = answer(capsys, "versions", project)
    assert code == 0
    assert [(each["version"], each["aliases"]) for each in listed["versions"]] == [(2, ["candidate"]), (1, ["live"])]
    assert listed["history"][0] == {
        "alias": "candidate", "version": 2, "who": "cron", "when": "2026-11-21T09:30:00+00:00", "why": "made",
    }  # fmt: skip
    assert listed["n_versions"] == 2


def test_promote_and_rollback_move_live_and_say_who_and_why(project, capsys):
    assert said(capsys, "promote", "candidate", project, "--reason", "better") == (0, "live points to version 2.")
    assert said(capsys, "promote", "2", project) == (0, "live points to version 2 already.")
    assert said(capsys, "rollback", project, "--reason", "alarms") == (0, "live points to version 1 again.")
    _, listed = answer(capsys, "versions", project)
    moves = [(move["alias"], move["version"], move["who"], move["why"]) for move in listed["history"]]
    assert moves[0] == ("live", 1, "ada", "alarms")
    assert ("live", 2, "ada", "better") in moves


def test_promote_answers_with_the_move_or_with_null(project, capsys):
    code, move = answer(capsys, "promote", "2", project, "--alias", "berlin")
    assert (code, move["alias"], move["version"]) == (0, "berlin", 2)
    assert answer(capsys, "promote", "2", project, "--alias", "berlin") == (0, None)


def test_promote_of_a_version_that_the_gate_refused_says_so_and_why(project, capsys):
    verdict = {
        "outcome": "refused",
        "why": "spam accuracy: 0.500 is less than 0.9",
        "against": None,
        "judgements": [{}],
    }
    reason = Reason("cron", datetime(2026, 11, 21, 9, 30, tzinfo=UTC), "made")
    register(project / ".transom", {"verdict.json": json.dumps(verdict).encode()}, {}, reason, alias=None)
    assert said(capsys, "promote", "3", project) == (
        0,
        "live points to version 3.\nThe gate refused version 3: spam accuracy: 0.500 is less than 0.9.",
    )
    gate = {"outcome": "refused", "why": "spam accuracy: 0.500 is less than 0.9", "n_rules": 1}
    assert answer(capsys, "promote", "3", project, "--alias", "mine")[1]["gate"] == gate
    _, listed = answer(capsys, "versions", project)
    assert [each["gate"] for each in listed["versions"]] == [gate, None, None]


def test_a_version_travels_by_push_and_pull(project, capsys, tmp_path):
    there = tmp_path / "there"
    code, pushed = answer(capsys, "push", "live", tmp_path / "bundles", project)
    assert (code, pushed) == (0, {"version": 1, "address": str(tmp_path / "bundles" / "1")})
    assert answer(capsys, "pull", "1", tmp_path / "bundles", there) == (0, {"version": 1, "is_new": True})
    assert said(capsys, "pull", "1", tmp_path / "bundles", there) == (0, "Version 1 was here already.")
    assert aliases(there / ".transom") == {}


def test_what_cannot_be_done_is_exit_code_2_with_what_to_do(project, capsys):
    code, message = said(capsys, "promote", "9", project)
    assert code == 2
    assert message.endswith("T148 there is no version '9'. Versions: candidate, live, 2, 1.")
    code, error = answer(capsys, "rollback", project)
    assert (code, error["error"]["code"]) == (2, "T159")
