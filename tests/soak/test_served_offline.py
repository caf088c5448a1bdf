"""What a server answers is what `predict` answers, on real data of every kind, and what the report counted.

Networks of one epoch are as good as others for that; `make soak` asks for every project.
"""

import gzip
import json

import pytest

from served import serving
from transom.pipeline.answers import predict
from transom.pipeline.lifecycle import run
from transom.serving.proof import disagreements

MOST = 10_000
AT_ONCE = 32

QUICK = ("hausa_news", "adult", "aida_select", "bc5cdr")
LONG = ("youtube", "trec", "agnews", "weather_crowd", "snips", "elec2")


def records_of_test(project):
    """The records of the test split, as the files have them."""
    lines = [
        line
        for path in sorted((project / "data").iterdir())
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]
    return [record for record in map(json.loads, lines) if "test" in record["tags"]][:MOST]


def served(running, records):
    """The replies of a server, over one connection, some records a request."""
    replies = []
    with running.connect() as connection:
        for start in range(0, len(records), AT_ONCE):
            body = json.dumps({"records": records[start : start + AT_ONCE]})
            connection.request("POST", "/v1/predict", body, {"content-type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
            assert response.status == 200, answer
            replies += json.loads(answer)["predictions"]
    return replies


def key(row):
    return row.stage, row.split, row.tag, row.metric


def share_right(records, replies, task):
    """How many of the replies are gold's, of those records that gold knows."""
    known = [(record["tasks"].get(task, {}), reply) for record, reply in zip(records, replies, strict=True)]
    right = [reply["predictions"][task]["label"] == votes["gold"] for votes, reply in known if "gold" in votes]
    return sum(right) / len(right)


@pytest.mark.parametrize(
    "name",
    [
        *(pytest.param(name, marks=pytest.mark.functional) for name in QUICK),
        *(pytest.param(name, marks=pytest.mark.soak) for name in LONG),
    ],
)
def test_served_replies_are_those_of_predict_and_of_the_report(shared_projects, tmp_path, monkeypatch, name):
    monkeypatch.setattr("transom.serving.proof.TOLERANCE", 1e-5)  # nearer than a version must be that is to be served
    project, records = shared_projects / name, records_of_test(shared_projects / name)
    report = run(project, store=tmp_path, settings=["training.epochs=1"]).report
    offline = predict(project, records, store=tmp_path)

    with serving(project, "--store", str(tmp_path)) as running:
        replies = served(running, records)

    assert [(reply["id"], reply["version"]) for reply in replies] == [(reply["id"], 1) for reply in offline]
    assert list(disagreements(offline, replies)) == []
    counted = [row for row in report.rows if key(row) == ("model", "test", "*", "accuracy")]
    assert counted or name == "bc5cdr"  # whose spans are counted by entity
    for row in counted if len(records) < MOST else ():
        assert row.n == len(records)
        assert share_right(records, replies, row.task) == pytest.approx(row.value, abs=1e-9)
