"""Runs that are killed at any moment: the next one completes, and comes to the very same bytes.

`make faults` kills 200 runs or more (FAULTS=n says how many); the suite kills ten.
"""

import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cached_project import replaced, write_project
from transom.errors import UsageError
from transom.export.objects import digests, get
from transom.pipeline.datasets import content_of, datasets_of
from transom.pipeline.lifecycle import run

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("FAULTS", "10"))
RUN = (sys.executable, "-m", "transom", "run", "--json")
OF_THE_MOMENT = ("made", "version")


@pytest.fixture(scope="module")
def run_server():
    """Runs the life cycle of a folder for at most so many seconds; gives the exit code and the seconds it took."""
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("run_server.py"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    def ask(folder, seconds=math.inf):
        server.stdin.write(f"{seconds} {folder}\n")
        server.stdin.flush()
        code, took = server.stdout.readline().split()
        return int(code), float(took)

    with server:
        assert server.stdout.readline() == "ready\n"
        yield ask
        server.stdin.close()


@pytest.fixture(scope="module")
def undisturbed(run_server, tmp_path_factory):
    """A project, the bytes of the version that a run without disturbance comes to, and how long it takes."""
    folder = write_project(tmp_path_factory.mktemp("undisturbed") / "project")
    code, seconds = run_server(folder)
    assert code == 0, output_of(folder)
    return folder, content_of_version(folder, 1), seconds


def output_of(folder: Path) -> str:
    return folder.with_name(f"{folder.name}.out").read_text()


def content_of_version(folder: Path, number: int) -> dict[str, bytes]:
    """Every byte of a version that does not say when it was made and which number it has."""
    version = folder / ".transom" / "versions" / str(number)
    files = {path.relative_to(version).as_posix(): path.read_bytes() for path in version.rglob("*") if path.is_file()}
    manifest = json.loads(files.pop("manifest.json"))
    manifest["about"] = {key: value for key, value in manifest["about"].items() if key not in OF_THE_MOMENT}
    return {**files, "manifest": json.dumps(manifest, sort_keys=True).encode()}


def only_whole_things_are_visible(store: Path) -> None:
    for digest in digests(store / "objects"):
        get(store / "objects", digest)
    for dataset in datasets_of(store).glob("[!.]*"):
        assert content_of(dataset) == dataset.name
    for version in (store / "versions").glob("[!.]*"):
        assert (version / "manifest.json").is_file()


def test_a_killed_run_leaves_nothing_half_done_and_the_next_one_comes_to_the_same_bytes(
    run_server, undisturbed, tmp_path
):
    original, expected, seconds = undisturbed
    draw = random.Random(KILLS)
    folder = tmp_path / "project"
    n_killed = n_finished = 0
    while n_killed < KILLS or folder.exists():
        if not folder.exists():
            shutil.copytree(original, folder, ignore=shutil.ignore_patterns(".transom"))
        code, _ = run_server(folder, draw.uniform(0, seconds) if n_killed < KILLS else math.inf)
        only_whole_things_are_visible(folder / ".transom")
        if code == -signal.SIGKILL:
            n_killed += 1
            continue
        assert code == 0, output_of(folder)
        assert content_of_version(folder, 1) == expected
        assert [path.name for path in (folder / ".transom" / "versions").glob("[!.]*")] == ["1"]
        n_finished += 1
        shutil.rmtree(folder)
        print(f"{n_killed} runs were killed, {n_finished} finished with the same bytes", flush=True)


def test_eight_runs_at_once_are_all_right_and_do_the_work_once(undisturbed, tmp_path):
    original, expected, _ = undisturbed
    folder = shutil.copytree(original, tmp_path / "project", ignore=shutil.ignore_patterns(".transom"))
    running = [subprocess.Popen([*RUN, str(folder)], stdout=subprocess.PIPE, text=True) for _ in range(8)]
    answers = [json.loads(process.communicate()[0]) for process in running]
    assert {answer["version"] for answer in answers} == {1}
    assert content_of_version(folder, 1) == expected
    trained = [stage["status"] for answer in answers for stage in answer["stages"] if stage["stage"] == "train"]
    assert sorted(trained) == ["cached"] * 7 + ["ran"]
    assert all(answer["rows"] == answers[0]["rows"] for answer in answers)


def test_two_runs_at_once_with_other_settings_do_not_disturb_each_other(undisturbed, tmp_path):
    original, expected, _ = undisturbed
    folder = shutil.copytree(original, tmp_path / "project", ignore=shutil.ignore_patterns(".transom"))
    commands = [[*RUN, str(folder), "--set", f"training.seed={seed}"] for seed in (3, 4)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    versions = [json.loads(process.communicate()[0])["version"] for process in running]
    assert sorted(versions) == [1, 2]
    found = content_of_version(folder, versions[0])
    judged = ("verdict.json", "lineage.json", "manifest")  # what is live when the gate judges is chance here
    assert {name: each for name, each in found.items() if name not in judged} == {
        name: each for name, each in expected.items() if name not in judged
    }


def test_an_interrupted_run_says_so_and_goes_on_the_next_time(undisturbed, tmp_path):
    original, expected, _ = undisturbed
    folder = shutil.copytree(original, tmp_path / "project", ignore=shutil.ignore_patterns(".transom"))
    process = subprocess.Popen([*RUN, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (folder / ".transom" / "objects").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.splitlines()[-1].startswith("Interrupted.")
    assert "Traceback" not in errors
    only_whole_things_are_visible(folder / ".transom")
    out = subprocess.run([*RUN, str(folder)], capture_output=True, text=True, check=True).stdout
    assert content_of_version(folder, json.loads(out)["version"]) == expected


def test_data_that_change_while_they_are_read_are_noticed(tmp_path):
    folder = write_project(tmp_path / "project", n_rows=20_000)
    edits = [replaced("data/all.jsonl", '"price": 1', '"price": 2')]
    said = []

    def told(what, _share):
        if what.startswith("read ") and edits:
            said.append(what)
            edits.pop()(folder)

    with pytest.raises(UsageError) as refusal:
        run(folder, until="check", progress=told)
    assert said != ["read 20,000 lines"], "it changes between the first line and the last"
    assert refusal.value.problem.message == "data/all.jsonl changed while the stage 'check' ran. Run again."
