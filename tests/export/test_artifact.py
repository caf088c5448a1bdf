import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.errors import ArtifactError
from transom.export.artifact import LARGE, open_artifact, write_artifact


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "versions" / "1"
    write_artifact(folder, {"weights.safetensors": b"\x01\x02", "graph.json": b'{"nodes": []}'}, {"project": "demo"})
    return folder


def test_what_was_written_is_read(folder):
    artifact = open_artifact(folder)
    assert artifact.about == {"project": "demo"}
    assert artifact.read("weights.safetensors") == b"\x01\x02"
    assert artifact.read_json("graph.json") == {"nodes": []}


def test_a_file_that_was_deleted_since_the_artifact_was_opened_is_told(folder):
    artifact = open_artifact(folder)
    (folder / "graph.json").unlink()
    for read in (artifact.read, artifact.read_json):
        with pytest.raises(ArtifactError) as raised:
            read("graph.json")
        assert str(raised.value) == (f"{folder} T143 'graph.json' is missing. Run transom again, or pull the version.")


def test_an_artifact_is_never_overwritten(folder):
    with pytest.raises(FileExistsError):
        write_artifact(folder, {"graph.json": b"{}"}, {})
    assert open_artifact(folder).read_json("graph.json") == {"nodes": []}


def test_others_may_read_all_of_a_version_whatever_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        write_artifact(tmp_path / "1", {"graph.json": b"{}", "weights.safetensors": b"1" * LARGE}, {})
        write_artifact(tmp_path / "2", {"weights.safetensors": b"1" * LARGE}, {})
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes == {
        "1": 0o755, "2": 0o755, "graph.json": 0o644, "weights.safetensors": 0o644, "manifest.json": 0o644,
    }  # fmt: skip


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_artifact(tmp_path / "1", {"no/such/folder": b""}, {})
    assert list(tmp_path.iterdir()) == []


@given(position=st.integers(0, 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found(tmp_path_factory, position, bit):
    folder = tmp_path_factory.mktemp("store") / "1"
    write_artifact(folder, {"weights.safetensors": b"\x01\x02"}, {})
    content = bytearray((folder / "weights.safetensors").read_bytes())
    content[position] ^= 1 << bit
    (folder / "weights.safetensors").write_bytes(content)
    with pytest.raises(ArtifactError) as raised:
        open_artifact(folder)
    assert raised.value.problem.code == "T144"


def test_a_missing_file_is_named(folder):
    (folder / "graph.json").unlink()
    with pytest.raises(ArtifactError) as raised:
        open_artifact(folder)
    assert str(raised.value) == f"{folder} T143 'graph.json' is missing. Run transom again, or pull the version."


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    with pytest.raises(ArtifactError) as raised:
        open_artifact(tmp_path)
    assert str(raised.value) == f"{tmp_path} T140 this folder holds no version: it has no manifest.json."


@pytest.mark.parametrize("text", ["", "[]", "{}", "\x00", '{"format": 1}'])
def test_a_broken_manifest_is_a_message_and_no_traceback(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ArtifactError) as raised:
        open_artifact(folder)
    assert raised.value.problem.code == "T141"


@pytest.mark.parametrize("name", ["../secret", "..", "", ".", "a\0b"])
def test_a_manifest_that_leads_out_of_the_folder_is_refused(folder, name):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = "0"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError) as raised:
        open_artifact(folder)
    assert str(raised.value) == f"{folder} T142 the manifest names {name!r}, which is not a plain file name."


@pytest.mark.parametrize("digest", [None, 5, ["0"]])
def test_a_manifest_with_something_else_for_a_hash_is_refused(folder, digest):
    manifest = json.loads((folder / "manifest.json").read_text())
    name = min(manifest["files"])
    manifest["files"][name] = digest
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError) as raised:
        open_artifact(folder)
    assert str(raised.value) == (
        f"{folder}/manifest.json T141 the manifest cannot be read: {digest!r} is no hash of {name!r}."
    )


def test_a_newer_format_says_to_upgrade(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 9}))
    with pytest.raises(ArtifactError) as raised:
        open_artifact(folder)
    assert str(raised.value) == f"{folder} T145 the version has format 9, this transom reads format 1. Upgrade transom."


BIG = b"pretrained" * (LARGE // 10 + 1)


def on_disk(folder, name):
    return (folder / name).stat().st_ino


def test_a_large_file_that_the_newest_version_has_is_not_written_again(tmp_path):
    for number in ("1", "2"):
        write_artifact(tmp_path / number, {"big": BIG, "small": b"x", "other": BIG}, {})
    assert on_disk(tmp_path / "1", "big") == on_disk(tmp_path / "2", "big") == on_disk(tmp_path / "2", "other")
    assert on_disk(tmp_path / "1", "small") != on_disk(tmp_path / "2", "small")
    assert open_artifact(tmp_path / "2").read("big") == BIG


def test_a_large_file_that_was_damaged_is_written_again(tmp_path):
    write_artifact(tmp_path / "1", {"big": BIG}, {})
    (tmp_path / "1" / "big").write_bytes(BIG[:-1] + b"?")
    write_artifact(tmp_path / "2", {"big": BIG}, {})
    assert open_artifact(tmp_path / "2").read("big") == BIG


def test_beside_a_version_that_cannot_be_read_everything_is_written(tmp_path):
    (tmp_path / "7").mkdir()
    write_artifact(tmp_path / "8", {"big": BIG}, {})
    assert open_artifact(tmp_path / "8").read("big") == BIG
