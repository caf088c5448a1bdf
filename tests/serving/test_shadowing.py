"""A candidate in the shadow is asked what others answer, and whatever it does, nobody waits for it or sees it."""

import asyncio
import threading
from functools import partial

import pytest

from served import check_segments, logged, serving
from transom.serving.batching import Batcher, Bounds
from transom.serving.metrics import new_metrics
from transom.serving.shadowing import Shadowing
from transom.serving.versions import Loaded, load

RECORD = {"payloads": {"text": "hate day"}}
ANSWERED = [{"predictions": {"mood": {"label": "bad"}}}]


@pytest.fixture
def ask_all(two_versions):
    return partial(ask_candidate, load(two_versions / ".transom", 2))


def figures(shadowing, name):
    text = shadowing.metrics.text().decode()
    found = [line for line in text.splitlines() if line.startswith(f"{name}_total{{")]
    return {line.partition("{")[2].partition("}")[0]: float(line.rpartition(" ")[2]) for line in found}


def ask_candidate(predictor, work, n_requests, *, meanwhile=lambda: None, **bounds):
    shadowing, told = Shadowing(new_metrics()), []

    async def run():
        loaded = Loaded(predictor, Batcher(work, Bounds(**bounds)), ())
        for _ in range(n_requests):
            shadowing.ask(loaded, [RECORD], ANSWERED, tell=lambda replies, _seconds: told.append(replies))
        await asyncio.sleep(0)
        meanwhile()
        await shadowing.close()
        await loaded.batcher.close()

    asyncio.run(run())
    return shadowing, told


def other(records):
    return [{"predictions": {"mood": {"label": "good"}}} for _ in records]


def test_what_a_candidate_says_is_told_and_compared(ask_all):
    shadowing, told = ask_all(other, 3)

    assert told == [other([RECORD])] * 3
    assert figures(shadowing, "transom_shadow") == {'outcome="answered",version="2"': 3.0}
    assert figures(shadowing, "transom_shadow_disagreements") == {'task="mood",version="2"': 3.0}


def test_a_candidate_that_is_behind_is_asked_no_more_than_its_queue_holds(ask_all):
    is_slow = threading.Event()

    def slowly(records):
        is_slow.wait(60)
        return other(records)

    shadowing, told = ask_all(slowly, 50, meanwhile=is_slow.set, max_batch=1, max_queue=4)

    found = figures(shadowing, "transom_shadow")
    assert len(told) == found['outcome="answered",version="2"'] <= 5
    assert sum(found.values()) == 50


def test_a_candidate_that_fails_is_counted_and_told_of_nowhere(ask_all):
    def fail(_records):
        raise ValueError("broken")

    shadowing, told = ask_all(fail, 2)

    assert told == []
    assert figures(shadowing, "transom_shadow") == {'outcome="failed",version="2"': 2.0}


@pytest.mark.slow
def test_a_served_shadow_answers_nobody_and_both_answers_are_logged(project):
    (project / "deploy.yaml").write_text("serve: {policy: shadow}\n")
    with serving(project) as running:
        replies = [running.ask("/v1/predict", {"id": f"q{n}", **RECORD}).json for n in range(10)]
        assert running.ask("/readyz").json["candidate"]["version"] == 2

    assert {reply["version"] for reply in replies} == {1}
    assert check_segments(project) == []
    lines = logged(project)
    assert [line["served"]["version"] for line in lines if "payloads" in line] == [1] * 10
    assert {(line["served"]["policy"], line["served"]["propensity"]) for line in lines if "payloads" in line} == {
        ("shadow", 1.0)
    }
    shadows = [line for line in lines if "payloads" not in line]
    assert sorted(line["id"] for line in shadows) == sorted(reply["id"] for reply in replies)
    assert {(line["served"]["version"], line["served"]["propensity"]) for line in shadows} == {(2, 0.0)}
    assert all(line["tasks"]["mood"].keys() == {"transom@2"} for line in shadows)
