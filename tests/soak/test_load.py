"""A server under more load than it can bear, for long: nothing is lost, mixed up or kept."""

import os
import resource
import shutil
import signal
import socket
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from itertools import count, cycle, permutations, repeat

import psutil
import pytest

from served import ask, check_segments, logged, make_live, serving

SECONDS = float(os.environ.get("SOAK_SECONDS", "30"))
"""How long each load lasts: half a minute in continuous integration, ten minutes in `make soak`."""

TOKEN = "0123456789abcdef0123"
MOODS = ("good", "bad")
RECORD = {"payloads": {"text": "hate day", "tokens": ["ann", "day"]}}

pytestmark = pytest.mark.slow


@pytest.fixture
def project(two_versions, tmp_path):
    """A copy of the project to change."""
    return shutil.copytree(two_versions, tmp_path / "moods")


@contextmanager
def load_on(running, *, n_clients, documents, seen, path="/v1/predict"):
    """Clients that ask without a pause while the block runs; gives how often each thing was seen, once it has ended."""
    is_over, counts = threading.Event(), Counter()

    def client():
        mine = Counter()
        try:
            with running.connect() as connection:
                for document in documents:
                    mine[seen(document, ask(connection, path, document))] += 1
                    if is_over.is_set():
                        break
        except (OSError, HTTPException) as problem:
            mine[None, type(problem).__name__] += 1
        return mine

    with ThreadPoolExecutor(n_clients) as pool:
        clients = [pool.submit(client) for _ in range(n_clients)]
        try:
            yield counts
        finally:
            is_over.set()
            for each in clients:
                counts.update(each.result())


def version_and_mood(_document, answer):
    """The status, and what the records of one request were told by which versions."""
    replies = answer.json["predictions"] if answer.status == 200 else []
    told = {(each["version"], round(each["predictions"]["mood"]["probabilities"]["good"], 4)) for each in replies}
    return answer.status, tuple(sorted(told))


def version_and_labels(_document, answer):
    """The same of one request of the Open Inference Protocol."""
    if answer.status != 200:
        return answer.status, ()
    (moods,) = (each["data"] for each in answer.json["outputs"] if each["name"] == "mood.label")
    return answer.status, tuple(sorted({(int(answer.json["model_version"]), mood) for mood in moods}))


TEXTS = {"name": "text", "datatype": "BYTES", "shape": [3, 1], "data": [RECORD["payloads"]["text"]] * 3}


def test_versions_change_under_load_without_a_failed_or_a_mixed_reply(project, tmp_path):
    (tmp_path / "admin").write_text(TOKEN)
    admin = {"Authorization": f"Bearer {TOKEN}"}
    three, tensors = repeat({"records": [RECORD] * 3}), repeat({"inputs": [TEXTS]})
    infer = "/v2/models/moods/infer"
    with (
        serving(project, "--admin-token-file", str(tmp_path / "admin")) as running,
        load_on(running, n_clients=3, documents=three, seen=version_and_mood) as seen,
        load_on(running, n_clients=3, documents=tensors, seen=version_and_labels, path=infer) as labels,
    ):
        start, n_changes = time.monotonic(), 0
        for number in cycle((2, 1)):
            make_live(project, number)
            # the poll may have seen the move before it is told of it, so what counts is where it stands
            answer = running.ask("/admin/reload", method="POST", headers=admin)
            assert answer.json["version"] == number
            n_changes += 1
            if n_changes >= 50 and time.monotonic() - start > SECONDS:
                break

    print(f"{n_changes} changes, {seen.total()} replies, {labels.total()} with tensors")
    replies = {told for status, told in seen if status == 200}
    assert {status for status, _ in seen + labels} == {200}
    assert len(replies) == 2  # one answer of each version, and none of both
    ((old,), (new,)) = sorted(replies)
    assert [old[0], new[0]] == [1, 2]
    assert old[1] == pytest.approx(1 - new[1], abs=2e-4)
    assert {told for _, told in labels} in [{((1, one),), ((2, other),)} for one, other in permutations(MOODS)]


ANSWERED, REFUSED = (200, None), (503, "1")
RECOVERS_S = 2


def status_and_hint(_document, answer):
    return answer.status, answer.headers.get("retry-after")


def test_too_much_load_is_refused_and_leaves_nothing_behind(project):
    (project / "deploy.yaml").write_text("serve: {max_batch: 4, max_queue: 16}\n")
    memory, four = [], repeat({"records": [RECORD] * 4})
    with serving(project) as running:
        server = psutil.Process(running.process.pid)
        with load_on(running, n_clients=64, documents=four, seen=status_and_hint) as seen:
            for _ in range(int(SECONDS)):
                time.sleep(1)
                memory.append(server.memory_info().rss / 1e6)
        started = time.monotonic()
        while running.ask("/v1/predict", RECORD).status != 200:
            pass
        recovered = time.monotonic() - started

    fifth = len(memory) // 5
    first, last = statistics.median(memory[fifth : 2 * fifth]), statistics.median(memory[-fifth:])
    print(f"{dict(seen)}; {first:.0f} MB in the second fifth, {last:.0f} in the last; answers after {recovered:.2f} s")
    assert set(seen) == {ANSWERED, REFUSED}
    assert seen[REFUSED] >= seen[ANSWERED]  # they asked for twice what could be answered, or more
    assert last < first * 1.1
    assert recovered < RECOVERS_S


def named(number):
    return {"id": f"k{number}", **RECORD}


def status_and_id(document, answer):
    return answer.status, document["id"]


def test_killed_servers_have_logged_every_answer_in_whole_lines(project):
    start, n_kills, answered = time.monotonic(), 0, set()
    documents = map(named, count())
    while time.monotonic() - start < SECONDS:
        with (
            serving(project) as running,
            load_on(running, n_clients=8, documents=documents, seen=status_and_id) as seen,
        ):
            time.sleep(0.5)
            running.process.send_signal(signal.SIGKILL)
        answered |= {name for status, name in seen if status == 200}
        n_kills += 1
    with serving(project):
        pass  # what the last one left torn is cut off when the log is opened again

    names = [line["id"] for line in logged(project)]
    print(f"{n_kills} kills, {len(answered)} answers, {len(names)} lines")
    assert answered
    assert answered <= set(names)
    assert len(set(names)) == len(names)
    assert check_segments(project) == []


@pytest.mark.parametrize("n_silent", [10_000])
def test_connections_that_say_nothing_keep_nobody_out(project, n_silent):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY != most < 2 * n_silent:
        pytest.skip(f"the system lets a process open {most} files at once, fewer than this test needs")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with serving(project) as running, ExitStack() as stack:
        for _ in range(n_silent):
            stack.enter_context(socket.create_connection(("127.0.0.1", running.port)))
        assert running.ask("/v1/predict", RECORD).status == 200
