"""`check`: everything that is wrong with a project, in one run."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transom.pipeline.check import check

FILES = ["schema.yaml", "sources.yaml", "model.yaml", "deploy.yaml"]
QUESTION = (
    '{"id": "q2", "payloads": {"query": "how old is obama"}, "tasks": {"intent": {"crowd": "age"}}, "tags": ["dev"]}'
)


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def messages(folder, **options):
    return [str(problem) for problem in check(folder, **options).problems]


def test_nothing_is_wrong_with_the_blocks_of_the_formats_page(formats):
    result = check(formats)
    assert (result.problems, result.warnings) == ((), ())
    assert (result.n_files, result.n_lines, result.n_examples) == (1, 1, 1)


def test_checking_leaves_the_folder_as_it_is(formats):
    before = sorted(formats.rglob("*"))
    check(formats)
    assert sorted(formats.rglob("*")) == before


def test_seven_mistakes_in_four_files_are_those_seven_each_with_its_line(formats):
    replace(formats / "schema.yaml", "max_length: 32", "max_lenght: 32")
    replace(formats / "schema.yaml", "classes: [sport, politics]", "classes: [sport, sport]")
    replace(formats / "sources.yaml", "vote: height", "vote: hight")
    replace(formats / "sources.yaml", "on: tokens", "on: tokns")
    replace(formats / "model.yaml", "seed: 0", "seed: zero")
    with (formats / "data" / "examples.jsonl").open("a") as data:
        data.write(QUESTION.replace('"age"', '"agee"') + "\n")
        data.write("{]\n")
    assert [problem.split(" ")[:2] for problem in messages(formats)] == [
        ["schema.yaml:3:44", "T005"],
        ["schema.yaml:11:71", "T013"],
        ["sources.yaml:2:76", "T031"],
        ["sources.yaml:7:60", "T008"],
        ["model.yaml:6:90", "T007"],
        ["data/examples.jsonl:2", "T031"],
        ["data/examples.jsonl:3", "T030"],
    ]


def test_data_is_checked_against_what_can_be_read_of_a_broken_schema(formats):
    replace(formats / "schema.yaml", "classes: [height, age, spouse, other]", "classes: 3")
    replace(formats / "data" / "examples.jsonl", '"order": 17', '"order": "first"')
    assert [problem.split(" ")[:2] for problem in messages(formats)] == [
        ["schema.yaml:10:63", "T007"],
        ["data/examples.jsonl:1", "T050"],
    ]


def test_without_a_schema_nothing_else_is_looked_at(tmp_path):
    assert check(tmp_path).n_lines == 0
    assert len(check(tmp_path).problems) == 1


def test_a_project_without_data_is_told_so(formats):
    (formats / "data" / "examples.jsonl").unlink()
    assert [problem.code for problem in check(formats).problems] == ["T151"]


def test_functions_are_imported_and_what_fails_is_named(formats):
    replace(formats / "slices.py", "def is_negated", "def is_negative")
    (formats / "rules.py").write_text("import nothing_of_that_name\n")
    problems = check(formats).problems
    assert [(problem.code, str(problem.at)) for problem in problems] == [
        ("T080", "schema.yaml:17:23"),
        ("T081", "sources.yaml:8:37"),
    ]


def test_a_declared_source_that_also_votes_in_the_data_is_refused(formats):
    replace(formats / "data" / "examples.jsonl", '"lf_tall"', '"tall"')
    assert [problem.split(" ")[:2] for problem in messages(formats)] == [["sources.yaml:2:3", "T084"]]


def test_settings_of_the_command_line_are_checked_too(formats):
    assert messages(formats, overrides=("training.seed=x",)) == [
        "--set training.seed=x T007 seed must be a whole number of at least 0, not 'x'."
    ]


def test_progress_tells_what_is_read(formats):
    told = []
    check(formats, progress=lambda what, share: told.append((what, share)))
    assert told == [("read 1 lines", None)]


def test_the_result_can_be_written_as_json(formats):
    replace(formats / "schema.yaml", "gold:", "glod:")
    document = json.loads(json.dumps(check(formats).as_dict()))
    assert document["n_examples"] == 1
    assert document["problems"] == [
        {
            "code": "T005",
            "message": "'glod' is not a key of schema.yaml. Keys: payloads, tasks, slices, gold. Did you mean gold?",
            "file": "schema.yaml",
            "line": 19,
            "column": 1,
            "pointer": None,
            "severity": "error",
        }
    ]


@pytest.mark.slow
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_mutilated_yaml_file_is_a_list_of_problems_and_never_a_traceback(formats, data):
    path = formats / data.draw(st.sampled_from(FILES))
    original = path.read_bytes()
    start = data.draw(st.integers(0, len(original)))
    length = data.draw(st.integers(0, 30))
    piece = data.draw(
        st.one_of(
            st.binary(max_size=4),
            st.sampled_from([b"", b"[", b"}", b": ", b"\n", b"- ", b"~", b"{}", b"'", b"3", b"&a ", b"*a", b"\n\t"]),
            st.builds(lambda at: original[at : at + 25], st.integers(0, len(original))),
        )
    )
    path.write_bytes(original[:start] + piece + original[start + length :])
    try:
        result = check(formats)
        assert all(problem.at.file and problem.message for problem in result.problems)
    finally:
        path.write_bytes(original)
