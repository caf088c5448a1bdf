"""Inputs are the columns of records, and outputs those of replies, whichever wire they come by."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.schema.payloads import Sequence, Singleton
from transom.schema.schema import Schema
from transom.serving.refusal import RefusedError
from transom.serving.tensors import LABEL, PROBABILITIES, Output, Tensor, elements, listed, packed, records_of, wanted

SCHEMA = Schema(
    payloads=(Singleton("text", value="text"), Singleton("size", value="number"), Sequence("tokens", value="token")),
    tasks=(),
)
REPLIES = [
    {"predictions": {"mood": {"label": "gut", "probabilities": {"gut": 0.75, "übel": 0.25}}}},
    {"predictions": {"mood": {"label": None, "probabilities": {"gut": 0.5, "übel": 0.5}}}},
]
MOOD = Output("mood", LABEL), Output("mood", PROBABILITIES, ("übel", "gut"))


def tensor(name, *values, **more):
    return Tensor(**{"name": name, "datatype": "BYTES", "shape": [len(values), 1], "values": values, **more})


def test_text_is_taken_as_it_is_and_other_values_are_json():
    inputs = [tensor("text", b"1", "[]"), tensor("size", b"1.5", "2"), tensor("tokens", b'["a"]', "[]")]

    assert [record["payloads"] for record in records_of(inputs, SCHEMA, 2)] == [
        {"text": "1", "size": 1.5, "tokens": ["a"]},
        {"text": "[]", "size": 2, "tokens": []},
    ]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "the inputs differ in length, or are empty."),
        ([tensor("text")], "the inputs differ in length, or are empty."),
        ([tensor("text", "a"), tensor("size", "1", "2")], "the inputs differ in length, or are empty."),
        ([tensor(None, "a")], "the input null is no BYTES tensor of a payload. Payloads: text, size, tokens."),
        ([tensor("text", "a", datatype="FP32")],
         "the input 'text' is no BYTES tensor of a payload. Payloads: text, size, tokens."),
        ([tensor("text", 1)], "the input 'text' holds 1, which is no text."),
        ([tensor("size", "NaN")], "a value of the input 'size' is not the text or JSON that it should be."),
        ([tensor("size", "\ud800")], "a value of the input 'size' is not the text or JSON that it should be."),
    ],
)  # fmt: skip
def test_what_holds_no_records_is_refused(inputs, message):
    with pytest.raises(RefusedError) as refusal:
        records_of(inputs, SCHEMA, 9)
    assert (refusal.value.status, refusal.value.problem.message) == (400, message)


def test_too_many_records_are_refused_before_they_are_read():
    with pytest.raises(RefusedError, match=r"3 records are too many\. Send at most 2 at once") as refusal:
        records_of([tensor("size", "{", "{", "{")], SCHEMA, 2)
    assert refusal.value.status == 413


@given(values=st.lists(st.binary(max_size=9), max_size=4))
def test_byte_strings_come_back_from_a_binary_tensor(values):
    assert list(elements(b"".join(struct.pack("<I", len(each)) + each for each in values))) == values


@given(content=st.binary(max_size=20))
def test_any_bytes_are_a_tensor_or_refused(content):
    try:
        found = list(elements(content))
    except RefusedError:
        return
    assert sum(4 + len(each) for each in found) == len(content)


def test_labels_are_text_or_json_and_probabilities_in_the_order_of_the_classes():
    label, likely = MOOD

    assert listed(label, REPLIES) == ["gut", "null"]
    assert list(elements(packed(label, REPLIES))) == [b"gut", b"null"]
    assert listed(likely, REPLIES) == [0.25, 0.75, 0.5, 0.5]
    assert np.frombuffer(packed(likely, REPLIES), "<f4").tolist() == [0.25, 0.75, 0.5, 0.5]
    assert [(each.datatype, each.width) for each in MOOD] == [("BYTES", 1), ("FP32", 2)]


def test_outputs_come_in_the_order_they_are_asked_for():
    assert wanted([], MOOD) == list(MOOD)
    assert [each.name for each in wanted(["mood.probabilities", "mood.label"], MOOD)] == [
        "mood.probabilities",
        "mood.label",
    ]
    with pytest.raises(RefusedError, match="there is no output 'x'"):
        wanted(["mood.label", "x"], MOOD)
