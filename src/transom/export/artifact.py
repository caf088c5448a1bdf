"""The artifact: a folder that holds everything needed to answer with one version, and proves that it is whole."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.errors import ArtifactError, Location
from transom.export.objects import flush_folder

FORMAT = 1
MANIFEST = "manifest.json"
UNPUBLISHED = ".staged-"
"""How the name of a folder begins whose writer has not finished, or was killed."""


@dataclass(frozen=True)
class Artifact:
    """A version on disk whose files have the hashes that its manifest states.

    `about` is what the writer said of the version: transom's version, the project's name, when it was made.
    """

    folder: Path
    about: Mapping[str, Any]

    def read(self, name: str) -> bytes:
        """The content of one of its files."""
        return (self.folder / name).read_bytes()

    def read_json(self, name: str) -> Any:
        """The content of one of its JSON files."""
        return json.loads(self.read(name))


@dataclass(frozen=True)
class Staged:
    """An artifact that nobody sees yet: its files are on the disk, and only its manifest is missing."""

    folder: Path
    hashes: Mapping[str, str]


@contextmanager
def staged(parent: Path, files: Mapping[str, bytes]) -> Iterator[Staged]:
    """Writes the files beside the place where the artifact will be; what is not published is deleted at the end."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=UNPUBLISHED, dir=parent))
    try:
        for name, content in files.items():
            _write_durably(folder / name, content)
        yield Staged(folder, {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(artifact: Staged, folder: Path, about: Mapping[str, Any]) -> None:
    """Completes an artifact and moves it to its place, where it appears whole or not at all.

    Raises:
        FileExistsError: `folder` is there already; an artifact is never changed.
    """
    manifest = {"format": FORMAT, "about": dict(about), "files": dict(artifact.hashes)}
    _write_durably(artifact.folder / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
    artifact.folder.chmod(0o755)  # mkdtemp makes a private folder, but a server may run as another user
    if folder.exists():
        raise FileExistsError(folder)
    flush_folder(artifact.folder)
    artifact.folder.rename(folder)
    flush_folder(folder.parent)


def write_artifact(folder: Path, files: Mapping[str, bytes], about: Mapping[str, Any]) -> None:
    """Writes the files and their manifest; `folder` appears whole or not at all.

    Raises:
        FileExistsError: `folder` is there already; an artifact is never changed.
    """
    with staged(folder.parent, files) as artifact:
        publish(artifact, folder, about)


def open_artifact(folder: Path) -> Artifact:
    """The artifact in a folder, after every file was found to have the hash of the manifest.

    Raises:
        ArtifactError: no manifest, a newer format, a file missing, or a file whose content has changed.
    """
    manifest = _read_manifest(folder)
    for name, expected in manifest["files"].items():
        path = folder / name
        if Path(name).name != name:
            raise ArtifactError("T142", f"the manifest names {name!r}, which is not a plain file name.", _at(folder))
        if not path.is_file():
            raise ArtifactError("T143", f"{name!r} is missing. Run transom again, or pull the version.", _at(folder))
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
        if actual != expected:
            raise ArtifactError(
                "T144",
                f"{name!r} has the hash {actual[:12]}… but the manifest says {expected[:12]}…: the file has changed "
                "since it was written. Use another version, or run transom again.",
                Location(str(path)),
            )
    return Artifact(folder, manifest["about"])


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
        form, _, _ = manifest["format"], manifest["files"], manifest["about"]
    except FileNotFoundError as missing:
        raise ArtifactError("T140", "this folder holds no version: it has no manifest.json.", _at(folder)) from missing
    except (ValueError, TypeError, KeyError) as broken:
        raise ArtifactError("T141", f"the manifest cannot be read: {broken}.", Location(str(path))) from broken
    if form != FORMAT:
        raise ArtifactError(
            "T145",
            f"the version has format {form!r}, this transom reads format {FORMAT}. Upgrade transom.",
            _at(folder),
        )
    return dict(manifest)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _at(folder: Path) -> Location:
    return Location(str(folder))
