"""Whatever a call holds, it is answered or refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application import call, in_process
from transom.serving.grpc_inference import METHODS, answer, tensors_of
from transom.serving.grpc_messages import messages
from transom.serving.refusal import RefusedError


@pytest.fixture(scope="module")
def running(two_versions):
    with in_process(two_versions) as found:
        yield found


def ask(running, message, name="ModelInfer"):
    """The answer, or the refusal's status and message."""
    content = message if isinstance(message, bytes) else message.SerializeToString()
    try:
        return running.loop.run(answer(running.app, name, call(), content))
    except RefusedError as refusal:
        return refusal.status, refusal.problem.message


def infer(*, raw=(), **tensor):
    request = messages()["ModelInferRequest"](model_name="moods", raw_input_contents=raw)
    request.inputs.add(**{"name": "text", "datatype": "BYTES", "shape": [1, 1], **tensor})
    return request


def test_values_may_come_typed_or_raw(running):
    typed = ask(running, infer(contents={"bytes_contents": [b"love song"]}))
    raw = ask(running, infer(raw=[b"\x09\0\0\0love song"]))

    assert typed == raw
    assert [each.name for each in typed.outputs][:2] == ["mood.label", "mood.probabilities"]
    assert len(typed.raw_output_contents[1]) == 2 * 4


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (infer(), "the input 'text' has 0 values and the shape [1, 1]."),
        (infer(contents={"int_contents": [1]}), "the input 'text' has 0 values and the shape [1, 1]."),
        (infer(datatype="INT32", contents={"int_contents": [1]}),
         "the input 'text' is no BYTES tensor of a payload. Payloads: text, tokens."),
        (infer(shape=[2**62, 2**62], contents={"bytes_contents": [b"a"]}),
         "the input 'text' has 1 values and the shape [4611686018427387904, 4611686018427387904]."),
        (infer(raw=[b"", b""]), "there are 1 inputs, and 2 raw contents."),
        (infer(raw=[b"\x01\0\0\0a"], contents={"bytes_contents": [b"a"]}),
         "an input has contents, and raw contents beside them."),
        (infer(raw=[b"\x01\0"]), "a binary tensor ends within a length."),
        (infer(raw=[b"\xff\xff\xff\xffa"]), "a binary tensor ends within a value."),
        (infer(contents={"bytes_contents": [b"\xff"]}),
         "a value of the input 'text' is not the text or JSON that it should be."),
        (infer(name="tokens", contents={"bytes_contents": [b"[" * 40 + b"]" * 40]}),
         "the body is nested deeper than 32 levels."),
        (infer(name="tokens", contents={"bytes_contents": [b"[" * 100_000]}),
         "a value of the input 'tokens' is not the text or JSON that it should be."),
    ],
)  # fmt: skip
def test_what_holds_no_records_is_refused(running, message, said):
    assert ask(running, message) == (400, said)


def test_an_input_is_given_once(running):
    request = infer(contents={"bytes_contents": [b"a"]})
    request.inputs.add().CopyFrom(request.inputs[0])

    assert ask(running, request) == (400, "the input 'text' is there twice.")


CONTENTS = st.fixed_dictionaries(
    {}, optional={"bytes_contents": st.lists(st.binary(max_size=6), max_size=3),
                  "int_contents": st.lists(st.integers(-9, 9), max_size=2)})  # fmt: skip
INPUT = st.fixed_dictionaries(
    {"name": st.sampled_from(["text", "tokens", "x", ""]), "datatype": st.sampled_from(["BYTES", "FP32", ""]),
     "shape": st.sampled_from([[1, 1], [1], [2, 1], []]) | st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3)},
    optional={"contents": CONTENTS},
)  # fmt: skip
MESSAGE = st.fixed_dictionaries(
    {"model_name": st.sampled_from(["moods", "x"]), "inputs": st.lists(INPUT, max_size=3)},
    optional={
        "model_version": st.sampled_from(["", "1", "0", "live", "٣", "²", "-1", "v1"]) | st.text(max_size=3),
        "id": st.text(max_size=3),
        "outputs": st.lists(st.fixed_dictionaries({"name": st.sampled_from(["mood.label", "y"])}), max_size=2),
        "raw_input_contents": st.lists(st.binary(max_size=8) | st.just(b"\x01\0\0\0a"), max_size=3),
    },
)


@settings(max_examples=200)
@given(message=MESSAGE)
def test_whatever_is_asked_is_answered_or_refused(running, message):
    found = ask(running, messages()["ModelInferRequest"](**message))

    assert not isinstance(found, tuple) or found[0] in {400, 404, 413, 422}


@settings(max_examples=100)
@given(name=st.sampled_from(sorted(METHODS)), content=st.binary(max_size=40))
def test_bytes_that_are_no_message_are_refused(running, name, content):
    found = ask(running, content, name)

    assert not isinstance(found, tuple) or found[0] in {400, 404, 413, 422}


def test_tensors_keep_the_order_of_their_contents():
    request = infer(raw=[b"\x01\0\0\0a", b"\x02\0\0\0[]"])
    request.inputs.add(name="tokens", datatype="BYTES", shape=[1])

    assert [(each.name, each.values) for each in tensors_of(request)] == [("text", [b"a"]), ("tokens", [b"[]"])]
