"""The serving image, as far as it can be tried without a container engine: its steps in an environment of their own."""

import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

TOKEN = "0123456789abcdef0123456789abcdef"
LEFT_OUT = ("torch", "sklearn", "polars", "numba", "fastapi", "pip")


def instructions(repository):
    """The keyword and the text of each instruction."""
    lines = (repository / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line and not line.startswith("#")]


def stages(repository):
    """The instructions of each stage."""
    found = []
    for keyword, text in instructions(repository):
        if keyword == "FROM":
            found.append([])
        found[-1].append((keyword, text))
    return found


def test_hadolint_finds_nothing(repository):
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert hadolint, "hadolint is in the group of packages `test`"

    done = subprocess.run([hadolint, "Dockerfile"], cwd=repository, capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("", 0)


def test_the_image_runs_as_nobody_of_note_and_brings_no_shell_steps(repository):
    _, final = stages(repository)

    assert ("USER", "10001:10001") in final
    assert "RUN" not in dict(final)
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+( AS \w+)?", text) for keyword, text in instructions(repository)
               if keyword == "FROM")  # fmt: skip


def test_what_is_copied_is_sent_to_the_builder(repository):
    build, _ = stages(repository)
    copied = [name for keyword, text in build if keyword == "COPY" for name in text.split()[:-1]]
    ignored = (repository / ".dockerignore").read_text().splitlines()

    assert "*" in ignored
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
    assert all((repository / name).exists() for name in copied)


@pytest.fixture
def free_port():
    """A port that no other process is given meanwhile: it is taken, and may be listened on, which nobody does yet."""
    with closing(socket.socket()) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.slow
@pytest.mark.functional
def test_the_steps_make_a_server_without_torch_and_polars(repository, two_versions, tmp_path, free_port):
    opt, port = tmp_path / "transom", free_port
    build(repository, opt, tmp_path / "build")
    environment = {"PATH": f"{opt}/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    (tmp_path / "token").write_text(TOKEN)
    project = tmp_path / "models" / "moods"
    shutil.copytree(two_versions / ".transom", project / ".transom")
    final = dict(stages(repository)[1])
    command = [*json.loads(final["ENTRYPOINT"]), *json.loads(final["CMD"])]
    command = [
        {"8080": str(port), "/run/secrets/transom-token": str(tmp_path / "token")}.get(each, each) for each in command
    ]
    health = json.loads(final["HEALTHCHECK"].partition("CMD ")[2])
    health[-1] = health[-1].replace("8080", str(port))

    asked = {"records": [{"payloads": {"text": "love song"}}]}
    (tmp_path / "asked.jsonl").write_text(json.dumps({"id": "a/b", **asked["records"][0]}))
    subprocess.run(
        [opt / "bin" / "transom", "precompute", project, tmp_path / "asked.jsonl"], env=environment, check=True
    )
    with started([str(opt / "bin" / command[0]), *command[1:]], environment, project) as process:
        wait_for(health, environment, process)
        answer = ask(port, "/v1/predict", asked)
        looked_up = ask(port, "/v1/lookup/a%2Fb")
        refused = ask(port, "/v1/predict", asked, token="another")
        mapped = Path(f"/proc/{process.pid}/maps").read_text()

    mood, mood_looked_up = (each["predictions"]["mood"] for each in (answer["predictions"][0], looked_up))
    assert mood["probabilities"] == pytest.approx(mood_looked_up["probabilities"])
    assert refused["error"]["code"] == "T196"
    assert process.returncode == 0
    assert str(opt) in mapped
    assert not [name for name in LEFT_OUT if f"/{name}/" in mapped]
    (packages,) = opt.glob("lib/python*/site-packages")
    assert not [name for name in LEFT_OUT if (packages / name).exists()]


def build(repository, opt, folder):
    """Runs the steps of the first stage; `/opt/transom` is elsewhere, and the packages come from pip's cache."""
    folder.mkdir()
    for keyword, text in stages(repository)[0]:
        if keyword == "COPY":
            *sources, into = text.split()
            for source in sources:
                copy = shutil.copytree if (repository / source).is_dir() else shutil.copy
                copy(repository / source, folder / into if copy is shutil.copytree else folder)
        elif keyword == "RUN":
            python = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            step = text.replace("/opt/transom", shlex.quote(str(opt)))
            subprocess.run(["/bin/sh", "-c", step], cwd=folder, env={**os.environ, "PATH": python}, check=True)


@contextmanager
def started(command, environment, folder):
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline()
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def wait_for(health, environment, process):
    """Waits until the image's own check says that the server is well."""
    end = time.monotonic() + 300
    while subprocess.run(health, env=environment, capture_output=True, check=False).returncode:
        assert process.poll() is None
        assert time.monotonic() < end, "the server never became healthy"


def ask(port, path, document=None, token=TOKEN):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("POST" if document else "GET", path, json.dumps(document) if document else None, headers)
        return json.loads(connection.getresponse().read())
