"""A small project with two live versions that answer differently, and servers of it in processes of their own."""

import http.client
import json
import signal
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from transom.export.aliases import Reason, promote
from transom.export.artifact import MANIFEST
from transom.export.layout import folder_of
from transom.export.store import register
from transom.pipeline.check import check
from transom.pipeline.lifecycle import run

SCHEMA = """
payloads:
  text: {type: singleton, value: text}
  tokens: {type: sequence, value: token, max_length: 8}
tasks:
  mood: {type: multiclass, payload: text, classes: [good, bad]}
  topics: {type: bitvector, payload: text, classes: [music, money]}
  names: {type: spans, payload: tokens, classes: [person]}
gold: [crowd]
"""
WORDS = ("love", "song", "hate", "money", "ann", "day")


REASON = Reason("test", datetime(2026, 11, 21, tzinfo=UTC))


@dataclass(frozen=True)
class Answered:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A server that runs; `ask` is one request on a connection of its own."""

    process: subprocess.Popen
    port: int
    project: Path
    grpc: str | None = None

    def connect(self):
        """A connection for several requests; closes at the end of its block."""
        return closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30))

    def ask(self, path, document=None, **more):
        with self.connect() as connection:
            return ask(connection, path, document, **more)


def ask(connection, path, document=None, *, headers=(), method=None, raw=None):
    body = raw if raw is not None else None if document is None else json.dumps(document)
    given = {"content-type": "application/json", **dict(headers)}
    connection.request(method or ("GET" if body is None else "POST"), path, body, given)
    response = connection.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    return Answered(response.status, found, response.read())


def register_other(store, number=2):
    """A further version, which calls good what version 1 calls bad, so that it shows which of them answered."""
    files = {path.name: path.read_bytes() for path in folder_of(store, 1).iterdir() if path.name != MANIFEST}
    schema = json.loads(files["schema.json"])
    for task in schema["tasks"]:
        if task["name"] == "mood":
            task["classes"].reverse()
    files |= {"schema.json": json.dumps(schema).encode(), "recorded.jsonl": b""}
    assert register(store, files, {"project": "moods"}, REASON) == number


@contextmanager
def serving(project, *options):
    """A server in a process of its own, on a free port; stopped and waited for at the end."""
    command = [sys.executable, "-m", "transom", "serve", str(project), "--port", "0", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            said = process.stdout.readline()
            assert said, process.stderr.read().decode()
            started = json.loads(said)
            yield Served(process, urlsplit(started["url"]).port, project, started.get("grpc"))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def make_live(project, number):
    promote(project / ".transom", number, REASON)


def write_two_versions(folder):
    """The project, with version 1 live and version 2 beside it."""
    (folder / "data").mkdir(parents=True)
    lines = []
    for number in range(60):
        words = [WORDS[number % 6], WORDS[number // 6 % 6]]
        names = [[place, place + 1, "person"] for place, word in enumerate(words) if word == "ann"]
        tasks = {
            "mood": {"crowd": "bad" if "hate" in words else "good"},
            "topics": {"crowd": [name for name, word in (("music", "song"), ("money", "money")) if word in words]},
            "names": {"crowd": names},
        }
        payloads = {"text": " ".join(words), "tokens": words}
        tags = [("train", "dev", "test")[number % 3]]
        lines.append(json.dumps({"id": f"e{number}", "payloads": payloads, "tasks": tasks, "tags": tags}))
    (folder / "data" / "all.jsonl").write_text("\n".join(lines))
    (folder / "schema.yaml").write_text(SCHEMA)
    run(folder, settings=("training.epochs=1", "use_gold=true"))
    register_other(folder / ".transom")
    return folder


def logged(project):
    """The lines of the prediction log."""
    segments = sorted((project / ".transom" / "log").glob("*.jsonl"))
    return [json.loads(line) for path in segments for line in path.read_bytes().splitlines()]


def check_segments(project):
    """What check says of the project with each segment of its log, as it is, for its data."""
    problems = []
    for segment in (project / ".transom" / "log").glob("*.jsonl"):
        (project / "data" / "all.jsonl").write_bytes(segment.read_bytes())
        problems += [str(problem) for problem in check(project).problems]
    return problems


def stop_under_load(running, client):
    """Tells the server to stop once three clients were answered, and waits for all; a client sets its event then."""
    begun = [threading.Event() for _ in range(3)]
    clients = [threading.Thread(target=client, args=(running, each)) for each in begun]
    for each in clients:
        each.start()
    assert all(each.wait(60) for each in begun)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) == 0
    for each in clients:
        each.join(60)


def assert_tensors_say(result, replies):
    """What came as tensors is what the replies say of the names and of the mood."""
    assert [json.loads(row[0]) for row in result.as_numpy("names.label")] == [
        each["names"]["label"] for each in replies
    ]
    np.testing.assert_allclose(
        result.as_numpy("mood.probabilities"),
        [list(each["mood"]["probabilities"].values()) for each in replies],
        atol=1e-5,
    )
