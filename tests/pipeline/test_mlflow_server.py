"""A version in MLflow, read back by MLflow's own client from a database and, where there is one, from a real server."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from transom.errors import ArtifactError, MissingExtraError
from transom.export.aliases import Reason, promote
from transom.export.layout import folder_of
from transom.export.store import register
from transom.pipeline.mlflow_server import metrics_of, params_of, push_to_mlflow
from transom.pipeline.pushing import Pushed, push

REASON = Reason("ada", datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
SETTINGS = {"use_gold": "auto", "extend": None, "training": {"seed": 3, "l1": 0.0}, "decisions": {}}
ROW = {"task": "spam", "split": "test", "tag": "*", "stage": "model", "metric": "accuracy", "value": 0.75}
ROWS = [ROW, {**ROW, "tag": "slice:short", "value": 0.5}, {**ROW, "stage": "baseline:linear", "value": None}]


def register_version(store, project, rows=ROWS):
    files = {
        "report.json": json.dumps({"rows": rows}).encode(),
        "settings.json": json.dumps(SETTINGS).encode(),
        "weights": b"\x01\x02",
    }
    return register(store, files, {"project": project}, REASON)


@pytest.fixture
def store(tmp_path, request):
    """A store whose only version is of a project that is named as the test is."""
    register_version(tmp_path / "store", request.node.name)
    return tmp_path / "store"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The folder of a database, whose tables take MLflow some seconds to make, and a client that reads it."""
    folder = tmp_path_factory.mktemp("mlflow") / "größe 100%"
    return str(folder), client_of(f"sqlite:///{folder / 'mlflow.db'}")


def client_of(address):
    """MLflow's client, made where it is used: its database is there only after the first push."""
    import mlflow

    return lambda: mlflow.MlflowClient(address)


def read_back(client, name):
    """The only run of the experiment, and the versions of the model by MLflow's number."""
    experiment = client.get_experiment_by_name(name)
    (run,) = client.search_runs([experiment.experiment_id])
    return run, {each.version: each for each in client.search_model_versions(f"name = '{name}'")}


def aliases_in(client, name):
    return {alias: str(number) for alias, number in client.get_registered_model(name).aliases.items()}


def check_server(address, client, store, name, tmp_path):
    """Pushes a version twice, and finds all of it there once."""
    assert push_to_mlflow(store, 1, address) == push_to_mlflow(store, 1, address) == f"models:/{name}/1"
    run, versions = read_back(client(), name)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "version 1")
    assert run.info.start_time == REASON.when.timestamp() * 1000
    assert run.data.metrics == {"spam/test/model/accuracy": 0.75, "spam/test/slice:short/model/accuracy": 0.5}
    assert run.data.params == {"use_gold": "auto", "training.seed": "3", "training.l1": "0.0"}
    assert run.data.tags["transom.version"] == "1"
    there = client().download_artifacts(run.info.run_id, "version", str(tmp_path))
    files = {path.name: path.read_bytes() for path in folder_of(store, 1).iterdir()}
    assert {path.name: path.read_bytes() for path in Path(there).iterdir()} == files
    assert [(each.run_id, each.tags) for each in versions.values()] == [(run.info.run_id, {"transom.version": "1"})]
    assert versions.keys() == {client().get_model_version_by_alias(name, "live").version}


def asks_mlflow(test):
    """Some seconds for MLflow's client, and no word of what it warns of about its own libraries."""
    return pytest.mark.slow(pytest.mark.filterwarnings("ignore")(test))


@asks_mlflow
def test_a_version_is_a_run_and_a_version_of_a_model_however_often_it_is_pushed(store, server, tmp_path):
    name = "test_a_version_is_a_run_and_a_version_of_a_model_however_often_it_is_pushed"
    check_server(*server, store, name, tmp_path / "there")


@asks_mlflow
def test_aliases_follow_those_of_the_store_but_for_names_that_mlflow_keeps(store, server, request):
    address, client = server
    register_version(store, request.node.name, rows=[])
    promote(store, 2, REASON, alias="latest")
    promote(store, 2, REASON, alias="a.b")
    push_to_mlflow(store, 1, address)
    push_to_mlflow(store, 2, address)
    assert aliases_in(client(), request.node.name) == {"live": "1", "candidate": "2", "a-b": "2"}
    promote(store, 2, REASON)
    push_to_mlflow(store, 2, address)
    assert aliases_in(client(), request.node.name)["live"] == "2"


@asks_mlflow
def test_a_push_that_was_cut_off_is_completed_in_the_same_run(store, server, request, monkeypatch):
    address, client = server
    with monkeypatch.context() as patched:
        patched.setattr("mlflow.MlflowClient.log_artifacts", cut_off)
        with pytest.raises(ArtifactError) as raised:
            push_to_mlflow(store, 1, address)
    assert str(raised.value) == f"{address} T213 MLflow did not take the version: the line is cut"
    push_to_mlflow(store, 1, address)
    run, versions = read_back(client(), request.node.name)
    assert run.info.status == "FINISHED"
    assert len(client().get_metric_history(run.info.run_id, "spam/test/model/accuracy")) == 1
    assert len(versions) == 1


@asks_mlflow
def test_the_verb_pushes_to_what_follows_mlflow(store, server, request):
    pushed = push(store.parent, "live", f"mlflow:{server[0]}", store=store)
    assert pushed == Pushed(1, f"models:/{request.node.name}/1")


@asks_mlflow
def test_a_server_that_is_not_there_is_an_error(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(ArtifactError, match=r"^http://127.0.0.1:9 T213 MLflow did not take the version: .*refused"):
        push_to_mlflow(store, 1, "http://127.0.0.1:9")


@asks_mlflow
def test_a_real_server_takes_it_too(store, tmp_path):
    """In an environment of MLflow's own: the package of its client has no server."""
    python = os.environ.get("TRANSOM_MLFLOW_PYTHON")
    if python is None:
        pytest.skip("TRANSOM_MLFLOW_PYTHON names no Python that has it; `make orchestrators` installs it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = [python, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    places = ["--backend-store-uri", f"sqlite:///{tmp_path}/a.db", "--artifacts-destination", f"{tmp_path}/files"]
    process = subprocess.Popen([*line, *places], stderr=subprocess.PIPE, text=True)
    try:
        for said in process.stderr:
            if "startup complete" in said:
                break
        address = f"http://127.0.0.1:{port}"
        assert urllib.request.urlopen(f"{address}/health").status == 200
        check_server(address, client_of(address), store, "test_a_real_server_takes_it_too", tmp_path / "there")
    finally:
        process.terminate()
        process.communicate()


def cut_off(*_arguments):
    raise OSError("the line is cut")


def test_names_are_those_that_mlflow_takes_and_numbers_are_finite():
    rows = [{**ROW, "tag": "video:Psy + größe", "metric": "f1:A|B"}, {**ROW, "value": float("nan")}]
    assert metrics_of(rows) == {"spam/test/video:Psy _ gr__e/model/f1:A_B": 0.75}


def test_settings_that_are_lists_are_written_as_json():
    assert params_of({"search": {"choices": ["a", "b"]}, "decisions": {}}) == {"search.choices": '["a","b"]'}


def test_a_missing_client_is_named_with_the_command_that_installs_it(store, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingExtraError) as raised:
        push_to_mlflow(store, 1, "http://127.0.0.1:9")
    assert str(raised.value) == (
        "T160 the address 'mlflow:http://127.0.0.1:9' needs the package 'mlflow-skinny', which is not installed. "
        "Run: pip install 'transom[mlflow]'."
    )
