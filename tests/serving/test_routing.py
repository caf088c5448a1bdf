"""A policy chooses between the live version and a candidate, says how probable that was, and does without either."""

import asyncio
import threading
from dataclasses import replace

import pytest

from served import ask, logged, make_live, serving
from transom.data.validate import compile_checks
from transom.serving.batching import Bounds
from transom.serving.metrics import new_metrics
from transom.serving.policy import Canary, Shadow
from transom.serving.routing import Routing
from transom.serving.versions import Versions, load

RECORD = {"payloads": {"text": "hate day"}}
TOKEN = "0123456789abcdef0123"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}


async def routing_of(store, policy, **more):
    metrics = new_metrics()
    live = Versions(store, "live", Bounds(), metrics)
    live.answer_with(load(store, 1))
    routing = Routing(live, policy, Versions(store, policy.version, Bounds(), metrics, is_optional=True), **more)
    await routing.refresh()
    return routing


def choices(project, policy, records, **more):
    async def choose():
        routing = await routing_of(project / ".transom", policy, **more)
        found = [routing.choose([record]) for record in records]
        await routing.close()
        return found, routing.status()

    return asyncio.run(choose())


def test_a_canary_answers_by_chance_and_says_how_probable_that_was(two_versions):
    drawn = iter([0.05, 0.5])

    (taken, left), status = choices(two_versions, Canary(share=0.1), [RECORD, RECORD], draw=lambda: next(drawn))

    assert (taken.loaded.number, taken.policy, taken.propensity, taken.shadow) == (2, "canary", 0.1, None)
    assert (left.loaded.number, left.policy, left.propensity, left.shadow) == (1, "canary", 0.9, None)
    assert status == {
        "version": 1, "alarm": None, "policy": "canary",
        "candidate": {"name": "candidate", "version": 2, "alarm": None},
    }  # fmt: skip


def test_a_shadow_sees_what_the_live_version_answers(two_versions):
    (choice,), _ = choices(two_versions, Shadow(), [RECORD])

    assert (choice.loaded.number, choice.policy, choice.propensity) == (1, "shadow", 1.0)
    assert choice.shadow.number == 2


def test_a_candidate_may_be_named_by_its_number(two_versions):
    (choice,), _ = choices(two_versions, Canary("2", share=1.0), [RECORD])

    assert (choice.loaded.number, choice.propensity) == (2, 1.0)


@pytest.mark.parametrize("wanted", ["nobody", "1"])
def test_without_a_candidate_of_its_own_the_live_version_answers_alone(two_versions, wanted):
    (choice,), status = choices(two_versions, Canary(wanted, share=1.0), [RECORD])

    assert (choice.loaded.number, choice.policy, choice.propensity) == (1, "single", 1.0)
    assert status["policy"] == "single"
    assert status["candidate"]["alarm"] is None


def test_a_candidate_that_cannot_be_loaded_is_an_alarm_of_its_own(two_versions):
    (choice,), status = choices(two_versions, Canary("9", share=1.0), [RECORD])

    assert choice.policy == "single"
    assert status["alarm"] is None
    assert status["candidate"] == {"name": "9", "version": None, "alarm": {"version": None, "code": "T148"}}


def test_either_version_can_be_asked_for(two_versions):
    async def ask():
        routing = await routing_of(two_versions / ".transom", Canary())
        found = [routing.version(number) for number in ("1", "2", "3", "live")]
        await routing.close()
        return [each and each.number for each in found]

    assert asyncio.run(ask()) == [1, 2, None, None]


def test_what_a_candidate_of_another_schema_cannot_read_stays_with_the_live_version_for_sure(two_versions):
    async def choose():
        routing = await routing_of(two_versions / ".transom", Canary(share=0.5), draw=lambda: 0.0)
        predictor = routing.tried.predictor
        texts = replace(predictor.schema, payloads=(predictor.schema.payload("text"),))
        routing.candidate.answer_with(replace(predictor, schema=texts, checks=compile_checks(texts)))
        found = [routing.choose([each]) for each in (RECORD, {"payloads": {"tokens": ["ann"]}})]
        await routing.close()
        return found

    readable, unreadable = asyncio.run(choose())

    assert (readable.loaded.number, readable.policy, readable.propensity) == (2, "canary", 0.5)
    assert (unreadable.loaded.number, unreadable.policy, unreadable.propensity) == (1, "single", 1.0)


@pytest.fixture
def canary(project, tmp_path):
    """A server that tries version 2 on the half of the topics, and whose administrator has a token."""
    (tmp_path / "admin").write_text(TOKEN)
    (project / "deploy.yaml").write_text("serve: {policy: {canary: {share: 0.5, key: id}}}\n")
    with serving(project, "--admin-token-file", str(tmp_path / "admin")) as running:
        yield running


def test_a_key_always_meets_the_same_version_and_the_log_says_how_probable_that_was(canary):
    asked = [{"id": f"user-{number % 20}", **RECORD} for number in range(60)]
    replies = [canary.ask("/v1/predict", each).json for each in asked]

    by_user = {}
    for reply in replies:
        by_user.setdefault(reply["id"], set()).add(reply["version"])
    assert {len(versions) for versions in by_user.values()} == {1}
    assert set.union(*by_user.values()) == {1, 2}
    lines = logged(canary.project)
    assert [line["served"]["version"] for line in lines] == [reply["version"] for reply in replies]
    assert {(line["served"]["policy"], line["served"]["propensity"]) for line in lines} == {("canary", 0.5)}
    assert all(line["tasks"]["mood"].keys() == {f"transom@{line['served']['version']}"} for line in lines)


def test_a_candidate_that_becomes_live_answers_everybody(canary):
    records = [{"id": f"user-{number}", **RECORD} for number in range(20)]
    make_live(canary.project, 2)
    assert canary.ask("/admin/reload", method="POST", headers=ADMIN).json["policy"] == "single"

    assert {canary.ask("/v1/predict", each).json["version"] for each in records} == {2}
    assert canary.ask("/readyz").json["candidate"] == {"name": "candidate", "version": None, "alarm": None}
    assert {line["served"]["propensity"] for line in logged(canary.project)} == {1.0}


def test_the_inference_protocol_asks_for_either_version(canary):
    tensor = {"name": "text", "datatype": "BYTES", "shape": [1, 1], "data": ["hate day"]}

    def answer(number):
        return canary.ask(f"/v2/models/moods/versions/{number}/infer", {"inputs": [tensor]})

    assert [answer(number).json["model_version"] for number in (1, 2)] == ["1", "2"]
    assert answer(3).status == 404


def test_a_figure_of_each_version_is_counted(canary):
    for number in range(20):
        canary.ask("/v1/predict", {"id": f"user-{number}", **RECORD})

    figures = canary.ask("/metrics").body.decode()
    counts = [
        float(line.rpartition(" ")[2]) for line in figures.splitlines() if line.startswith("transom_predictions_total{")
    ]
    assert len(counts) == 2
    assert sum(counts) == 20
    assert 'transom_version{alias="live"} 1.0' in figures
    assert 'transom_version{alias="candidate"} 2.0' in figures


@pytest.mark.slow
def test_changes_of_both_versions_under_load_fail_no_request_and_mix_no_versions(project, tmp_path):
    (tmp_path / "admin").write_text(TOKEN)
    (project / "deploy.yaml").write_text("serve: {policy: {canary: {version: '2', share: 0.5}}}\n")
    seen, failed, is_over, answered = [], [], threading.Event(), threading.Semaphore(0)

    def load(running):
        with running.connect() as connection:
            while not is_over.is_set():
                answer = ask(connection, "/v1/predict", {"records": [RECORD] * 3})
                if answer.status == 200:
                    seen.append([each["version"] for each in answer.json["predictions"]])
                    answered.release()
                else:
                    failed.append(answer)

    with serving(project, "--admin-token-file", str(tmp_path / "admin")) as running:
        clients = [threading.Thread(target=load, args=(running,)) for _ in range(3)]
        for client in clients:
            client.start()
        policies = []
        for change in range(10):
            make_live(project, 2 - change % 2)
            policies.append(running.ask("/admin/reload", method="POST", headers=ADMIN).json["policy"])
            # 3 of 13 may have begun before the change; of 50 that a canary chose, all are alike once in 2^49
            enough = len(seen) + 13
            while len(seen) < enough:
                assert answered.acquire(timeout=60)
        is_over.set()
        for client in clients:
            client.join(60)

    assert policies == ["single", "canary"] * 5
    assert failed == []
    assert {versions[0] for versions in seen} == {1, 2}
    assert all(len(set(versions)) == 1 for versions in seen)
    lines = logged(project)
    assert len(lines) == 3 * len(seen)
    said = [line["served"] for line in lines]
    assert {(each["version"], each["policy"], each["propensity"]) for each in said} <= {
        (2, "single", 1.0),
        (1, "canary", 0.5),
        (2, "canary", 0.5),
    }
