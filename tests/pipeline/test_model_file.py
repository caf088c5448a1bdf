"""Settings are written into model.yaml, and nothing else of it changes."""

import resource

import pytest
import yaml

from transom.pipeline.model_file import write_settings

WRITTEN = """\
# how it is learned
training:
  seed: 3   # a lucky one
payloads: {tokens: {encoder: bag}}
"""


def test_comments_and_other_keys_stay(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text(WRITTEN)

    write_settings(tmp_path, {"training.learning_rate": 0.002, "payloads.tokens": {"encoder": "lstm", "layers": 2}})

    assert yaml.safe_load(path.read_text()) == {
        "training": {"seed": 3, "learning_rate": 0.002},
        "payloads": {"tokens": {"encoder": "lstm", "layers": 2}},
    }
    assert path.read_text().startswith("# how it is learned\ntraining:\n  seed: 3   # a lucky one\n")


def test_the_file_is_made_where_there_is_none(tmp_path):
    write_settings(tmp_path, {"training.seed": 1})

    assert (tmp_path / "model.yaml").read_text() == "training:\n  seed: 1\n"


def test_an_empty_section_is_filled(tmp_path):
    (tmp_path / "model.yaml").write_text("# nothing yet\ntraining:\n")

    write_settings(tmp_path, {"training.seed": 1})

    assert yaml.safe_load((tmp_path / "model.yaml").read_text()) == {"training": {"seed": 1}}


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text(WRITTEN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(WRITTEN) // 2, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_settings(tmp_path, {"training.seed": 1})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert path.read_text() == WRITTEN
    assert [each.name for each in tmp_path.iterdir()] == ["model.yaml"]


def test_a_link_stays_a_link_and_permissions_stay(tmp_path):
    shared = tmp_path / "shared.yaml"
    shared.write_text(WRITTEN)
    shared.chmod(0o640)
    (tmp_path / "model.yaml").symlink_to(shared)

    write_settings(tmp_path, {"training.seed": 1})

    assert (tmp_path / "model.yaml").is_symlink()
    assert yaml.safe_load(shared.read_text())["training"] == {"seed": 1}
    assert shared.stat().st_mode & 0o777 == 0o640
