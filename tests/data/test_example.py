import copy
import pickle

import pytest

from transom import ABSTAIN, Example


def test_payloads_are_attributes():
    x = Example("q1", {"query": "how tall", "person": None}, tags=("train",))
    assert (x.query, x.person, x.id, x.tags, x.time, x.order) == ("how tall", None, "q1", ("train",), None, None)


def test_a_payload_that_is_not_there_names_those_that_are():
    with pytest.raises(AttributeError) as raised:
        _ = Example("q1", {"query": "a", "person": None}).qury
    assert str(raised.value) == "this example has no payload 'qury'; it has query, person"
    with pytest.raises(AttributeError, match="it has none"):
        _ = Example("q1").query


def test_an_example_can_be_copied_and_sent_to_another_process():
    x = Example("q1", {"query": "a"})
    assert copy.copy(x) == pickle.loads(pickle.dumps(x)) == x


def test_there_is_one_way_to_abstain():
    assert pickle.loads(pickle.dumps(ABSTAIN)) is ABSTAIN
    assert repr(ABSTAIN) == "ABSTAIN"
