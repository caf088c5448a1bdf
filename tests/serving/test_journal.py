"""The journal logs a sample of the answers, and from the log a later policy can be judged."""

import json
import random

import pytest

from served import check_segments, logged, serving
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass
from transom.serving.journal import Journal
from transom.serving.log_settings import Logging
from transom.serving.metrics import new_metrics
from transom.serving.policy import Canary
from transom.serving.prediction_log import PredictionLog
from transom.serving.served_lines import Exchange, Served

TASKS = Schema(payloads=(), tasks=(Multiclass("mood", ("good", "bad")),))
REPLIES = [{"predictions": {"mood": {"label": "good"}}}]


def exchange(name, version=7, propensity=1.0):
    return Exchange(Served(version, "m", name, "canary", propensity, 1.0), [{"payloads": {}}], REPLIES)


def lines_in(folder):
    segments = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for path in segments for line in path.read_bytes().splitlines()]


def written(journal):
    figures = journal.metrics.text().decode().splitlines()
    found = [line for line in figures if line.startswith("transom_log_lines_total{")]
    return {line.partition('"')[2].partition('"')[0]: float(line.rpartition(" ")[2]) for line in found}


def test_the_same_requests_are_logged_by_every_server(tmp_path):
    names = [f"r{number}" for number in range(1000)]
    for folder in ("one", "other"):
        journal = Journal(PredictionLog(tmp_path / folder), Logging(sample=0.2), new_metrics())
        for name in names:
            journal.write(exchange(name), TASKS)
        journal.log.close()

    one, other = ([line["id"] for line in lines_in(tmp_path / folder)] for folder in ("one", "other"))
    assert one == other
    assert len(one) == pytest.approx(200, abs=64)  # five sigma
    assert written(journal) == {"written": len(one), "not sampled": 1000 - len(one)}


def test_a_candidate_in_the_shadow_is_logged_beside_what_it_saw(tmp_path):
    journal = Journal(PredictionLog(tmp_path), Logging(), new_metrics())
    segment = journal.write(exchange("r1"), TASKS)
    journal.write_beside(segment, exchange("r1", 8, 0.0), TASKS)
    journal.write_beside(segment + 1, exchange("r1", 9, 0.0), TASKS)
    journal.log.close()

    assert [line["served"]["version"] for line in lines_in(tmp_path)] == [7, 8]
    assert written(journal) == {"written": 2.0, "too late": 1.0}


def test_a_disk_that_cannot_be_written_is_counted_and_ends_nothing(tmp_path):
    (tmp_path / "log").write_text("no folder")
    journal = Journal(PredictionLog(tmp_path / "log"), Logging(), new_metrics())

    assert journal.write(exchange("r1"), TASKS) is None
    assert written(journal) == {"failed": 1.0}


@pytest.mark.slow
def test_a_policy_that_never_ran_is_judged_from_the_log_of_another(tmp_path):
    """Two versions of known reward: what each would have earned alone is estimated from a sampled log of a canary."""
    drawn, policy, reward = random.Random(0), Canary(share=0.2), {7: 0.3, 8: 0.5}
    journal = Journal(PredictionLog(tmp_path), Logging(sample=0.5), new_metrics())
    earned = {}
    n_requests = 20_000
    for number in range(n_requests):
        version = 8 if policy.takes(8, {}, drawn.random()) else 7
        earned[f"r{number}"] = drawn.random() < reward[version]
        journal.write(exchange(f"r{number}", version, 0.2 if version == 8 else 0.8), TASKS)
    journal.log.close()

    def alone(version):
        """Inverse propensity scores: Horvitz & Thompson (1952), JASA 47(260), eq. 5."""
        lines = [line for line in lines_in(tmp_path) if line["served"]["version"] == version]
        weights = [1 / (line["served"]["propensity"] * line["served"]["sample"]) for line in lines]
        return sum(w * earned[line["id"]] for w, line in zip(weights, lines, strict=True)) / n_requests

    # The standard error is sqrt(0.5 / (0.2 * 0.5) / 20,000) = 0.016 for the candidate, and 0.006 for the other.
    assert alone(8) - alone(7) == pytest.approx(0.2, abs=0.07)
    assert alone(7) == pytest.approx(0.3, abs=0.025)


def test_a_segment_is_a_data_file_whatever_its_settings(project):
    (project / "deploy.yaml").write_text("serve: {log: {sample: 0.5, redact: [tokens]}}\n")
    records = [{"id": f"q{number % 7}", "payloads": {"text": "ann", "tokens": ["ann"]}} for number in range(30)]
    with serving(project) as running:
        for record in records:
            assert running.ask("/v1/predict", record).status == 200

    lines = logged(project)
    assert 0 < len(lines) < 30
    assert {line["payloads"]["tokens"] for line in lines} == {None}
    assert {line["served"]["sample"] for line in lines} == {0.5}
    assert lines[0]["served"]["probabilities"].keys() == {"mood", "topics"}
    assert check_segments(project) == []
