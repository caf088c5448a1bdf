"""The cache of results: what a stage gave is found again by its key, and proves to be whole before it is used."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, TypeVar

from transom.data.dataset import Dataset, open_dataset
from transom.errors import ArtifactError
from transom.export.executions import found_output
from transom.export.layout import CACHE, OBJECTS
from transom.export.objects import contains, get, path_of, put, remove
from transom.pipeline.checked_file import read_checked, write_checked
from transom.pipeline.datasets import content_of, datasets_of
from transom.pipeline.packing import pack, places_in, unpack

ResultT = TypeVar("ResultT")

REMEMBERED = "remembered"
CHECKPOINTS = "checkpoints"
"""The folder of the cache in which stages that run keep what they need to go on if they are killed, each by its key."""

NOT_PACKED = (ValueError, LookupError, TypeError)
"""What reading bytes that nobody proved to be whole may raise."""


class DamagedError(Exception):
    """A result that was kept is not there any more, or not as it was."""


@dataclass(frozen=True)
class StorePlaces:
    """Files and datasets of a store, which stand beside the values that name them."""

    store: Path

    def to_json(self, value: object) -> Any | None:
        """A dataset by the name of its folder, which is a hash of its content; a file by its path in the store."""
        if isinstance(value, Dataset):
            return {"dataset": value.folder.name}
        return {"file": value.relative_to(self.store).as_posix()} if isinstance(value, Path) else None

    def from_json(self, document: Any) -> Any:
        """The dataset or the path.

        Raises:
            ValueError: it is not there any more, or not as it was.
        """
        match document:
            case {"dataset": str(name)}:
                folder = datasets_of(self.store) / name
                if content_of(folder) != name:
                    raise ValueError(f"the dataset {name} has changed")
                return open_dataset(folder)
            case {"file": str(path)} if (self.store / path).exists():
                return self.store / path
        raise ValueError(f"{document!r} is not in the store any more")


def find(store: Path, stage: str, key: str) -> str | None:
    """The digest of the result that the stage gave for this key; None if there is none."""
    outputs = found_output(store, stage, key)
    return outputs[0] if outputs and contains(store / OBJECTS, outputs[0]) else None


def keep(store: Path, result: object) -> str:
    """Keeps the result of a stage and gives the digest of its bytes.

    Raises:
        ArtifactError: the store cannot be written.
    """
    return put(store / OBJECTS, pack(result, StorePlaces(store)))


def load(store: Path, digest: str) -> Any:
    """The result with this digest.

    Raises:
        DamagedError: it is not there, not whole, or names something that is not; it will not be found again.
    """
    try:
        return unpack(get(store / OBJECTS, digest), StorePlaces(store))
    except (ArtifactError, ValueError, OSError) as problem:
        remove(store / OBJECTS, digest)
        raise DamagedError(str(problem)) from problem


def mark_used(store: Path, digest: str) -> None:
    """Marks a result, and the dataset that it names, as used now: what was used longest ago is swept away first."""
    path = path_of(store / OBJECTS, digest)
    with suppress(OSError, *NOT_PACKED), path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        for place in places_in(data):
            if "dataset" in place:
                os.utime(datasets_of(store) / place["dataset"])
        os.utime(path)


def remembered(store: Path, key: str, work_out: Callable[[], ResultT], is_still_valid: Callable[[], bool]) -> ResultT:
    """What was worked out before under this key; else it is worked out, and kept if nothing changed meanwhile."""
    places, path = StorePlaces(store), store / CACHE / REMEMBERED / key[:2] / key[2:]
    content = read_checked(path)
    if content is not None:
        try:
            result: ResultT = unpack(content, places)
        except (ValueError, OSError):
            path.unlink(missing_ok=True)
        else:
            path.touch()  # the oldest is swept away first
            return result
    result = work_out()
    if is_still_valid():
        write_checked(path, pack(result, places))
    return result
