"""A line of the log says what was asked and answered, in the data format."""

import json

import pytest

from transom.serving.served_lines import Exchange, Kept, Served, served_lines, shadow_lines

MOOD = {"label": "good", "probabilities": {"good": 0.75, "bad": 0.25}}
REPLY = {
    "version": 7,
    "predictions": {"mood": MOOD, "price": {"label": 0.5}, "topic": {"label": None, "abstained": True}},
}
SERVED = Served(7, "moods", "r1", "canary", 0.25, 1.23456)
RECORD = {"id": "q1", "payloads": {"text": "a"}, "tasks": {"mood": {"crowd": "bad"}}}


LABELS_ALONE = Kept(probabilities=False)


def lines_of(*records, kept=LABELS_ALONE, write=served_lines):
    return [json.loads(line) for line in write(Exchange(SERVED, records, [REPLY] * len(records)), kept).splitlines()]


def test_a_line_says_what_was_asked_and_answered():
    (line,) = lines_of(RECORD)

    assert line.pop("time").endswith("Z")
    assert line == {
        "id": "q1",
        "payloads": {"text": "a"},
        "tasks": {"mood": {"transom@7": "good"}, "price": {"transom@7": 0.5}, "topic": {"transom@7": None}},
        "served": {
            "version": 7,
            "model": "moods",
            "request_id": "r1",
            "policy": "canary",
            "propensity": 0.25,
            "latency_ms": 1.235,
        },
    }


def test_probabilities_and_the_share_of_requests_that_is_logged_stand_beside():
    (line,) = lines_of(RECORD, kept=Kept(sample=0.1))

    assert line["served"]["probabilities"] == {"mood": {"good": 0.75, "bad": 0.25}}
    assert line["served"]["sample"] == 0.1


def test_a_record_without_an_id_is_called_by_its_request():
    assert [line["id"] for line in lines_of({"payloads": {}})] == ["r1"]
    assert [line["id"] for line in lines_of({"payloads": {}}, {"id": 3, "payloads": {}})] == ["r1-0", "r1-1"]


@pytest.mark.parametrize("kept", [Kept(), Kept(sample=0.5, probabilities=False)])
def test_what_a_candidate_in_the_shadow_said_is_a_patch_of_the_line(kept):
    (line,), (patch,) = lines_of(RECORD, kept=kept), lines_of(RECORD, kept=kept, write=shadow_lines)

    del line["payloads"], line["time"]
    assert patch == line
