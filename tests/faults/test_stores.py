"""Stores that cannot be written: a clear error, and what is there stays whole."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cached_project import replaced, write_project
from transom.export.objects import digests, get

pytestmark = pytest.mark.slow
RUN = (sys.executable, "-m", "transom", "run", "--json", "--until", "label")


def answer(folder, *options):
    done = subprocess.run([*RUN, str(folder), *options], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def whole(store: Path) -> int:
    """The number of objects, each of which was found whole."""
    return len([get(store / "objects", digest) for digest in digests(store / "objects")])


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode != 0:
        pytest.skip("a full disk cannot be tried out: only root may mount a small one")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_said_and_the_store_stays_whole(tmp_path, small_disk):
    folder = write_project(tmp_path / "project")
    code, _ = answer(folder, "--store", str(small_disk / "store"))
    assert code == 0
    n_objects = whole(small_disk / "store")
    (small_disk / "ballast").write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 4096))
    replaced("sources.yaml", "free|win", "free|check")(folder)
    code, refused = answer(folder, "--store", str(small_disk / "store"))
    assert (code, refused["error"]["code"]) == (2, "T146")
    (small_disk / "ballast").unlink()
    assert whole(small_disk / "store") >= n_objects
    assert answer(folder, "--store", str(small_disk / "store"))[0] == 0


def test_a_disk_that_is_full_from_the_start_is_said(tmp_path, small_disk):
    folder = write_project(tmp_path / "project")
    (small_disk / "ballast").write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 8192))
    code, refused = answer(folder, "--store", str(small_disk / "store"))
    assert (code, refused["error"]["code"]) == (2, "T146")


def test_a_store_that_may_only_be_read_is_said_and_stays_as_it_was(tmp_path):
    folder = write_project(tmp_path / "project")
    assert answer(folder)[0] == 0
    store = folder / ".transom"
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    replaced("sources.yaml", "free|win", "free|check")(folder)
    read_only = tmp_path / "read only"
    read_only.mkdir()
    if subprocess.run(["mount", "--bind", "-o", "ro", str(store), str(read_only)], check=False).returncode != 0:
        pytest.skip("a store that may only be read cannot be tried out: only root may mount one")
    try:
        code, refused = answer(folder, "--store", str(read_only))
    finally:
        subprocess.run(["umount", str(read_only)], check=True)
    assert (code, refused["error"]["code"]) == (2, "T146")
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_said(tmp_path):
    folder = write_project(tmp_path / "project")
    (tmp_path / "store").mkdir(mode=0o555)
    code, refused = answer(folder, "--store", str(tmp_path / "store" / "deep"))
    assert (code, refused["error"]["code"]) == (2, "T146")
