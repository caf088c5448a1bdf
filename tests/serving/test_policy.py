"""Policies: who meets the candidate, always the same ones by key, and as many as the share says."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.serving.policy import Canary, Shadow, place_of

RECORD = {"id": "q1", "payloads": {"query": "tall", "person": {"age": 31, "job": None}}}


def test_a_key_falls_at_the_same_place_in_every_process_and_elsewhere_with_another_salt():
    assert place_of("user-1", "8:") == 0.08569826883996426
    assert len({place_of("user-1", salt) for salt in ("8:", "9:", "8:again")}) == 3


@pytest.mark.slow
@settings(max_examples=25)
@given(share=st.floats(0.05, 0.95))
def test_a_share_of_the_keys_is_taken(share):
    n_keys = 2000
    taken = sum(Canary(share=share, key="id").takes(8, {"id": f"user-{n}"}, 0.0) for n in range(n_keys))

    assert taken / n_keys == pytest.approx(share, abs=5 * math.sqrt(share * (1 - share) / n_keys))  # five sigma


def test_a_larger_share_keeps_those_of_a_smaller_one():
    records = [{"id": str(number)} for number in range(500)]
    small = {record["id"] for record in records if Canary(share=0.1, key="id").takes(8, record, 0.0)}
    large = {record["id"] for record in records if Canary(share=0.5, key="id").takes(8, record, 0.0)}

    assert small < large


def test_another_candidate_or_salt_draws_others():
    records = [{"id": str(number)} for number in range(500)]

    def taken(candidate, salt=""):
        return {each["id"] for each in records if Canary(share=0.2, key="id", salt=salt).takes(candidate, each, 0.0)}

    assert taken(8) != taken(9)
    assert taken(8) != taken(8, "again")


@given(chance=st.floats(0, 1, exclude_max=True))
def test_without_a_key_chance_decides(chance):
    assert Canary(share=0.1).takes(8, RECORD, chance) == (chance < 0.1)
    assert Canary(share=0.1, key="person.job").takes(8, RECORD, chance) == (chance < 0.1)


def test_a_shadow_takes_nothing():
    assert not Shadow().takes(8, RECORD, 0.0)
