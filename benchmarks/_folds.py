"""Projects in which a part of train is the test: its gold is known, and no run sees it."""

import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32


def folders(project: Path, n_folds: int) -> Iterator[Path]:
    """The project, or in turn the projects in which a part of its train is test; each is gone when the next comes."""
    if not n_folds:
        yield project
    for fold in range(n_folds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "data").mkdir()
            for file in project.glob("*.yaml"):
                (folder / file.name).write_bytes(file.read_bytes())
            for file in (project / "data").glob("*.jsonl.gz"):
                lines = gzip.decompress(file.read_bytes()).splitlines()
                records = [_in_fold(json.loads(line), fold, n_folds) for line in lines]
                kept = [json.dumps(record) + "\n" for record in records if record is not None]
                (folder / "data" / file.name.removesuffix(".gz")).write_text("".join(kept))
            yield folder


def _in_fold(record: dict[str, Any], fold: int, n_folds: int) -> dict[str, Any] | None:
    """The record as it is among train, dev and, of train's, test; None where it is of the project's own test."""
    if "test" in record["tags"]:
        return None
    is_test = "train" in record["tags"] and crc32(record["id"].encode()) % n_folds == fold
    return record | {"tags": ["test" if is_test and tag == "train" else tag for tag in record["tags"]]}
