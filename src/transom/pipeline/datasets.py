"""Where the datasets of a store are: each in a folder that is named by a hash of what it holds."""

import hashlib
import shutil
from pathlib import Path

from transom.export.layout import CACHE


def datasets_of(store: Path) -> Path:
    """The folder of the datasets in a store."""
    return store / CACHE / "datasets"


def move_dataset(dataset_folder: Path, store: Path) -> Path:
    """Moves a finished dataset to the place that its content names; of two runs with the same data one stays."""
    name = content_of(dataset_folder)
    place = datasets_of(store) / name
    if place.is_dir() and content_of(place) != name:
        shutil.rmtree(place)
    try:
        dataset_folder.rename(place)
    except OSError:
        if not place.is_dir():
            raise
    return place


def content_of(folder: Path) -> str:
    """A hash of all files in a folder and their names, in hex."""
    content = hashlib.sha256()
    for file in sorted(folder.glob("*")):
        with file.open("rb") as opened:
            content.update(f"{file.name} {hashlib.file_digest(opened, 'sha256').hexdigest()}\n".encode())
    return content.hexdigest()
