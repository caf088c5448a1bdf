"""A new embedding has come: a version is asked only about vectors of the length that it has learned from."""

import json
import random
import shutil

import pytest

from served import serving
from transom.pipeline.answers import predict_lines
from transom.pipeline.lifecycle import run

pytestmark = pytest.mark.slow

SCHEMA = """
payloads:
  place: {type: singleton, value: vector}
tasks:
  side: {payload: place, type: multiclass, classes: [left, right]}
gold: [gold]
"""
OLD, NEW = {"id": "old", "payloads": {"place": [1, 2]}}, {"id": "new", "payloads": {"place": [1, 2, 3]}}


def write_data(folder, length):
    draw = random.Random(0)
    places = [[draw.gauss(0, 1) for _ in range(length)] for _ in range(80)]
    records = [
        {"id": f"p{n}", "payloads": {"place": place}, "tasks": {"side": {"gold": "right" if place[0] > 0 else "left"}}}
        for n, place in enumerate(places)
    ]
    (folder / "data" / "all.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Version 1 has learned from two numbers and is live, version 2 from three; the gate cannot compare them."""
    folder = tmp_path_factory.mktemp("places")
    (folder / "data").mkdir()
    (folder / "schema.yaml").write_text(SCHEMA)
    (folder / "model.yaml").write_text("training: {epochs: 1}\n")
    (folder / "deploy.yaml").write_text("gate: [{task: side, metric: accuracy, max_drop: 0.1}]\n")
    for length in (2, 3):
        write_data(folder, length)
        run(folder)
    return folder


def test_a_record_with_another_vector_is_refused_and_its_neighbours_are_answered(project, tmp_path):
    asked = tmp_path / "asked.jsonl"
    asked.write_text("".join(json.dumps(record) + "\n" for record in (OLD, NEW, OLD)))

    first, refused, last = predict_lines(project, asked)

    assert first == last
    assert first["version"] == 1
    assert (refused["id"], refused["error"]["code"], refused["error"]["line"]) == ("new", "T057", 2)


def test_the_server_tells_the_client_what_is_wrong_with_its_vector(project):
    with serving(project) as served:
        refused, answered = served.ask("/v1/predict", {"records": [OLD, NEW]}), served.ask("/v1/predict", OLD)

    assert refused.status == 422
    error = refused.json["error"]
    assert error["message"].startswith("the length is 3, but that of the vectors learned from is 2. Write as many")
    assert (error["code"], error["pointer"]) == ("T057", "/records/1/payloads/place")
    assert answered.status == 200


def test_a_candidate_answers_only_vectors_that_it_can_read(project, tmp_path):
    project = shutil.copytree(project, tmp_path / "places")
    (project / "deploy.yaml").write_text("serve: {policy: {canary: {version: '2', share: 1.0}}}\n")
    with serving(project) as served:
        versions = [served.ask("/v1/predict", record).json["version"] for record in (OLD, NEW)]

    assert versions == [1, 2]
