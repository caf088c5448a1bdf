import numpy as np
import pytest

from transom.data.items import from_lengths, one_each
from transom.data.predictions import Predictions
from transom.data.records import Record, Reply, Said, member_ids, record_problem, record_replies, values_of
from transom.data.validate import compile_checks
from transom.errors import Location, Problem
from transom.schema.payloads import MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass, Select

TEXT, MEMBERS = Singleton("text", "text"), MemberSet("members")
TONE, PICK = Multiclass("tone", ("bad", "good"), payload="text"), Select("pick", payload="members")
SCHEMA = Schema(payloads=(TEXT, MEMBERS, Singleton("age", "number")), tasks=(TONE, PICK))
WRITE = "Write as many numbers, or ask a version that has learned from such."
RECORDS: list[Record] = [
    {"id": "a", "payloads": {"text": "fine", "members": [{"id": "x"}, {"id": "y"}]}},
    {"payloads": {"text": None}},
]


def said(slices: tuple[str, ...] = ()) -> Said:
    tone = Predictions(one_each(2), np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([1, 0]))
    pick = Predictions(from_lengths(np.array([2, 0])), np.array([0.125, 0.875]), np.array([1, 0]))
    return Said(3, {"tone": tone, "pick": pick}, slices, np.array([[0.5], [1.0]])[:, : len(slices)])


def replied(slices: tuple[str, ...] = ()) -> list[Reply]:
    values = values_of(SCHEMA, [record["payloads"] for record in RECORDS])
    return list(record_replies(SCHEMA, said(slices), values, [record.get("id") for record in RECORDS]))


def test_a_reply_names_its_record_the_version_and_every_task() -> None:
    assert replied()[0] == {
        "id": "a",
        "version": 3,
        "predictions": {
            "tone": {"label": "good", "probabilities": {"bad": 0.25, "good": 0.75}},
            "pick": {"label": "y", "probabilities": {"x": 0.125, "y": 0.875}},
        },
    }


def test_a_record_without_an_id_or_members_is_answered_too() -> None:
    assert replied()[1]["id"] is None
    assert replied()[1]["predictions"]["pick"] == {"label": None, "probabilities": {}}


def test_membership_is_told_where_the_model_has_slices_and_only_there() -> None:
    assert [reply["slices"] for reply in replied(("short",))] == [{"short": 0.5}, {"short": 1.0}]
    assert all("slices" not in reply for reply in replied())


def test_members_have_ids_and_other_items_none() -> None:
    values = values_of(SCHEMA, [record["payloads"] for record in RECORDS])
    assert member_ids(PICK, values) == [["x", "y"], []]
    assert member_ids(TONE, values) == []


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({}, 'the record has no payloads. Give at least {"payloads": {...}}.'),
        ({"payloads": {"text": 4}}, '4 is not text. Write "4".'),
        ({"payloads": {"age": 10**400}}, f"1{'0' * 58}… is not a finite number."),
        ({"payloads": {"age": 10**5000}}, "a number without end is not a finite number."),
        ({"payloads": {"age": float("inf")}}, "inf is not a finite number."),
    ],
)
def test_a_record_that_cannot_be_answered_is_told_why_and_where(record: Record, message: str) -> None:
    at = Location("records.jsonl", 7)
    problem = record_problem(compile_checks(SCHEMA), record, at)
    assert problem is not None
    assert (problem.message, problem.at) == (message, at)


@pytest.mark.parametrize(
    ("payloads", "pointer", "message"),
    [
        (
            {"point": [1, 2, 3]},
            "/payloads/point",
            "the length is 3, but that of the vectors learned from is 2.",
        ),
        (
            {"path": [[1], [1, 2]]},
            "/payloads/path/1",
            "the length is 2, but that of the vectors learned from is 1.",
        ),
    ],
)
def test_a_vector_of_another_length_than_those_learned_from_is_refused(
    payloads: dict[str, list[object]], pointer: str, message: str
) -> None:
    vectors = Schema(payloads=(Singleton("point", "vector"), Sequence("path", "vector")), tasks=())
    record, at = {"payloads": payloads}, Location("records.jsonl", 7)
    assert record_problem(compile_checks(vectors), record, at) is None
    problem = record_problem(compile_checks(vectors, {"point": 2, "path": 1}), record, at)
    assert problem == Problem("T057", f"{message} {WRITE}", at, pointer)


@pytest.mark.parametrize("vector", [[], [1.0]])
def test_a_version_that_has_seen_no_vector_takes_none(vector: list[float]) -> None:
    vectors, at = Schema(payloads=(Singleton("point", "vector"),), tasks=()), Location("records.jsonl", 7)
    problem = record_problem(compile_checks(vectors, {"point": 0}), {"payloads": {"point": vector}}, at)
    assert problem is not None
    assert problem.message == "the version has learned from no vector here. Write null."


def test_only_the_payloads_of_a_record_matter_for_an_answer() -> None:
    record = {"payloads": {"text": "fine"}, "labels": "nonsense", "tags": 3}
    assert record_problem(compile_checks(SCHEMA), record, Location("records.jsonl", 1)) is None
