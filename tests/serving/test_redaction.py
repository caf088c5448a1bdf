"""What is redacted is nowhere in the log, and its lines are still good lines of the data format."""

import itertools
import json

import pytest

from data_lines import SCHEMA, read, record
from transom.serving.record_names import names_in, value_at
from transom.serving.redaction import Redaction, redaction_of
from transom.serving.served_lines import Exchange, Kept, Served, served_lines

PERSON = {"age": 31, "job": "cook"}
RECORD = record(payloads={"person": PERSON, "price": 3.5})
ANSWERS = {
    "intent": {"label": "height", "probabilities": {"height": 0.9, "age": 0.1, "spouse": 0.0}},
    "pos": {"label": ["NOUN"] * 4, "probabilities": [{"NOUN": 1.0, "VERB": 0.0}] * 4},
    "names": {"label": [[3, 4, "PER"]], "probabilities": [0.9]},
    "arg": {"label": "Obama", "probabilities": {"Obama": 0.9, "Michelle": 0.1}},
    "kept": {"label": ["yes", "no"], "probabilities": [{"yes": 1.0, "no": 0.0}] * 2},
}


def line_without(*redact):
    exchange = Exchange(Served(7, "m", "r1", "single", 1.0, 1.0), [RECORD], [{"predictions": ANSWERS}])
    return served_lines(exchange, Kept(redaction=redaction_of(SCHEMA, redact)))


def test_nothing_is_left_out_of_a_record_unless_it_is_said():
    assert Redaction().of(RECORD["payloads"]) is RECORD["payloads"]
    assert redaction_of(SCHEMA, ["no such payload"]).of(RECORD["payloads"]) is RECORD["payloads"]


def test_a_payload_or_a_field_is_logged_as_missing():
    line = json.loads(line_without("query", "person.age"))

    assert line["payloads"]["query"] is None
    assert line["payloads"]["person"] == {"age": None, "job": "cook"}
    assert line["payloads"]["price"] == 3.5
    assert line["tasks"].keys() == ANSWERS.keys()


def test_a_field_of_members_is_left_out_of_each():
    line = json.loads(line_without("entities.title"))

    assert line["payloads"]["entities"] == [
        {"id": "Obama", "range": [3, 4], "fields": {"title": None, "pop": 9.5}},
        {"id": "Michelle"},
    ]


def test_labels_and_ranges_that_tell_of_what_is_left_out_are_left_out_too():
    line = json.loads(line_without("tokens"))

    assert line["tasks"].keys() == line["served"]["probabilities"].keys() == {"intent", "arg", "kept"}
    assert line["payloads"]["entities"][0] == {"id": "Obama", "fields": {"title": "Barack Obama", "pop": 9.5}}


def test_an_id_is_left_out_for_that_of_the_request():
    assert json.loads(line_without("id"))["id"] == "r1"


@pytest.mark.parametrize(
    "redact", [*itertools.combinations(names_in(SCHEMA), 1), ("tokens", "query"), ("tokens", "entities")]
)
def test_whatever_is_left_out_the_line_is_one_that_check_accepts(tmp_path, redact):
    line = line_without(*redact)

    assert read(tmp_path, line.rstrip()).problems == ()
    shown = json.dumps(json.loads(line)["payloads"])
    for name in redact:
        value = value_at(RECORD, name)
        assert name == "id" or value is None or json.dumps(value) not in shown
