import errno
import resource

import pytest

from transom.errors import UsageError
from transom.pipeline.start import examples, init


def test_the_starter_is_a_project_with_comments(tmp_path):
    written = init(tmp_path / "new")
    assert {path.name for path in written} == {
        "schema.yaml", "sources.yaml", "model.yaml", "deploy.yaml", "rules.py", "tickets.jsonl",
    }  # fmt: skip
    assert (tmp_path / "new" / "schema.yaml").read_text().startswith("# What the model sees and predicts.")


def test_the_examples_are_known_by_name():
    assert examples() == ("sentiment", "starter")


def test_an_unknown_example_suggests_the_nearest(tmp_path):
    with pytest.raises(UsageError) as raised:
        init(tmp_path / "new", example="sentimant")
    assert str(raised.value) == (
        "T174 there is no example 'sentimant'. Examples: sentiment, starter. Did you mean sentiment?"
    )
    assert not (tmp_path / "new").exists()


def test_a_folder_with_files_is_never_written_into(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError) as raised:
        init(tmp_path)
    assert str(raised.value) == f"T172 {str(tmp_path)!r} exists and is not an empty folder. Name a new one."
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_is_fine(tmp_path):
    assert init(tmp_path)


def test_example_and_data_file_exclude_each_other(tmp_path):
    with pytest.raises(UsageError) as raised:
        init(tmp_path / "new", example="sentiment", source="data.csv")
    assert str(raised.value) == "T173 --example and --from exclude each other. Give one of them."


@pytest.mark.parametrize("is_proposed", [True, False])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_full_disk_is_told_as_such_and_leaves_nothing_in_the_way_of_another_try(tmp_path, is_there, is_proposed):
    if is_there:
        (tmp_path / "new").mkdir()
    (tmp_path / "a.csv").write_text("text,label\n" + "".join(f"word {row},{row % 2}\n" for row in range(99)))
    source = tmp_path / "a.csv" if is_proposed else None
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400, most))
    try:
        with pytest.raises(OSError, match="File too large") as full:
            init(tmp_path / "new", source=source)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))

    assert full.value.errno == errno.EFBIG
    assert "schema.yaml" in {path.name for path in init(tmp_path / "new", source=source)}
