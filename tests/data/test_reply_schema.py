"""The JSON Schema of replies, beside replies that were made."""

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from transom.data.items import from_lengths, one_each
from transom.data.predictions import Predictions
from transom.data.records import Said, record_replies
from transom.data.reply_schema import reply_schema
from transom.schema.payloads import MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

SCHEMA = Schema(
    (Singleton("text", "text"), Sequence("tokens", "token"), MemberSet("things", ())),
    (
        Multiclass("mood", ("good", "bad"), "text"),
        Bitvector("kinds", ("a", "b"), "tokens"),
        Spans("names", ("PER",), "tokens"),
        Select("thing", "things"),
        Regression("score", "text"),
        Regression("scores", "tokens"),
        Multiclass("unused", ("x",)),
    ),
)
ANSWERED = ("mood", "kinds", "names", "thing", "score", "scores")


@pytest.fixture(scope="module")
def validator():
    schema = reply_schema(SCHEMA, ANSWERED, ("short",))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def reply(*, is_sure=True):
    """What is replied to one record of two tokens and two members."""
    one, two = one_each(1), from_lengths(np.array([2]))
    covered = np.array([is_sure])
    found = {
        "mood": Predictions(one, np.array([[0.75, 0.25]]), np.array([0]), covered),
        "kinds": Predictions(two, np.eye(2), np.eye(2, dtype=np.int8)),
        "names": Predictions(two, np.full((2, 3), 0.3), np.array([1, 0])),
        "thing": Predictions(two, np.array([0.5, 0.25]), np.array([0 if is_sure else 2])),
        "score": Predictions(one, np.zeros((1, 0)), np.array([0.5])),
        "scores": Predictions(two, np.zeros((2, 0)), np.array([0.5, -2.0])),
    }
    values = {"things": [[{"id": "x"}, {"id": "y"}]]}
    (made,) = record_replies(SCHEMA, Said(3, found, ("short",), np.array([[0.5]])), values, ["q1"])
    return made


@pytest.mark.parametrize("is_sure", [True, False])
def test_replies_are_as_their_schema_says(validator, is_sure):
    made = reply(is_sure=is_sure)

    validator.validate(made)
    assert made["predictions"].keys() == set(ANSWERED)
    assert made["predictions"]["mood"]["label"] == ("good" if is_sure else None)


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        ("mood", {"label": "fine", "probabilities": {"good": 1.0, "bad": 0.0}}),
        ("mood", {"label": "good", "probabilities": {"good": 1.0}}),
        ("mood", {"label": None, "probabilities": {"good": 1.0, "bad": 0.0}}),
        ("names", {"label": [[0, "PER"]], "probabilities": [0.5]}),
        ("kinds", {"label": ["a"], "probabilities": [{"a": 1.0, "b": 0.0}]}),
        ("score", {"label": 0.5, "probabilities": {}}),
    ],
)
def test_what_is_never_answered_is_not_valid(validator, task, answer):
    made = reply()

    assert not validator.is_valid({**made, "predictions": {**made["predictions"], task: answer}})


def test_a_version_without_slices_tells_of_none():
    assert "slices" not in reply_schema(SCHEMA, ANSWERED, ())["properties"]
