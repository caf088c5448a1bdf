"""Precomputing: what the server would answer to every record, kept by a key."""

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime

import pytest

from transom.cli.forgotten_view import forgotten_lines
from transom.data.files import read_file
from transom.data.jsonl import Block
from transom.errors import ArtifactError, ProjectError, UsageError
from transom.export.artifact import open_artifact
from transom.export.layout import folder_of
from transom.export.lookups import open_lookup
from transom.pipeline.forgetting import forget
from transom.pipeline.precomputing import precompute
from transom.serving.predictor import answers, open_predictor

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def project(two_versions, tmp_path_factory):
    return shutil.copytree(two_versions, tmp_path_factory.mktemp("precomputed") / "moods")


def asked(*records):
    return [Block("asked.jsonl", 1, [json.dumps(record).encode() for record in records])]


def record(name, text):
    return {"id": name, "payloads": {"text": text}}


def replies(project, *keys):
    with closing(open_lookup(project / ".transom")) as lookup:
        return [None if (found := lookup.find(key)) is None else json.loads(found) for key in keys]


def test_every_record_of_the_project_is_answered_as_the_server_answers_it(project):
    done = precompute(project, read_file(project / "data" / "all.jsonl"), now=NOW)

    assert done.as_dict() == {
        "version": 1,
        "key": "id",
        "n_records": 60,
        "n_keys": 60,
        "computed": "2026-11-21T10:00:00+00:00",
    }
    records = [json.loads(line) for line in (project / "data" / "all.jsonl").read_text().splitlines()]
    predictor = open_predictor(open_artifact(folder_of(project / ".transom", 1)))
    expected = answers(predictor, records)
    for each, found in zip(expected, replies(project, *(each["id"] for each in records)), strict=True):
        assert found["id"] == each["id"]
        assert found["predictions"]["mood"]["label"] == each["predictions"]["mood"]["label"]
        assert found["predictions"]["mood"]["probabilities"] == pytest.approx(
            each["predictions"]["mood"]["probabilities"], abs=1e-5
        )


def test_another_version_and_another_key_may_be_chosen(project):
    done = precompute(project, asked(record("a", "love"), record("b", "hate")), key="text", version="2", now=NOW)

    assert (done.version, done.key, done.n_keys) == (2, "text", 2)
    love, other = replies(project, "love", "a")
    assert (love["id"], love["version"], other) == ("a", 2, None)


def test_records_that_ask_the_same_share_their_key(project):
    done = precompute(project, asked(record("a", "love"), record("b", "love")), key="text", now=NOW)

    assert (done.n_records, done.n_keys) == (2, 1)


def test_records_that_differ_may_not_share_a_key(project):
    precompute(project, asked(record("a", "love")), now=NOW)
    with pytest.raises(UsageError, match="T230 'a' is the key of records whose payloads differ"):
        precompute(project, asked(record("a", "song"), record("a", "hate")), now=NOW)

    assert replies(project, "a")[0] is not None


def test_patches_and_blank_lines_ask_for_nothing(project):
    blocks = [Block("a.jsonl", 1, [b"", b'{"id": "e1", "tasks": {}}', json.dumps(record("x", "day")).encode()])]

    assert precompute(project, blocks, now=NOW).n_records == 1


def test_all_problems_are_told_together_and_the_lookup_before_stays(project):
    precompute(project, asked(record("kept", "love")), now=NOW)
    with pytest.raises(ProjectError) as refused:
        precompute(
            project,
            [
                *asked(record("a", "x"), record("b", 3), {"payloads": {}}, record(None, "x"), record("", "x")),
                Block("b.jsonl", 7, [b"{"], "torn"),
            ],
            now=NOW,
        )

    told = [(str(problem.at), problem.code, problem.pointer) for problem in refused.value.problems]
    assert sorted(told) == [
        ("asked.jsonl:2", "T043", "/payloads/text"),
        ("asked.jsonl:3", "T231", "/id"),
        ("asked.jsonl:4", "T231", "/id"),
        ("asked.jsonl:5", "T231", "/id"),
        ("b.jsonl", "T177", None),
        ("b.jsonl:7", "T030", None),
    ]
    messages = {problem.message for problem in refused.value.problems if problem.code == "T231"}
    assert messages == {
        "the record has no key. Give each record text or a number there.",
        "'' is no key. Give each record text or a number there.",
    }
    assert replies(project, "kept")[0] is not None


def test_a_field_that_cannot_be_a_key_is_refused_with_those_that_can(project):
    with pytest.raises(UsageError) as refused:
        precompute(project, asked(), key="txt", now=NOW)

    assert str(refused.value) == "T232 'txt' cannot be a key. Choose one of id, text. Did you mean text?"


def test_there_must_be_such_a_version(project):
    with pytest.raises(ArtifactError, match="there is no version 'v9'"):
        precompute(project, asked(), version="v9", now=NOW)


def test_what_is_forgotten_leaves_the_lookup_and_stays_away(project):
    records = asked(record("e7", "love"), record("e8", "love"))
    precompute(project, records, now=NOW)
    done = forget("e7", project, now=NOW)
    assert done.n_replies == 1
    assert str(next(forgotten_lines(done))) == (
        "'e7' is forgotten. Erased: the cache, 0 lines of the log, 1 record of the lookup."
    )
    gone, there = replies(project, "e7", "e8")
    assert gone is None
    assert there is not None

    assert precompute(project, records, now=NOW).n_keys == 1


def test_what_is_forgotten_meanwhile_gets_into_no_lookup(project):
    precompute(project, asked(record("f1", "love")), now=NOW)

    def forgotten_meanwhile():
        yield from asked(*(record(f"f{number}", "love") for number in range(2, 100)))
        forget("f2", project, now=NOW)

    with pytest.raises(UsageError, match=r"T200 forgotten\.jsonl changed while replies were worked out"):
        precompute(project, forgotten_meanwhile(), now=NOW)
    before, gone = replies(project, "f1", "f2")
    assert before is not None
    assert gone is None
