"""The process: what it loads, whom it lets in, how it bears bad clients, and how it stops."""

import asyncio
import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from served import ask, serving, stop_under_load
from transom.cli.main import main
from transom.errors import UsageError
from transom.export.lookups import About, writing_lookup
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.serving.log_settings import Logging
from transom.serving.policy import Canary
from transom.serving.server import Address, Entrance, Service, listen, require_names, serve, url_of
from transom.serving.tokens import Tokens, read_token
from transom.serving.versions import load

TOKEN = "0123456789abcdef0123"
RECORD = {"payloads": {"text": "love"}}


def test_the_process_that_serves_holds_no_torch_and_no_polars(served):
    served.ask("/v1/predict", RECORD)
    maps = Path(f"/proc/{served.process.pid}/maps")
    if not maps.exists():
        pytest.skip("only Linux tells what a process has loaded")

    loaded = maps.read_text()

    assert "onnxruntime" in loaded
    assert [name for name in ("torch", "polars", "sklearn", "pyarrow") if f"/{name}/" in loaded] == []


def test_others_are_let_in_only_with_a_token():
    with pytest.raises(UsageError) as refusal:
        listen(Address("0.0.0.0", 0), Tokens())
    assert refusal.value.problem.message == (
        "'0.0.0.0' can be reached by others, and no token protects it. Give --token-file FILE, or leave --host out."
    )
    with listen(Address("0.0.0.0", 0), Tokens(TOKEN)) as listening:
        assert url_of(listening).startswith("http://0.0.0.0:")


def refusal_to_listen(address):
    with pytest.raises(UsageError) as refusal:
        listen(address, Tokens(TOKEN))
    return str(refusal.value)


def test_an_address_that_cannot_be_had_is_said_with_what_to_do_about_it():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert refusal_to_listen(Address(port=port)) == (
            f"T198 the server cannot listen on '127.0.0.1', port {port}: Address already in use. "
            "Choose another with --port, or 0 for any."
        )
    assert refusal_to_listen(Address("192.0.2.1", 0)) == (
        "T198 the server cannot listen on '192.0.2.1', port 0: Cannot assign requested address. "
        "Give --host an address of this machine, or leave it out."
    )


def test_a_project_without_a_version_cannot_be_served(tmp_path, capsys):
    assert main(["serve", str(tmp_path), "--port", "0", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "T147"


@pytest.mark.parametrize("content", ["short", "has a space in it, twenty", "ümlaute-sind-hier-keine"])
def test_a_token_that_is_easy_to_guess_or_cannot_be_sent_is_none(tmp_path, content):
    file = tmp_path / "token"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as refusal:
        read_token(file)
    assert str(refusal.value) == (
        f"{file} T196 the file holds no token that is hard to guess. "
        "Write one of at least 16 letters and digits, such as `openssl rand -hex 32` makes."
    )


def test_a_token_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UsageError) as refusal:
        read_token(tmp_path / "token")
    assert str(refusal.value) == f"{tmp_path / 'token'} T196 the token cannot be read: No such file or directory."


@pytest.mark.parametrize(
    ("shown", "status"),
    [({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": TOKEN}, 401),
     ({"Authorization": f"Basic {TOKEN}"}, 401), ({"Authorization": f"Bearer {TOKEN}"}, 200)],
)  # fmt: skip
def test_a_token_is_asked_for(two_tokens, shown, status):
    answer = two_tokens.ask("/v1/predict", RECORD, headers=shown)

    assert answer.status == status
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json["error"]["message"] == "the token is missing or wrong. Send Authorization: Bearer TOKEN."


def test_the_token_of_clients_opens_nothing_to_administrators(two_tokens):
    def status(path, token, method="GET"):
        return two_tokens.ask(path, method=method, headers={"Authorization": f"Bearer {token}"}).status

    assert status("/admin/reload", TOKEN, "POST") == 401
    assert status("/admin/reload", TOKEN[::-1], "POST") == 200
    assert status("/metrics", TOKEN[::-1]) == 200
    assert two_tokens.ask("/healthz").status == two_tokens.ask("/readyz").status == 200
    assert two_tokens.ask("/metrics").status == 401


@pytest.fixture(scope="module")
def two_tokens(two_versions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokens")
    (folder / "client").write_text(TOKEN + "\n")
    (folder / "admin").write_text(TOKEN[::-1])
    files = ("--token-file", str(folder / "client"), "--admin-token-file", str(folder / "admin"))
    with serving(two_versions, "--set", "serve.log=false", *files) as running:
        yield running


def test_a_server_that_is_stopped_answers_what_it_accepted_and_ends_well(project):
    statuses = []

    def client(running, has_begun):
        with running.connect() as connection:
            try:
                while True:
                    statuses.append(ask(connection, "/v1/predict", {"records": [RECORD] * 20}).status)
                    has_begun.set()
            except OSError as closed:  # between two requests
                statuses.append(type(closed).__name__)

    with serving(project) as running:
        stop_under_load(running, client)

    answered = statuses.count(200)
    assert set(statuses) <= {
        200,
        503,
        "RemoteDisconnected",
        "ConnectionRefusedError",
        "ConnectionResetError",
        "BrokenPipeError",
    }
    logged = sum(len(path.read_bytes().splitlines()) for path in (project / ".transom" / "log").iterdir())
    assert logged >= answered * 20


def sent(served, content):
    """What the server says to bytes after which the client sends no more."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        try:
            return connection.recv(1 << 16)
        except ConnectionResetError:
            return b""


HEAD = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /v1/predict",
        HEAD,
        HEAD + b"Content-Length: 500\r\n\r\n{",
        HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n",
    ],
)
def test_a_client_that_talks_nonsense_or_hangs_up_harms_nobody(served, content):
    answer = sent(served, content)

    assert not answer.startswith(b"HTTP/1.1 5")
    assert served.ask("/v1/predict", RECORD).status == 200


@pytest.mark.slow
def test_clients_that_say_nothing_keep_nobody_waiting(served):
    idle = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(200)]
    slow = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(20)]
    for each in slow:
        each.sendall(HEAD + b"Content-Length: 500\r\n\r\n{")

    assert served.ask("/v1/predict", RECORD).status == 200

    assert slow[0].recv(1 << 16).startswith(b"HTTP/1.1 408")  # when the time for a body is over
    idle[0].settimeout(60)
    assert idle[0].recv(1) == b""  # when the time for a head is over
    for each in idle + slow:
        each.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["id", "payloads", "records", "text", "tokens", "tasks", "served", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
RECORDS = st.fixed_dictionaries(
    {"payloads": st.fixed_dictionaries({}, optional={"text": JSON, "tokens": st.lists(JSON, max_size=4)})},
    optional={"id": JSON, "tags": JSON, "time": JSON},
)


@settings(max_examples=150)
@given(body=JSON.map(json.dumps) | RECORDS.map(json.dumps) | st.binary(max_size=60))
def test_whatever_is_asked_is_answered_or_refused_and_never_breaks_the_server(served, body):
    answer = served.ask("/v1/predict", raw=body)

    assert answer.status in {200, 400, 413, 422}
    assert b"Traceback" not in answer.body
    assert answer.status == 200 or answer.json["error"]["code"].startswith("T")


@pytest.mark.parametrize("more", [{"log": Logging(redact=("tekst",))}, {"policy": Canary(key="tekst"), "log": None}])
def test_a_server_does_not_start_with_a_setting_that_would_quietly_do_nothing(tmp_path, more):
    schema = Schema(payloads=(Singleton("text", "text"),), tasks=())
    with pytest.raises(UsageError) as refusal:
        require_names(Service(tmp_path, "moods", **more), schema)
    assert refusal.value.problem.message == (
        "deploy.yaml names 'tekst', which the version's records do not have. They have id, text. Did you mean text?"
    )


def test_the_help_needs_no_server(repository):
    done = subprocess.run(
        [sys.executable, "-m", "transom", "serve", "--help"],
        capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    assert "--token-file" in done.stdout


def test_the_body_of_an_answer_does_not_wait_for_its_head_to_be_confirmed():
    with listen(Address(port=0), Tokens()) as listening:
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def handlers():
    return [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]


def test_lookup_and_signals_are_given_back_where_the_log_cannot_be_brought_to_the_disk(
    two_versions, tmp_path, monkeypatch
):
    store = Path(shutil.copytree(two_versions / ".transom", tmp_path / "store"))
    with writing_lookup(store, About(1, "text", "2026-11-24T00:00:00Z")):
        pass
    applications, before = [], handlers()

    def full(_descriptor):
        raise OSError(errno.EIO, "Input/output error")

    @asynccontextmanager
    async def logged(app):
        applications.append(app)
        assert app.lookups.status()["lookup"]["version"] == 1
        assert handlers() != before
        app.answering.journal.log.append(b"{}\n")
        monkeypatch.setattr("os.fsync", full)
        raise KeyError("stop")
        yield

    with listen(Address(port=0), Tokens()) as listening:
        running = serve(Service(store, "moods"), load(store, 1, None), Entrance(listening, beside=logged), ready=print)
        with pytest.raises(OSError, match="Input/output error"):
            asyncio.run(running)
    assert applications[0].lookups.status() is None
    assert handlers() == before


def test_a_server_ends_where_a_signal_was_taken_outside_of_python(two_versions, monkeypatch):
    """Of a program that holds Python and has handlers in C, Python says that what was set before is None."""
    before, real = handlers(), signal.signal

    def of_c(number, handler):
        real(number, handler)

    @asynccontextmanager
    async def stopped(_app):
        raise KeyError("stop")
        yield

    monkeypatch.setattr("signal.signal", of_c)
    try:
        with listen(Address(port=0), Tokens()) as listening:
            service = Service(two_versions / ".transom", "moods", log=None)
            running = serve(service, load(service.store, 1, None), Entrance(listening, beside=stopped), ready=print)
            with pytest.raises(KeyError, match="stop"):
                asyncio.run(running)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        for each, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            real(each, handler)
