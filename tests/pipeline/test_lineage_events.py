"""Runs that are listened to by OpenLineage's own client, with its transports to a file and to a server."""

import json
import shutil
import sys
import threading
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import pytest
import yaml

from cached_project import replaced, write_project
from transom.errors import ProjectError
from transom.export.executions import Execution, last_executions
from transom.pipeline import openlineage_sender
from transom.pipeline.lifecycle import run
from transom.pipeline.lineage_events import listening
from transom.pipeline.openlineage_sender import is_asked_for, open_sender
from transom.pipeline.reuse import Reuse
from transom.pipeline.workspace import open_workspace

STAGES = ("check", "statistics", "label")


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """A project with a store that knows nothing but what transom's own sources say, which takes seconds to read."""
    folder = write_project(tmp_path_factory.mktemp("warm") / "project")
    run(folder, until="check")
    for path in (folder / ".transom").glob("store.db*"):
        path.unlink()
    return folder


@pytest.fixture
def project(warm, tmp_path):
    return shutil.copytree(warm, tmp_path / "project")


@pytest.fixture
def send_to(tmp_path, monkeypatch):
    """A function that says where events go, in a file of the client."""

    def say(**transport):
        (tmp_path / "openlineage.yml").write_text(yaml.safe_dump({"transport": transport}))
        monkeypatch.setenv("OPENLINEAGE_CONFIG", str(tmp_path / "openlineage.yml"))

    return say


@pytest.fixture
def events(send_to, tmp_path):
    """A function that gives the events in the file since it was called last."""
    file = tmp_path / "events.jsonl"
    send_to(type="file", log_file_path=str(file), append=True)

    def read():
        found = [json.loads(line) for line in file.read_text().splitlines()]
        file.unlink()
        return found

    return read


def states(found):
    return [(event["eventType"], event["job"]["name"].removeprefix("project").removeprefix(".")) for event in found]


def event_of(found, state, stage):
    (event,) = [each for each in found if each["eventType"] == state and each["job"]["name"] == f"project.{stage}"]
    return event


def named(data):
    """Data sets by name, and what is in them."""
    return [(each["name"], each["facets"]["version"]["datasetVersion"]) for each in data]


def facets_of(event):
    return event["run"]["facets"]


@pytest.mark.slow
def test_every_stage_begins_and_ends_within_the_run(project, events):
    run(project, until="label")
    found = events()
    inside = [(state, stage) for stage in STAGES for state in ("START", "COMPLETE")]
    assert states(found) == [("START", ""), *inside, ("COMPLETE", "")]
    whole = found[0]["run"]["runId"]
    assert found[-1]["run"]["runId"] == whole
    for event in found[1:-1]:
        parent = facets_of(event)["parent"]
        assert (parent["run"]["runId"], parent["job"]["name"]) == (whole, "project")
    assert {event["job"]["namespace"] for event in found} == {"transom"}
    assert {event["producer"] for event in found} == {f"urn:transom:{version('transom')}"}
    assert set(Counter(event["run"]["runId"] for event in found).values()) == {2}


@pytest.mark.slow
def test_a_stage_that_is_found_damaged_and_run_again_is_two_runs_of_its_job(project, events):
    run(project, until="label")
    events()
    check = last_executions(project / ".transom")["check"].outputs[0]
    (project / ".transom" / "objects" / check[:2] / check[2:]).write_bytes(b"damaged")
    run(project, until="label", reuse=Reuse(force=("label",)))
    found = [event for event in events() if event["job"]["name"] == "project.check"]
    assert [event["eventType"] for event in found] == ["START", "COMPLETE"] * 2
    assert list(Counter(event["run"]["runId"] for event in found).values()) == [2, 2]


@pytest.mark.slow
def test_an_event_says_why_and_from_what_data_by_their_fingerprints(project, events):
    run(project, until="label")
    replaced("data/all.jsonl", "free", "fred")(project)
    run(project, until="label")
    found = events()[2 * len(STAGES) + 2 :]
    check, label = (event_of(found, "COMPLETE", stage) for stage in ("check", "label"))
    about = facets_of(check)["transom"]
    assert (about["run"], about["status"], about["why"]) == (2, "ran", "data/all.jsonl changed")
    (file,) = check["inputs"]
    assert (file["namespace"], file["name"]) == ("file", str(project / "data" / "all.jsonl"))
    assert len(file["facets"]["version"]["datasetVersion"]) == 64
    (given,) = named(check["outputs"])
    assert given[0] == "project.check"
    assert given in named(label["inputs"])
    assert str(project / "facts.csv") in dict(named(label["inputs"]))
    assert facets_of(label)["transom"]["settings"]["sources.free.vote"] == '"spam"'


def test_a_stage_that_is_found_is_told_as_cached(project, events):
    run(project, until="check")
    events()
    run(project, until="check")
    found = events()
    assert states(found) == [("START", ""), ("START", "check"), ("COMPLETE", "check"), ("COMPLETE", "")]
    assert facets_of(found[2])["transom"]["status"] == "cached"


def test_a_stage_that_fails_says_what_went_wrong_and_so_does_the_run(project, events):
    (project / "data" / "all.jsonl").write_text('{"id": 3}\n')
    with pytest.raises(ProjectError) as raised:
        run(project, until="label")
    found = events()
    assert states(found) == [("START", ""), ("START", "check"), ("FAIL", "check"), ("FAIL", "")]
    for event in found[2:]:
        assert facets_of(event)["errorMessage"]["message"] == raised.value.problem.message


def test_data_that_end_a_run_are_a_stage_that_fails(project, events):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with listening(open_workspace(project)) as listener:
        listener.observe(Execution(1, "guard", "k", {}, "refused", moment, 0.0, "payload price drifted"))
    found = events()
    assert states(found) == [("START", ""), ("START", "guard"), ("FAIL", "guard"), ("COMPLETE", "")]
    assert facets_of(found[2])["errorMessage"]["message"] == "payload price drifted"


@pytest.mark.slow
def test_the_version_is_what_comes_of_the_run(project, events):
    done = run(project)
    found = events()
    folder = str(project / ".transom" / "versions" / "1")
    assert (folder, str(done.version)) in named(event_of(found, "COMPLETE", "register")["outputs"])
    assert named(found[-1]["outputs"]) == [(folder, str(done.version))]
    assert {name.rpartition("/")[2] for name, _ in named(found[-1]["inputs"])} >= {"all.jsonl", "facts.csv"}
    known = {data["name"] for event in found[:-1] for data in event["outputs"]}
    assert {data["name"] for event in found[1:-1] for data in event["inputs"] if data["namespace"] != "file"} <= known
    moved = project.rename(project.with_name("moved"))
    assert {record.status for record in run(moved).stages} == {"cached", "skipped"}
    assert named(events()[-1]["outputs"]) == [(str(moved / ".transom" / "versions" / "1"), "1")]


def test_who_interrupts_a_run_aborts_it(project, events):
    def told(*_said):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(project, until="check", progress=told)
    assert states(events()) == [("START", ""), ("START", "check"), ("ABORT", "")]


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    def do_POST(self):
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments):
        pass


def test_a_server_gets_the_events_as_they_happen(project, send_to):
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.bodies = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        send_to(type="http", url=f"http://127.0.0.1:{server.server_port}", compression=None)
        done = run(project, until="check")
        server.shutdown()
    assert states(server.bodies) == [("START", ""), ("START", "check"), ("COMPLETE", "check"), ("COMPLETE", "")]
    assert done.warnings == ()


def test_a_server_that_is_dead_breaks_no_run_and_is_asked_once(project, send_to):
    send_to(type="http", url="http://127.0.0.1:9", timeout=1, retry={"total": 0})
    (warning,) = run(project, until="check").warnings
    assert (warning.code, warning.severity) == ("T214", "warning")
    assert warning.message.startswith("OpenLineage events of this run were not sent: ConnectionError: ")


def test_an_unknown_transport_breaks_no_run(project, send_to):
    send_to(type="pigeon")
    (warning,) = run(project, until="check").warnings
    assert warning.message.startswith("OpenLineage events of this run were not sent: ")


def test_a_missing_client_is_a_warning_that_names_the_command(project, send_to, monkeypatch):
    send_to(type="console")
    monkeypatch.setitem(sys.modules, "openlineage.client", None)
    with listening(open_workspace(project)) as listener:
        pass
    assert [problem.message for problem in listener.problems] == [
        "OpenLineage events of this run were not sent: OPENLINEAGE_* or openlineage.yml needs the package "
        "'openlineage-python', which is not installed. Run: pip install 'transom[openlineage]'."
    ]


def test_where_nobody_asks_for_events_nothing_is_imported(tmp_path, monkeypatch):
    monkeypatch.setattr(openlineage_sender.importlib, "import_module", None)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_sender({"OPENLINEAGE_NAMESPACE": "mine"}, tmp_path) is None


@pytest.mark.parametrize(
    ("environment", "is_asked"),
    [
        ({}, False),
        ({"OPENLINEAGE_URL": "http://here"}, True),
        ({"OPENLINEAGE__TRANSPORT__TYPE": "console"}, True),
        ({"OPENLINEAGE_URL": "http://here", "OPENLINEAGE_DISABLED": " True"}, False),
    ],
)
def test_the_environment_asks_for_events_as_the_client_reads_it(environment, is_asked, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert is_asked_for(environment, tmp_path) == is_asked
    (tmp_path / "openlineage.yml").write_text("transport: {type: console}\n")
    assert is_asked_for(environment, tmp_path) == (environment.get("OPENLINEAGE_DISABLED") is None)
