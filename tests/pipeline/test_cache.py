import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from transom.data.dataset import Dataset
from transom.export.objects import path_of
from transom.pipeline.cache import DamagedError, StorePlaces, keep, load, mark_used, remembered
from transom.pipeline.datasets import content_of, datasets_of, move_dataset
from transom.pipeline.packing import pack, unpack
from transom.schema.schema import Schema


def flip(path: Path, place: int = -1) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_a_result_is_found_by_its_digest(tmp_path):
    digest = keep(tmp_path, (1, np.arange(3)))
    number, array = load(tmp_path, digest)
    assert (number, array.tolist()) == (1, [0, 1, 2])
    assert keep(tmp_path, (1, np.arange(3))) == digest


@pytest.mark.parametrize("place", [0, 10, 40, -1])
def test_a_flipped_byte_is_never_read_and_the_object_goes(tmp_path, place):
    digest = keep(tmp_path, (1, np.arange(30)))
    flip(path_of(tmp_path / "objects", digest), place)
    with pytest.raises(DamagedError):
        load(tmp_path, digest)
    assert not path_of(tmp_path / "objects", digest).exists()


def test_a_file_of_the_store_is_named_by_its_place_in_it(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "refused.jsonl").write_text("")
    data = pack(tmp_path / "a" / "refused.jsonl", StorePlaces(tmp_path))
    (tmp_path / "a").rename(tmp_path / "b")
    (tmp_path / "b" / "a").mkdir()
    (tmp_path / "b" / "refused.jsonl").rename(tmp_path / "b" / "a" / "refused.jsonl")
    assert unpack(data, StorePlaces(tmp_path / "b")) == tmp_path / "b" / "a" / "refused.jsonl"


def test_a_result_that_names_a_file_which_is_gone_is_damaged(tmp_path):
    (tmp_path / "refused.jsonl").write_text("")
    digest = keep(tmp_path, tmp_path / "refused.jsonl")
    (tmp_path / "refused.jsonl").unlink()
    with pytest.raises(DamagedError, match="not in the store any more"):
        load(tmp_path, digest)


def dataset(store: Path, content: bytes = b"rows") -> Dataset:
    """A dataset that is never read."""
    folder = Path(tempfile.mkdtemp(dir=store))
    (folder / "part-00000.parquet").write_bytes(content)
    datasets_of(store).mkdir(parents=True, exist_ok=True)
    return Dataset(Schema(), move_dataset(folder, store), 1, (), (), "")


def test_a_dataset_with_a_flipped_byte_is_damaged(tmp_path):
    digest = keep(tmp_path, (kept := dataset(tmp_path)))
    flip(kept.folder / "part-00000.parquet")
    with pytest.raises(DamagedError, match="has changed"):
        load(tmp_path, digest)


def test_equal_datasets_share_a_place_and_a_damaged_one_is_replaced(tmp_path):
    first, second = dataset(tmp_path), dataset(tmp_path)
    assert first.folder == second.folder
    flip(first.folder / "part-00000.parquet")
    third = dataset(tmp_path)
    assert third.folder == first.folder
    assert content_of(third.folder) == third.folder.name
    assert dataset(tmp_path, b"other").folder != first.folder


def test_what_a_dataset_declares_is_no_part_of_its_place(tmp_path):
    kept = dataset(tmp_path)
    places = StorePlaces(tmp_path)
    assert pack(kept, places) == pack(replace(kept, schema=Schema(gold=("crowd",))), places)


def test_using_a_result_marks_it_and_its_dataset(tmp_path):
    digest = keep(tmp_path, (kept := dataset(tmp_path)))
    paths = (path_of(tmp_path / "objects", digest), kept.folder)
    for path in paths:
        path.touch()
        os.utime(path, (1, 1))
    mark_used(tmp_path, digest)
    assert all(path.stat().st_mtime > 1 for path in paths)


def test_marking_what_is_gone_or_damaged_does_nothing(tmp_path):
    mark_used(tmp_path, "0" * 64)
    digest = keep(tmp_path, 1)
    path_of(tmp_path / "objects", digest).write_bytes(b"?")
    mark_used(tmp_path, digest)


class Counter:
    def __init__(self):
        self.n = 0

    def __call__(self):
        self.n += 1
        return (self.n,)


def test_a_value_is_worked_out_once(tmp_path):
    count = Counter()
    answers = [remembered(tmp_path, "ab" * 32, count, lambda: True) for _ in range(3)]
    assert answers == [(1,)] * 3


def test_a_value_whose_reasons_changed_meanwhile_is_not_kept(tmp_path):
    count = Counter()
    answers = [remembered(tmp_path, "ab" * 32, count, lambda: False) for _ in range(2)]
    assert answers == [(1,), (2,)]


def test_a_damaged_value_is_worked_out_again(tmp_path):
    count = Counter()
    remembered(tmp_path, "ab" * 32, count, lambda: True)
    for path in (tmp_path / "cache" / "remembered").glob("??/*"):
        flip(path)
    assert [remembered(tmp_path, "ab" * 32, count, lambda: True) for _ in range(2)] == [(2,), (2,)]
