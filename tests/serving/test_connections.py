"""Connections that ask nothing are no requests, and keep nobody out."""

import resource
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace

import pytest

from application import in_process
from transom.serving.connections import STALLED_S, Bounded, idle_now, superfluous

RECORD = {"payloads": {"text": "love"}}
BODY = b'{"payloads": {"text": "love"}}'
JSON = [("Content-Type", "application/json")]


@pytest.fixture
def many_files():
    """Room for 2,000 open files in this process; many shells give 1,024, and no more unless they are asked."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_many_connections_that_say_nothing_are_no_requests(served):
    with ExitStack() as stack:
        for _ in range(1500):
            stack.enter_context(socket.create_connection(("127.0.0.1", served.port)))

        assert served.ask("/v1/predict", RECORD).status == 200


def test_more_requests_than_bounded_are_refused_at_once(two_versions):
    with in_process(two_versions) as running:
        closed = replace(running, app=Bounded(running.app, most=0))
        answer = closed.post("/v1/predict", BODY, JSON)
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert answer.json["error"]["message"] == (
            "0 requests are being answered, and no more than that may. Ask again in a moment."
        )
        counted = b'transom_requests_total{route="/v1/predict",status="503"} 1.0'
        assert counted in running.app.answering.versions.metrics.text()

        narrow = replace(running, app=Bounded(running.app, most=1))
        assert [narrow.post("/v1/predict", BODY, JSON).status for _ in range(3)] == [200, 200, 200]


def hashable(*last):
    return [type("Connection", (), {"cycle": each})() for each in last]


def request(is_answered):
    return SimpleNamespace(response_complete=is_answered)


def test_a_connection_is_idle_until_its_next_request():
    silent, answered, busy = hashable(None, request(True), request(False))

    first = idle_now([silent, answered, busy], {}, 1)
    answered.cycle = request(True)
    second = idle_now([silent, answered, busy], first, 2)

    assert {each: known.since for each, known in first.items()} == {silent: 1, answered: 1}
    assert [(each, known.since) for each, known in second.items()] == [(silent, 1), (answered, 2)]


def test_those_that_are_idle_for_long_are_closed_and_of_too_many_the_longest_idle():
    old, young, youngest = hashable(None, None, None)
    idle = idle_now([old, young, youngest], idle_now([old, young], idle_now([old], {}, 1), 2), 3)

    assert superfluous(idle, 3, 0) == []
    assert superfluous(idle, 3, 2) == [old, young]
    assert superfluous(idle, 1 + STALLED_S, 0) == [old]


SCRIPT = """
import resource
from transom.errors import UsageError
from transom.serving.connections import room_for_connections
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
try:
    print(room_for_connections(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
except UsageError as refusal:
    print(refusal)
"""


@pytest.mark.parametrize(
    ("soft", "hard", "said"),
    [
        (64, 1000, "872 1000"),
        (300, 300, "172 300"),
        (64, 200, "T219 the system lets this process open 200 files at once, too few to serve. Allow 20128: "
                  "ulimit -n 20128."),
    ],
)  # fmt: skip
def test_the_server_takes_what_the_system_gives_and_refuses_to_do_with_too_little(soft, hard, said):
    script = SCRIPT.format(soft=soft, hard=hard)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == said
