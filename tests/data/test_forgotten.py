import json

from data_lines import messages, patch, read, record, write
from transom.data.dataset import frame
from transom.data.forgotten import mark_of, read_forgotten


def test_a_mark_does_not_show_the_id_and_differs_for_every_id():
    assert "q1" not in mark_of("q1")
    assert mark_of("q1") != mark_of("q2")


def test_where_nothing_was_forgotten_there_is_no_file(tmp_path):
    assert read_forgotten(tmp_path / "none") == frozenset()


def test_marks_are_read_line_by_line(tmp_path):
    file = write(tmp_path / "f.jsonl", *(json.dumps({"sha256": mark_of(name), "why": "asked"}) for name in "ab"), "")
    assert read_forgotten(file) == {mark_of("a"), mark_of("b")}


def test_data_with_a_forgotten_example_is_data_without_it_and_a_warning(tmp_path):
    forgotten = frozenset({mark_of("b")})
    done = read(tmp_path / "with", record("a"), record("b"), record("c"), patch("b"), "", forgotten=forgotten)
    without = read(tmp_path / "without", record("a"), record("c"), forgotten=forgotten)
    assert frame(done.dataset, ["id"])["id"].to_list() == ["a", "c"]
    assert done.dataset.fingerprint == without.dataset.fingerprint
    assert messages(done) == []
    assert [str(warning) for warning in done.warnings] == [
        "data/a.jsonl T165 2 of its records are of forgotten examples, and are left out. Delete them here."
    ]
    assert without.warnings == ()
    assert done.n_lines == done.n_examples + done.n_patches + done.n_refused + done.n_blank


def test_a_file_of_nothing_but_forgotten_examples_is_not_called_empty(tmp_path):
    write(tmp_path / "data" / "b.jsonl", record("b"))
    done = read(tmp_path, record("a"), forgotten=frozenset({mark_of("b")}))
    assert [warning.code for warning in done.warnings] == ["T165"]
