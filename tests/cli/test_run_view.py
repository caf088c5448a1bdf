import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from toy_stages import run_guarded, run_toys
from transom.cli.main import main
from transom.cli.run_view import RunsView
from transom.cli.screens import run_screen
from transom.cli.version_view import VersionView
from transom.cli.why_view import why_lines
from transom.evaluation.report import Report
from transom.pipeline.history import Why
from transom.pipeline.outcome import Run
from transom.pipeline.releases import Releases


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "text.txt").write_text("banana")
    run_toys(tmp_path, "a")
    run_toys(tmp_path, "n")
    run_toys(tmp_path, "n")
    return tmp_path


def shown(*parts):
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(*parts, sep="\n")
    return console.export_text()


def test_runs_name_the_stages_that_did_something(folder, capsys):
    assert main(["runs", str(folder)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0] == ["stages", "run", "started", "seconds", "version"]
    assert lines[2][:5] == ["cached", "up", "to", "train", "3"]  # be it the last stage, or where the run was killed
    assert lines[3][:4] == ["label", "extend", "train", "2"]
    assert lines[4][:5] == ["check", "label", "extend", "train", "1"]


def test_a_run_that_the_data_ended_says_so(folder, capsys):
    (folder / "text.txt").write_text("aaaaaaa")
    run_guarded(folder, "a")
    run_guarded(folder, "a")
    assert main(["runs", str(folder), "--limit", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split()[:3] == ["data", "refused", "5"]
    assert lines[3].split()[:5] == ["check", "label", "data", "refused", "4"]


def test_runs_as_json_are_one_document(folder, capsys):
    assert main(["runs", str(folder), "--limit", "2", "--json"]) == 0
    newest, second = json.loads(capsys.readouterr().out)
    assert (newest["run"], second["run"]) == (3, 2)
    assert {stage["status"] for stage in newest["stages"]} == {"cached"}


def test_why_says_every_change(folder, capsys):
    assert main(["why", "label", str(folder)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("label ran in run 2, ")
    assert 'schema.gold: ["a"] → ["n"]' in out


def test_why_of_a_stage_that_is_none_suggests_one(folder, capsys):
    assert main(["why", "trian", str(folder)]) == 2
    assert "T176" in capsys.readouterr().err


def test_what_never_ran_says_where_to_begin():
    assert shown(*why_lines("train", None)) == "train never ran here. Next: transom run --until train.\n"
    assert shown(RunsView(())) == "Nothing ran yet. Next: transom run.\n"


def test_the_first_time_is_a_reason_too():
    why = Why("check", 1, "ran", "2026-11-21T09:30:00+00:00", 1.25, "it never ran here", ())
    assert shown(*why_lines("check", why)) == "check ran in run 1, 2026-11-21 09:30, in 1.2 s:\n it never ran here\n"


def test_advice_names_the_project_as_it_was_given() -> None:
    project = Path("my project")
    assert shown(*why_lines("train", None, project)).endswith("Next: transom run 'my project' --until train.\n")
    assert shown(RunsView((), project)) == "Nothing ran yet. Next: transom run 'my project'.\n"
    assert shown(VersionView(Releases((), (), 0), project)) == "No version yet. Next: transom run 'my project'.\n"
    run = Run(Report(()), (), (), (), (), 0, None, 3)
    assert "Next: transom errors 'my project', predict 'my project'." in shown(*run_screen(run, project))
