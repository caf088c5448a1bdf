import gzip
import json
from datetime import UTC, datetime

import pytest

from transom.cli.forgotten_view import forgotten_lines
from transom.cli.main import main
from transom.data.dataset import frame
from transom.errors import ArtifactError, UsageError
from transom.export.aliases import Reason
from transom.export.executions import Execution
from transom.export.layout import folder_of
from transom.export.lineage import LINEAGE, lineage_file
from transom.export.objects import put
from transom.export.store import open_version, register
from transom.pipeline.check import check
from transom.pipeline.forgetting import Holder, forget
from transom.pipeline.ingesting import ingest_project
from transom.pipeline.request import Request
from transom.pipeline.workspace import open_workspace

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def line(name):
    return json.dumps({"id": name, "payloads": {"text": f"private words of {name}"}}) + "\n"


RECORDED = json.dumps({"id": "0", "payloads": {"text": "private words of b", "other": None}}) + "\n" + line("0")


@pytest.fixture
def project(tmp_path):
    """A project with examples a, b, c; its store has a dataset, an object, a log, and a version made from the data."""
    folder = tmp_path / "größe #1"
    (folder / "data").mkdir(parents=True)
    (folder / "schema.yaml").write_text(
        "payloads: {text: {type: singleton, value: text}}\n"
        "tasks: {kind: {payload: text, type: multiclass, classes: [x, y]}}\n"
    )
    (folder / "data" / "d.jsonl").write_text(line("a") + line("b") + line("c"))
    store = folder / ".transom"
    ingest_project(Request(open_workspace(folder)))
    put(store / "objects", b"private words of b")
    (store / "log").mkdir()
    (store / "log" / "1.jsonl").write_text(line("b") + line("c") + line("b"))
    (store / "refused-lines.jsonl").write_text(json.dumps({"text": line("b")[:-5]}) + "\n")
    made = Execution(1, "check", "k", {"data:data/d.jsonl": "0"}, "ran", NOW, 1.0, "first")
    register(store, {LINEAGE: lineage_file([made]), "recorded.jsonl": RECORDED.encode()}, {}, Reason("ada", NOW))
    return folder


def held_in(folder, words):
    """The files that hold the words."""
    return sorted(
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and words.encode() in file.read_bytes()
    )


def test_an_example_is_gone_from_datasets_cache_objects_and_log(project):
    done = forget("b", project, now=NOW)
    assert done.n_log_lines == 2
    assert held_in(project, "private words of b") == [".transom/versions/1/recorded.jsonl", "data/d.jsonl"]
    assert "private words of c" in (project / ".transom" / "log" / "1.jsonl").read_text()


def test_the_owners_files_are_listed_and_only_rewritten_when_asked(project):
    before = (project / "data" / "d.jsonl").read_text()
    assert forget("b", project).data_files == (Holder("data/d.jsonl", 1, is_erased=False),)
    assert (project / "data" / "d.jsonl").read_text() == before
    assert forget("b", project, rewrite_data=True).data_files == (Holder("data/d.jsonl", 1, is_erased=True),)
    assert (project / "data" / "d.jsonl").read_text() == line("a") + line("c")


def test_versions_that_learned_from_it_and_records_in_them_are_named(project):
    done = forget("b", project)
    assert done.versions == (1,)
    assert done.recorded == (str(folder_of(project / ".transom", 1) / "recorded.jsonl"),)
    assert open_version(project / ".transom").about["version"] == 1


def test_a_forgotten_example_does_not_come_back_silently(project):
    forget("b", project)
    examples = ingest_project(Request(open_workspace(project)))
    assert frame(examples.dataset, ["id"])["id"].to_list() == ["a", "c"]
    assert [warning.code for warning in examples.warnings] == ["T165"]
    assert [warning.code for warning in check(project).warnings] == ["T165"]


def test_what_is_kept_says_who_when_and_why_but_not_which(project, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    for name in ("b", "b", "c"):
        forget(name, project, why="asked to", now=NOW)
    kept = [json.loads(row) for row in (project / ".transom" / "forgotten.jsonl").read_text().splitlines()]
    assert [sorted(row) for row in kept] == [["sha256", "when", "who", "why"]] * 2
    assert (kept[0]["who"], kept[0]["why"], kept[0]["when"]) == ("ada", "asked to", "2026-11-21T09:30:00+00:00")


def test_a_deletion_that_was_cut_off_is_finished_by_the_next(project):
    left = project / ".transom" / ".erasing-x"
    left.mkdir()
    (left / "part").write_text("private words of b")
    forget("b", project)
    assert not left.exists()


def test_an_example_that_nobody_holds_is_kept_away_all_the_same(project):
    done = forget("never", project)
    assert (done.n_log_lines, done.data_files, done.versions, done.recorded) == (0, (), (), ())
    assert [str(each) for each in forgotten_lines(done)] == [
        "'never' is forgotten. Erased: the cache, 0 lines of the log.",
        "No data file, no version and no line of the log held it: is that its id?",
    ]


def test_where_there_is_no_project_nothing_is_forgotten_and_nothing_made(tmp_path):
    with pytest.raises(UsageError) as raised:
        forget("b", tmp_path)
    assert raised.value.problem.message == (
        f"{str(tmp_path)!r} has neither a schema.yaml nor a store, so nothing can be forgotten there. "
        "Name a project's folder, or its store with --store DIR."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(ArtifactError) as raised:
        forget("b", tmp_path, store=tmp_path / "store")
    assert raised.value.problem.code == "T146"


def test_people_read_what_was_erased_and_what_is_left_to_do(project):
    assert [str(each) for each in forgotten_lines(forget("b", project))] == [
        "'b' is forgotten. Erased: the cache, 2 lines of the log.",
        "data/d.jsonl still holds it, in 1 record. Runs leave it out. To erase it there: --data.",
        "Version 1 learned from it. Run again, promote, then delete the folders in versions.",
        f"{project}/.transom/versions/1/recorded.jsonl holds it, and cannot be changed without breaking the version.",
    ]


def test_a_packed_file_that_is_cut_off_is_said_and_left_as_it_is(project):
    packed = gzip.compress((line("d") + "".join(map(line, map(str, range(100))))).encode())
    (project / "data" / "e.jsonl.gz").write_bytes(packed[:-20])

    with pytest.raises(ArtifactError, match=r"T146 the example cannot be erased: .* ended before"):
        forget("d", project, rewrite_data=True, now=NOW)

    assert (project / "data" / "e.jsonl.gz").read_bytes() == packed[:-20]


def told(capsys, *arguments):
    """The exit code of `forget`, and what it prints."""
    capsys.readouterr()
    code = main(["forget", *map(str, arguments)])
    out = capsys.readouterr()
    return code, out.out + out.err


def test_all_ids_of_a_file_are_erased_and_those_that_nobody_holds_are_named(project, tmp_path, capsys):
    (tmp_path / "ids.txt").write_text("b\r\nnever\n\nb\na\n")
    code, said = told(capsys, project, "--ids", tmp_path / "ids.txt", "--data")
    assert (code, said.splitlines()[-1]) == (1, "2 examples of 3 erased; nothing was found of 'never'.")
    assert (project / "data" / "d.jsonl").read_text() == line("c")
    (tmp_path / "ids.txt").write_text("c")
    code, said = told(capsys, project, "--ids", tmp_path / "ids.txt", "--json")
    assert (code, json.loads(said)["not_held"]) == (0, [])
    assert [each["id"] for each in json.loads(said)["forgotten"]] == ["c"]


def test_one_id_of_which_nothing_is_found_ends_with_exit_code_1(project, capsys):
    assert told(capsys, "never", project)[0] == 1
    assert told(capsys, "b", project)[0] == 0


def test_ids_that_are_not_given_or_given_twice_are_refused_before_anything_is_erased(project, tmp_path, capsys):
    before = held_in(project, "private words of b")
    (tmp_path / "ids.txt").write_text("\n")
    assert told(capsys) == (
        2, "transom: T170 no id is given. Name an example: transom forget ID, or --ids FILE.\n",
    )  # fmt: skip
    assert told(capsys, "b", project, "--ids", tmp_path / "ids.txt") == (
        2, "transom: T170 'b' stands beside --ids. Give one id, or --ids FILE for all of them.\n",
    )  # fmt: skip
    assert told(capsys, project, "--ids", tmp_path / "ids.txt") == (
        2, f"transom: T177 there is no id in '{tmp_path}/ids.txt'. Write an id a line.\n",
    )  # fmt: skip
    assert held_in(project, "private words of b") == before
