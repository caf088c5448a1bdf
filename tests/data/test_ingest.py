import gzip
import json
import os

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_lines import SCHEMA, TOKENS, messages, patch, read, record, write
from strategies import data_lines, examples
from transom.data.dataset import frame, in_split, open_dataset
from transom.data.ingest import data_files, ingest
from transom.schema.load import load_schema


def counts_add_up(done):
    return done.n_lines == done.n_examples + done.n_patches + done.n_refused + done.n_blank


def test_data_files_are_read_in_the_order_of_their_names(tmp_path):
    for name in ("b.jsonl", "a.parquet", "c.jsonl.gz", "notes.txt", "d.json", "._b.jsonl"):
        (tmp_path / name).touch()
    (tmp_path / "folder.jsonl").mkdir()
    assert [file.name for file in data_files(tmp_path)] == ["a.parquet", "b.jsonl", "c.jsonl.gz"]


def test_a_folder_that_is_not_there_has_no_data_files(tmp_path):
    assert data_files(tmp_path / "data") == ()


def test_examples_are_in_the_order_of_files_and_lines(tmp_path):
    write(tmp_path / "data" / "b.jsonl", record("b1"), record("b2"))
    write(tmp_path / "data" / "a.jsonl.gz", record("a1"), record("a2"))
    done = ingest(data_files(tmp_path / "data"), SCHEMA, tmp_path / "dataset")
    assert frame(done.dataset, ["id"]).to_series().to_list() == ["a1", "a2", "b1", "b2"]


def test_the_dataset_is_what_is_found_in_its_folder(tmp_path):
    done = read(tmp_path, record(tags=["train", "b", "a"], intent={"lf": "age", "crowd": {"age": 1}}))
    assert open_dataset(tmp_path / "dataset") == done.dataset
    assert done.dataset.tags == ("a", "b")
    assert [(each.task, each.source, each.soft) for each in done.dataset.vote_columns] == [
        ("intent", "crowd", True),
        ("intent", "lf", False),
    ]


def test_a_project_may_stand_in_a_folder_whose_name_looks_like_a_pattern(tmp_path):
    done = read(tmp_path / "project [1]*", record("q1", intent={"lf": "age"}), patch("q1", tags=["easy"]))
    assert frame(done.dataset, ["id", "tags"]).to_dicts() == [{"id": "q1", "tags": ["train", "easy"]}]


def test_checking_writes_nothing(tmp_path):
    file = write(tmp_path / "data" / "a.jsonl", record())
    done = ingest([file], SCHEMA, None)
    assert (done.dataset, done.n_examples, done.problems) == (None, 1, ())
    assert os.listdir(tmp_path) == ["data"]


def test_a_refused_line_keeps_the_others_from_becoming_a_dataset(tmp_path):
    done = read(tmp_path, record("a"), "{", record("b"))
    assert done.dataset is None
    assert (done.n_lines, done.n_examples, done.n_refused) == (3, 2, 1)
    assert os.listdir(tmp_path) == ["data"]


def test_the_lines_that_are_skipped_stand_with_their_reasons_beside_the_dataset(tmp_path):
    done = read(tmp_path, record("a"), b'{"id": "\xff"}', record("b", intent={"lf": "ag"}), skip_bad_lines=True)
    assert (done.dataset.n_examples, done.n_refused) == (1, 2)
    kept = [json.loads(line) for line in done.refused_file.read_text().splitlines()]
    assert kept[0] == {"file": "data/a.jsonl", "line": 2, "reasons": [messages(done)[0]], "text": '{"id": "\\xff"}'}
    assert kept[1]["reasons"] == [
        "data/a.jsonl:3 T031 /tasks/intent/lf: 'ag' is not one of height, age, spouse. Did you mean age?"
    ]
    assert json.loads(kept[1]["text"])["id"] == "b"


def test_without_a_refused_line_there_is_no_file_of_them(tmp_path):
    assert read(tmp_path, record(), skip_bad_lines=True).refused_file is None


def test_a_second_ingest_replaces_the_dataset(tmp_path):
    read(tmp_path, record("a"), record("b"))
    assert frame(read(tmp_path, record("c")).dataset, ["id"]).to_series().to_list() == ["c"]


def test_a_dataset_that_fails_leaves_the_one_before(tmp_path):
    before = read(tmp_path, record("a")).dataset
    read(tmp_path, "{")
    assert open_dataset(tmp_path / "dataset") == before


def test_blank_lines_windows_line_ends_and_a_missing_last_one_do_no_harm(tmp_path):
    lines = b"\r\n".join([json.dumps(record("a")).encode(), b"", b"  ", json.dumps(record("b")).encode()])
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.jsonl").write_bytes(lines)
    done = ingest(data_files(tmp_path / "data"), SCHEMA, tmp_path / "dataset")
    assert (done.problems, done.n_lines, done.n_examples, done.n_blank) == ((), 4, 2, 2)


def test_a_byte_order_mark_is_skipped_with_a_warning(tmp_path):
    done = read(tmp_path, b"\xef\xbb\xbf" + json.dumps(record()).encode())
    assert done.n_examples == 1
    assert [str(each) for each in done.warnings] == [
        "data/a.jsonl T053 the file opens with a byte order mark, which is skipped."
    ]


def test_a_byte_order_mark_in_gzip_is_found_too(tmp_path):
    file = write(tmp_path / "data" / "a.jsonl.gz", b"\xef\xbb\xbf" + json.dumps(record()).encode())
    assert [each.code for each in ingest([file], SCHEMA, None).warnings] == ["T053"]


def test_an_empty_file_is_a_warning_where_others_have_examples(tmp_path):
    write(tmp_path / "data" / "b.jsonl")
    done = read(tmp_path, record())
    assert done.problems == ()
    assert [str(each) for each in done.warnings] == ["data/b.jsonl T058 the file holds no record."]


def test_no_example_at_all_is_a_problem(tmp_path):
    assert messages(read(tmp_path, "")) == ["data T059 the data files hold no example."]


def test_nothing_but_refused_lines_is_no_dataset(tmp_path):
    done = read(tmp_path, "{", skip_bad_lines=True)
    assert (done.dataset, done.n_refused) == (None, 1)


def test_a_line_of_ten_megabytes_is_read(tmp_path):
    text = "x" * 10_000_000
    done = read(tmp_path, record("a"), record("b", payloads={"query": text}), record("c"))
    assert frame(done.dataset, ["query"])["query"][1] == text


def test_a_sequence_longer_than_its_max_length_is_kept_whole_with_a_warning(tmp_path):
    tokens = ["word"] * 10
    done = read(tmp_path, record("a", payloads={"tokens": tokens}, pos={"crowd": ["NOUN"] * 10}), record("b"))
    assert frame(done.dataset, ["tokens"])["tokens"][0].to_list() == tokens
    assert [str(each) for each in done.warnings] == [
        "T060 1 example has more than 8 elements of 'tokens'. "
        "A model sees the first 8; raise max_length if the rest matters."
    ]


def test_progress_tells_the_lines_read_so_far(tmp_path):
    told = []
    read(tmp_path, record("a"), record("b"), "", progress=told.append)
    assert told == [3]


def test_a_gzip_that_is_cut_off_names_its_last_good_line(tmp_path):
    whole = gzip.compress(b"".join(json.dumps(record(f"q{n}")).encode() + b"\n" for n in range(500)))
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "a.jsonl.gz"
    file.write_bytes(whole[: len(whole) // 2])
    done = ingest([file], SCHEMA, None)
    (problem,) = done.problems
    assert problem.code == "T051"
    assert problem.at.line == done.n_examples + 1 > 1
    assert problem.message == (
        f"the file cannot be read: the gzip stream is cut off; line {done.n_examples} is the last good one. "
        "Write or copy it again."
    )
    assert counts_add_up(done)


def test_a_file_that_is_no_gzip_is_a_problem_of_the_file(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.jsonl.gz").write_bytes(b"this is plain text\n")
    done = read(tmp_path, record("b"))
    assert done.n_refused == 0
    assert messages(done) == [
        "data/a.jsonl.gz T051 the file cannot be read: Error -3 while decompressing data: incorrect header check; "
        "there is no good line. Write or copy it again."
    ]


def test_a_missing_payload_field_or_vote_is_missing_and_nothing_else(tmp_path):
    line = {
        "id": "q",
        "payloads": {"query": None, "person": {"age": None}, "tokens": TOKENS},
        "tasks": None,
        "tags": None,
    }
    line["tasks"] = {"intent": {"lf": None}, "pos": {"lf": ["NOUN", None, None, None]}, "score": None}
    done = read(tmp_path, {**line, "time": None, "order": None, "served": None})
    assert done.problems == ()
    row = frame(done.dataset, ["query", "person", "price", "tags", "time", "order"]).row(0, named=True)
    assert row == {
        "query": None,
        "person": {"age": None, "job": None},
        "price": None,
        "tags": [],
        "time": None,
        "order": None,
    }


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-11-02T14:33:30Z", "2026-11-02T14:33:30"),
        ("2026-11-02T14:33:30", "2026-11-02T14:33:30"),
        ("2026-11-02t14:33:30.123456z", "2026-11-02T14:33:30.123456"),
        ("2026-11-02T14:33:30.5+02:00", "2026-11-02T12:33:30.500000"),
        ("1969-12-31T23:59:59-01:00", "1970-01-01T00:59:59"),
    ],
)
def test_a_time_is_an_instant_and_without_a_zone_it_is_utc(tmp_path, written, read_as):
    done = read(tmp_path, {**record(), "time": written})
    assert frame(done.dataset, ["time"])["time"][0].replace(tzinfo=None).isoformat() == read_as


def test_members_keep_their_range_and_fields(tmp_path):
    done = read(tmp_path, record())
    assert frame(done.dataset, ["entities"])["entities"][0].to_list() == [
        {"id": "Obama", "range": {"start": 3, "end": 4}, "title": "Barack Obama", "pop": 9.5},
        {"id": "Michelle", "range": None, "title": None, "pop": None},
    ]


def test_many_blocks_and_parts_are_one_dataset(tmp_path):
    text = "x" * 1_500_000
    lines = [record(f"q{n}", payloads={"query": text}, score={f"s{n % 3}": n}) for n in range(30)]
    done = read(tmp_path, *lines)
    assert len(list((tmp_path / "dataset").glob("part-*"))) > 1
    assert frame(done.dataset, ["id"])["id"].to_list() == [f"q{n}" for n in range(30)]
    votes = pl.concat([frame(done.dataset, [each.column]) for each in done.dataset.vote_columns], how="horizontal")
    assert votes.select(pl.sum_horizontal(pl.all())).to_series().to_list() == [float(n) for n in range(30)]


@given(lines=st.lists(data_lines(), max_size=6), skip=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_line_is_lost_and_none_gives_a_traceback(tmp_path_factory, lines, skip):
    done = read(tmp_path_factory.mktemp("lines"), *lines, skip_bad_lines=skip)
    assert counts_add_up(done)
    assert done.n_lines >= len(lines)
    assert (done.n_refused == 0) <= (not done.problems or done.n_examples == 0)
    assert all(problem.at.line for problem in done.problems if problem.code != "T059")
    if done.dataset is not None:
        assert len(frame(done.dataset, ["id"])) == done.n_examples


@given(examples=st.lists(examples(), max_size=5, unique_by=lambda example: example["id"]))
@settings(max_examples=60, deadline=None)
def test_an_example_comes_back_as_it_was_written(tmp_path_factory, examples):
    folder = tmp_path_factory.mktemp("examples")
    done = read(folder, *examples)
    assert done.problems == () or not examples
    if not examples:
        return
    names = [payload.name for payload in SCHEMA.payloads]
    rows = frame(done.dataset, ["id", "tags", "order", *names]).to_dicts()
    for row, example in zip(rows, examples, strict=True):
        assert row["id"] == example["id"]
        assert row["tags"] == example["tags"]
        assert row["order"] == example["order"]
        assert {name: row[name] for name in names} == as_stored(example["payloads"])


def as_stored(payloads):
    """Payloads as their columns hold them: fields beside the id, ranges with their ends named."""
    stored = {payload.name: payloads.get(payload.name) for payload in SCHEMA.payloads}
    if stored["person"] is not None:
        stored["person"] = {"age": None, "job": None, **stored["person"]}
    if stored["entities"] is not None:
        stored["entities"] = [as_member(member) for member in stored["entities"]]
    return stored


def as_member(member):
    stretch = member.get("range")
    ends = None if stretch is None else {"start": stretch[0], "end": stretch[1]}
    return {"id": member["id"], "range": ends, "title": None, "pop": None, **(member.get("fields") or {})}


PROJECTS = {
    "adult": 21000,
    "agnews": 16000,
    "aida_select": 3712,
    "bc5cdr": 1500,
    "elec2": 45312,
    "hausa_news": 2917,
    "snips": 14484,
    "trec": 6033,
    "weather_crowd": 632,
    "youtube": 2056,
}


@pytest.mark.functional
@pytest.mark.parametrize("name", PROJECTS)
def test_a_real_project_has_no_problem_and_all_its_examples(shared_projects, tmp_path, name):
    schema = load_schema(shared_projects / name / "schema.yaml")
    done = ingest(data_files(shared_projects / name / "data"), schema, tmp_path / "dataset")
    assert done.problems == ()
    assert done.dataset.n_examples == done.n_lines == PROJECTS[name]
    assert sum(in_split(done.dataset, split).sum() for split in ("train", "dev", "test")) == PROJECTS[name]
