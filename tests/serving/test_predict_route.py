"""Bodies of every kind: none breaks the server, and no refusal tells what is none of the client's business."""

import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from transom.serving.predict_route import records_of
from transom.serving.refusal import RefusedError

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=8
)
NAMES = st.sampled_from(["payloads", "records", "text", "tokens", "id", "tasks", "tags"])
RECORDS = st.recursive(
    VALUES, lambda inner: st.dictionaries(NAMES, inner, max_size=3) | st.lists(inner, max_size=3), max_leaves=6
)
TEXTS = RECORDS.map(json.dumps).map(str.encode)  # NaN and Infinity are among them, as Python writes them
DEEP = st.integers(20, 3000).map(lambda depth: b'{"payloads": ' + b'{"text": ' * depth + b"1" + b"}" * (depth + 1))
TWICE = st.builds(
    lambda key, one, other: b'{"%b": %b, "%b": %b}' % (key, one, key, other), NAMES.map(str.encode), TEXTS, TEXTS
)
TORN = st.tuples(TEXTS, st.integers(0, 20), st.binary(max_size=4)).map(lambda each: each[0][: each[1]] + each[2])
LARGE = st.integers(4 << 20, (4 << 20) + 9).map(lambda size: b'"' + b"a" * size + b'"')
CONTENT_TYPES = st.sampled_from(
    ["application/json"] * 5 + ["text/plain", "", "application/json;charset=utf-16", "a" * 500]
)


@settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(body=TEXTS | DEEP | TWICE | TORN | st.binary(max_size=40), content_type=CONTENT_TYPES)
def test_whatever_the_body_it_is_answered_or_refused(served, body, content_type):
    answer = served.ask("/v1/predict", raw=body, headers={"content-type": content_type})

    assert answer.status in {200, 400, 413, 415, 422}
    if answer.status != 200:
        error = answer.json["error"]
        assert error.keys() == {"code", "message", "pointer", "request_id"}
        assert not any(secret in error["message"] for secret in ("Traceback", ".py", str(served.project), "/tmp"))
        assert len(error["message"]) < 1000


def test_the_server_goes_on_after_bodies_that_are_too_large(served):
    @settings(max_examples=3, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(LARGE)
    def send(body):
        assert served.ask("/v1/predict", raw=body).status == 413

    send()
    assert served.ask("/v1/predict", {"payloads": {}}).status == 200


def test_a_refusal_quotes_a_long_value_shortened(served):
    answer = served.ask("/v1/predict", {"payloads": {"text": ["secret" * 1000]}})

    assert answer.status == 422
    assert len(answer.json["error"]["message"]) < 200


@pytest.mark.parametrize("document", [3, "text", None, [], [{"payloads": {}}]])
def test_what_is_no_object_holds_no_records(document):
    with pytest.raises(RefusedError, match="is not a record"):
        records_of(document, 5)


def test_an_object_is_a_record_unless_it_has_records():
    record = {"payloads": {}}

    assert records_of(record, 5) == [record]
    assert records_of({"records": [record, record], "payloads": 3}, 5) == [record, record]
    with pytest.raises(RefusedError, match="3 records are too many"):
        records_of({"records": [record] * 3}, 2)
