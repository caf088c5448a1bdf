from dataclasses import replace

import pytest

from data_lines import SCHEMA, messages, patch, read, record, write
from transom.data.dataset import frame
from transom.schema.payloads import Singleton

FIRST = "but that of the first vector, in data/a.jsonl:2, is 2."
NO_SPLIT = "no tag says its split, while those of other examples do. Add one of the tags train, dev, test."


def ids(done):
    return frame(done.dataset, ["id"])["id"].to_list()


def vector(name, *numbers):
    return record(name, payloads={"embedding": list(numbers)})


def test_the_second_of_two_records_with_one_id_is_refused_and_names_the_first(tmp_path):
    write(tmp_path / "data" / "b.jsonl", record("x"), record("q1"))
    done = read(tmp_path, record("q0"), record("q1"), record("q2"), skip_bad_lines=True)
    assert messages(done) == [
        "data/b.jsonl:2 T041 /id: 'q1' is already the id of data/a.jsonl:2. "
        "Give each record its own; a patch has no 'payloads'."
    ]
    assert ids(done) == ["q0", "q1", "q2", "x"]
    assert (done.n_lines, done.n_examples, done.n_refused) == (5, 4, 1)


@pytest.mark.parametrize("name", ["row", "number", "lengths", "id_first"])
def test_a_payload_may_have_the_name_that_a_column_of_ours_could(tmp_path, name):
    schema = replace(SCHEMA, payloads=(*SCHEMA.payloads, Singleton(name, "vector")))
    vectors = [[1, 2], [3, 4], [5]]
    records = [record(each, payloads={name: vector}) for each, vector in zip(["a", "a", "b"], vectors, strict=True)]
    done = read(tmp_path, *records, schema=schema)
    assert [(problem.at.line, problem.code) for problem in done.problems] == [(2, "T041"), (3, "T057")]


def test_of_three_records_with_one_id_both_later_ones_name_the_first(tmp_path):
    done = read(tmp_path, record("a"), record("a"), record("b"), record("a"), record("b"))
    assert [(problem.at.line, problem.message.split(".")[0]) for problem in done.problems] == [
        (2, "'a' is already the id of data/a"),
        (4, "'a' is already the id of data/a"),
        (5, "'b' is already the id of data/a"),
    ]


def test_a_record_whose_namesake_was_refused_stays(tmp_path):
    done = read(tmp_path, {**record("a"), "order": "x"}, record("a"), skip_bad_lines=True)
    assert [problem.code for problem in done.problems] == ["T050"]
    assert ids(done) == ["a"]


def test_ids_that_differ_in_one_letter_or_in_case_are_two(tmp_path):
    names = [f"q{n}" for n in range(300)] + [f"Q{n}" for n in range(300)]
    assert read(tmp_path, *map(record, names)).problems == ()


def test_hashes_that_collide_are_not_called_duplicates(tmp_path, monkeypatch):
    import polars as pl

    monkeypatch.setattr(pl.Expr, "hash", lambda column: column.str.len_bytes().cast(pl.UInt64))
    assert read(tmp_path, record("a"), record("b"), record("c")).problems == ()


def test_a_patched_example_that_stands_twice_is_reported_once(tmp_path):
    done = read(tmp_path, record("a"), record("a"), patch("a", intent={"crowd": "age"}))
    assert [problem.code for problem in done.problems] == ["T041"]


def test_where_some_have_a_split_all_must(tmp_path):
    done = read(tmp_path, record("a"), record("b", tags=["x"]), record("c", tags=[]), skip_bad_lines=True)
    assert messages(done) == [f"data/a.jsonl:2 T047 /tags: {NO_SPLIT}", f"data/a.jsonl:3 T047 /tags: {NO_SPLIT}"]
    assert ids(done) == ["a"]


def test_a_served_prediction_needs_no_split(tmp_path):
    served = {**record("s", tags=[], intent={"transom@7": "age"}), "served": {"version": 7, "model": "m"}}
    done = read(tmp_path, record("a"), served)
    assert done.problems == ()
    assert frame(done.dataset, ["split"])["split"].to_list() == ["train", None]


def test_a_served_prediction_of_an_example_that_is_there_already_is_left_out(tmp_path):
    served = [{**record("a", tags=[], intent={f"transom@{n}": "age"}), "served": {"version": n}} for n in (7, 8)]
    done = read(tmp_path, record("b"), *served, {**served[0], "id": "b"}, patch("a", intent={"transom@9": "height"}))
    assert done.problems == ()
    assert ids(done) == ["b", "a"]
    assert (done.n_lines, done.n_examples, done.n_patches, done.n_refused, done.n_blank) == (5, 2, 1, 0, 2)
    assert frame(done.dataset, ["vote/intent/transom@7"]).to_series().to_list() == [None, 1]


def test_a_split_that_only_a_duplicate_says_counts_for_nothing(tmp_path):
    done = read(tmp_path, record("a", tags=[]), record("a", tags=["dev"]), record("b", tags=[]))
    assert [problem.code for problem in done.problems] == ["T041"]


def test_an_example_without_one_group_is_refused_where_splits_are_drawn(tmp_path):
    lines = [record("a", tags=["doc:1"]), record("b", tags=["x"]), record("c", tags=["doc:1", "doc:2"])]
    done = read(tmp_path, *lines, split_by="doc:", skip_bad_lines=True)
    assert messages(done) == [
        "data/a.jsonl:2 T056 /tags: no tag begins with 'doc:', by which model.yaml splits. Add one.",
        "data/a.jsonl:3 T056 /tags: 'doc:1' and 'doc:2' all begin with 'doc:', by which model.yaml splits. Keep one.",
    ]
    assert ids(done) == ["a"]


def test_only_train_needs_groups_where_dev_is_drawn_from_it(tmp_path):
    lines = [record("a", tags=["train"]), record("b", tags=["test"]), record("c", tags=["train", "doc:1"])]
    done = read(tmp_path, *lines, split_by="doc:")
    assert [problem.at.line for problem in done.problems] == [1]


def test_no_example_needs_a_group_where_the_tags_say_all_splits(tmp_path):
    done = read(tmp_path, record("a"), record("b", tags=["dev"]), split_by="doc:")
    assert done.problems == ()


def test_all_vectors_of_a_payload_have_the_length_of_the_first(tmp_path):
    done = read(tmp_path, record("n"), vector("a", 1, 2), vector("b", 1), vector("c", 3, 4), vector("d"))
    assert messages(done) == [
        f"data/a.jsonl:3 T057 /payloads/embedding: the length is 1, {FIRST}",
        f"data/a.jsonl:5 T057 /payloads/embedding: the length is 0, {FIRST}",
    ]


def test_all_vectors_of_a_sequence_have_one_length_too(tmp_path):
    frames = [[], [[1, 2], [3, 4]], [[5, 6], [7]]]
    done = read(tmp_path, *(record(f"q{n}", payloads={"frames": each}) for n, each in enumerate(frames)))
    assert messages(done) == [f"data/a.jsonl:3 T057 /payloads/frames/1: the length is 1, {FIRST}"]
