"""What a user sees of a project with mistakes."""

import errno
import json
import os

import pytest

from transom.cli.main import main
from transom.pipeline.start import init


@pytest.fixture
def project(tmp_path, monkeypatch):
    init(tmp_path / "tickets")
    monkeypatch.chdir(tmp_path / "tickets")
    return tmp_path / "tickets"


def edit(project, name, old, new):
    path = project / name
    text = path.read_text()
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1))


def seven_mistakes(project):
    """Plants them, and gives the file and line of each."""
    edit(project, "schema.yaml", "type: multiclass", "type: multiclas")
    edit(project, "schema.yaml", "{tag: angry}", "{tagg: angry}")
    edit(project, "sources.yaml", "vote: billing", "vote: biling")
    edit(project, "sources.yaml", "on: text, vote: delivery", "on: txt, vote: delivery")
    edit(project, "model.yaml", "# training: {seed: 0}", "training: {sed: 0}")
    lines = (project / "data" / "tickets.jsonl").read_text().splitlines()
    lines[4] = lines[4].replace('"payloads"', '"payload"')
    lines[9] = lines[9][:-1]
    (project / "data" / "tickets.jsonl").write_text("\n".join(lines) + "\n")


def test_check_reports_exactly_the_seven_planted_mistakes(project, capsys):
    seven_mistakes(project)
    assert main(["check", "--json"]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [(problem["file"], problem["line"]) for problem in problems] == [
        ("schema.yaml", 8),
        ("schema.yaml", 12),
        ("sources.yaml", 5),
        ("sources.yaml", 6),
        ("model.yaml", 4),
        ("data/tickets.jsonl", 5),
        ("data/tickets.jsonl", 10),
    ]


def test_run_refuses_the_same_folder_and_names_every_mistake_in_its_settings(project, capsys):
    seven_mistakes(project)
    assert main(["run"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    places = [":".join(line.split()[1].split(":")[:2]) for line in captured.err.splitlines()]
    assert places == ["schema.yaml:8", "schema.yaml:12", "sources.yaml:5", "sources.yaml:6", "model.yaml:4"]


def test_of_very_many_mistakes_the_first_are_named_and_the_rest_counted(project, capsys):
    rules = "".join(f"  r{number}: {{task: queue, keywrds: [a], on: text, vote: billing}}\n" for number in range(25))
    (project / "sources.yaml").write_text(f"sources:\n{rules}")
    assert main(["label"]) == 2
    *lines, last = capsys.readouterr().err.splitlines()
    assert len(lines) == 20
    assert last.startswith("… and ")
    assert last.endswith(" more: transom check")


def test_run_in_json_prints_the_error_alone(project, capsys):
    edit(project, "model.yaml", "# training: {seed: 0}", "training: {sed: 0}")
    assert main(["run", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) == {"code", "message", "file", "line", "column"}
    assert (error["file"], error["line"]) == ("model.yaml", 4)


def test_a_right_project_checks_with_exit_code_0(project, capsys):
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "No problem · 72 examples\n"


@pytest.mark.slow
def test_a_broken_data_line_stops_a_run_unless_it_is_skipped(project, capsys):
    lines = (project / "data" / "tickets.jsonl").read_text().splitlines()
    (project / "data" / "tickets.jsonl").write_text("\n".join([*lines[:9], lines[9][:-1], *lines[10:]]) + "\n")
    assert main(["run", "--until", "label"]) == 2
    assert capsys.readouterr().err.startswith("transom: data/tickets.jsonl:10 T0")
    assert main(["run", "--until", "label", "--skip-bad-lines", "--json"]) == 0
    run = json.loads(capsys.readouterr().out)
    assert run["n_refused"] == 1
    refused = (project / ".transom" / "refused-lines.jsonl").read_text().splitlines()
    assert [json.loads(line)["line"] for line in refused] == [10]


def test_an_unknown_verb_is_the_users_mistake(capsys):
    assert main(["tunne"]) == 2
    assert capsys.readouterr().err == (
        "transom: T170 No such command 'tunne'. Did you mean 'tune'? Run: transom --help.\n"
    )


def test_an_unknown_option_names_the_help_of_its_verb(capsys):
    assert main(["run", "--foo"]) == 2
    assert capsys.readouterr().err == (
        "transom: T170 No such option: --foo (Possible options: --force). Run: transom run --help.\n"
    )


def test_an_unknown_stage_suggests_the_nearest(project, capsys):
    assert main(["run", "--until", "lable"]) == 2
    assert capsys.readouterr().err == (
        "transom: T176 'lable' is not a stage. Stages: check, statistics, label, extend, train, evaluate, export, "
        "validate, gate, register. Did you mean label?\n"
    )


def test_predict_before_any_run_says_what_to_run(project, capsys):
    assert main(["predict", str(project / "data" / "tickets.jsonl")]) == 2
    assert "T147 there is no version yet. Run: transom run." in capsys.readouterr().err


def test_a_project_without_data_says_where_to_put_it(project, capsys):
    (project / "data" / "tickets.jsonl").unlink()
    assert main(["run"]) == 2
    assert capsys.readouterr().err.endswith(
        "T151 the project has no data. Put *.jsonl, *.jsonl.gz or *.parquet files into its folder 'data'.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["init", "{file}/x"], "{file}/x"),
        (["init", "/proc/x"], "/proc/x"),
        (["emit", "github", "{project}", "--out", "/proc/x.yaml"], "/proc/x.yaml"),
        (["emit", "github", "{project}", "--out", "{file}/x"], "{file}"),
        (["schema", "{project}"], "{project}/.transom/json-schemas"),
    ],
)
def test_a_place_that_cannot_be_used_is_no_bug(project, capsys, arguments, place):
    (project / ".transom").mkdir()
    (project / ".transom" / "json-schemas").touch()
    places = {"file": project / "schema.yaml", "project": project}
    assert main([each.format(**places) for each in arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"transom: {place.format(**places)} T242 it cannot be read or written: ")
    assert said.endswith(". Make room, or name a place where that can be.\n")


NO_TEXT = os.fsdecode(b"w\xff")


@pytest.mark.parametrize("verb", ["check", "label", "run"])
def test_a_project_whose_name_is_no_text_is_refused(project, capsys, verb):
    other = project.rename(project.with_name(NO_TEXT))
    assert main([verb, str(other)]) == 2
    assert capsys.readouterr().err == f"transom: T242 the name {str(other)!r} is not UTF-8. Rename it.\n"


@pytest.mark.parametrize("verb", ["check", "label"])
def test_a_data_file_whose_name_is_no_text_is_refused(project, capsys, verb):
    (project / "data" / "tickets.jsonl").rename(project / "data" / f"{NO_TEXT}.jsonl")
    assert main([verb, str(project), "--json"]) == 2
    said = json.loads(capsys.readouterr().out)["error"]
    assert (said["code"], said["message"]) == (
        "T242",
        f"the name {str(project / 'data' / f'{NO_TEXT}.jsonl')!r} is not UTF-8. Rename it.",
    )


def fail_with(error):
    def explain(_code):
        raise error

    return explain


def test_a_full_disk_is_no_bug_where_the_system_names_no_file(capsys, monkeypatch):
    monkeypatch.setattr("transom.pipeline.explain.explain", fail_with(OSError(errno.ENOSPC, "No space left on device")))
    assert main(["explain", "T001"]) == 2
    assert capsys.readouterr().err == (
        "transom: T242 a file cannot be read or written: No space left on device. "
        "Make room, or name a place where that can be.\n"
    )


def test_what_the_system_refuses_without_a_place_is_a_bug(capsys, monkeypatch):
    monkeypatch.setattr("transom.pipeline.explain.explain", fail_with(PermissionError(errno.EPERM, "Not permitted")))
    assert main(["explain", "T001"]) == 70
    assert "PermissionError" in capsys.readouterr().err


def test_a_bug_is_a_traceback_and_exit_code_70(project, capsys, monkeypatch):
    monkeypatch.setattr("transom.pipeline.explain.explain", lambda _code: 1 / 0)
    assert main(["explain", "T001"]) == 70
    assert "ZeroDivisionError" in capsys.readouterr().err
