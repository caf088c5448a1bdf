"""A line of the log says what was asked and answered, in the data format."""

import json

from transom.serving.served_lines import Served, served_lines

REPLY = {"version": 7, "predictions": {"mood": {"label": "good"}, "names": {"label": None, "abstained": True}}}
SERVED = Served(7, "moods", "r1", "canary", 0.25)


def test_a_line_says_what_was_asked_and_answered():
    record = {"id": "q1", "payloads": {"text": "a"}, "tasks": {"mood": {"crowd": "bad"}}}

    line = json.loads(served_lines(SERVED, [record], [REPLY], 1.23456))

    assert line.pop("time").endswith("Z")
    assert line == {
        "id": "q1",
        "payloads": {"text": "a"},
        "tasks": {"mood": {"transom@7": "good"}, "names": {"transom@7": None}},
        "served": {
            "version": 7,
            "model": "moods",
            "request_id": "r1",
            "policy": "canary",
            "propensity": 0.25,
            "latency_ms": 1.235,
        },
    }


def test_a_record_without_an_id_is_called_by_its_request():
    one = served_lines(SERVED, [{"payloads": {}}], [REPLY], 1.0)
    two = served_lines(SERVED, [{"payloads": {}}, {"id": 3, "payloads": {}}], [REPLY] * 2, 1.0)

    assert [json.loads(line)["id"] for line in (one + two).splitlines()] == ["r1", "r1-0", "r1-1"]
