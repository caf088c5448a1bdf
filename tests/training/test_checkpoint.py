"""Checkpoint files."""

import resource

import pytest
import torch

from transom.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint

TENSORS = {"weights": torch.arange(6.0).reshape(2, 3), "random": torch.arange(5, dtype=torch.uint8)}
ABOUT = {"epochs": [{"number": 1, "loss": 0.5, "judged": None}], "random": {"state": 2**127 + 1}}


def test_a_checkpoint_survives_its_file(tmp_path):
    write_checkpoint(tmp_path / "new" / "a.safetensors", Checkpoint(TENSORS, ABOUT))
    found = read_checkpoint(tmp_path / "new" / "a.safetensors")
    assert found.about == ABOUT
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in TENSORS.items())


def test_a_checkpoint_takes_the_place_of_the_last_one(tmp_path):
    path = tmp_path / "a.safetensors"
    for number in (1, 2):
        write_checkpoint(path, Checkpoint(TENSORS, {"number": number}))
    assert read_checkpoint(path).about == {"number": 2}
    assert [each.name for each in tmp_path.iterdir()] == ["a.safetensors"]


@pytest.mark.parametrize("content", [None, b"", b"half a file", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_file_that_is_no_checkpoint_is_as_good_as_none(tmp_path, content):
    path = tmp_path / "a.safetensors"
    if content is not None:
        path.write_bytes(content)
    assert read_checkpoint(path) is None


def test_a_disk_that_is_full_leaves_the_last_checkpoint(tmp_path, full_disk):
    path = tmp_path / "a.safetensors"
    write_checkpoint(path, Checkpoint(TENSORS, {"number": 1}))
    with full_disk(100), pytest.raises(OSError, match="File too large"):
        write_checkpoint(path, Checkpoint(TENSORS, {"number": 2}))
    assert read_checkpoint(path).about == {"number": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["a.safetensors"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
