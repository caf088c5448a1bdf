"""The artifact: a folder that holds everything needed to answer with one version, and proves that it is whole."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
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

LARGE = 1 << 20
"""A file of so many bytes is kept once, however many versions have it: the weights of pretrained encoders above all."""


@dataclass(frozen=True)
class Artifact:
    """A version on disk whose files have the hashes that its manifest states.

    `about` is what the writer said of the version: transom's version, the project's name, when it was made.
    """

    folder: Path
    about: Mapping[str, Any]

    def read(self, name: str) -> bytes:
        """The content of one of its files.

        Raises:
            ArtifactError: it was deleted since the artifact was opened.
        """
        return _read_present(in_folder(self.folder), str(self.folder), name)

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
    """Writes the files beside the place where the artifact will be; what is not published is deleted at the end.

    A large file that is there already, in the newest version or under another name, is linked and not written again.
    """
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=UNPUBLISHED, dir=parent))
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    try:
        there = _large_files(parent)
        for name, content in files.items():
            if not _is_linked(there.get(hashes[name]), folder / name, content):
                _write_durably(folder / name, content)
            if len(content) >= LARGE:
                there[hashes[name]] = folder / name
        yield Staged(folder, hashes)
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


@dataclass(frozen=True)
class Manifest:
    """What an artifact says of itself: `files` are the hashes of its files by name."""

    about: Mapping[str, Any]
    files: Mapping[str, str]


def open_artifact(folder: Path) -> Artifact:
    """The artifact in a folder, after every file was found to have the hash of the manifest.

    Raises:
        ArtifactError: no manifest, a newer format, a file missing, or a file whose content has changed.
    """
    read, address = in_folder(folder), str(folder)
    manifest = read_manifest(read, address)
    for name in manifest.files:
        read_whole(read, address, manifest, name)
    return Artifact(folder, manifest.about)


Read = Callable[[str], bytes]
"""Gives the content of a file of an artifact, wherever that is, or raises FileNotFoundError."""


def in_folder(folder: Path) -> Read:
    """Reads the files of a folder."""
    return lambda name: (folder / name).read_bytes()


def read_manifest(read: Read, address: str) -> Manifest:
    """The manifest of the artifact that `read` reads; `address` is what messages call its place.

    Raises:
        ArtifactError: there is none, it is damaged, or of a newer format.
    """
    at = Location(address)
    try:
        document = json.loads(read(MANIFEST))
        form, files, about = document["format"], dict(document["files"]), dict(document["about"])
    except (FileNotFoundError, NotADirectoryError) as missing:
        raise ArtifactError("T140", "this folder holds no version: it has no manifest.json.", at) from missing
    except (ValueError, TypeError, KeyError) as broken:
        message = f"the manifest cannot be read: {broken}."
        raise ArtifactError("T141", message, Location(f"{address}/{MANIFEST}")) from broken
    if form != FORMAT:
        message = f"the version has format {form!r}, this transom reads format {FORMAT}. Upgrade transom."
        raise ArtifactError("T145", message, at)
    for name, digest in files.items():
        if Path(name).name != name or name in ("", "..") or "\0" in name:
            raise ArtifactError("T142", f"the manifest names {name!r}, which is not a plain file name.", at)
        if not isinstance(digest, str):
            message = f"the manifest cannot be read: {digest!r} is no hash of {name!r}."
            raise ArtifactError("T141", message, Location(f"{address}/{MANIFEST}"))
    return Manifest(about, files)


def read_whole(read: Read, address: str, manifest: Manifest, name: str) -> bytes:
    """The content of a file of the artifact, which has the hash that the manifest states.

    Raises:
        ArtifactError: the file is missing, or its content has changed.
    """
    content = _read_present(read, address, name)
    actual, expected = hashlib.sha256(content).hexdigest(), manifest.files[name]
    if actual != expected:
        raise ArtifactError(
            "T144",
            f"{name!r} has the hash {actual[:12]}… but the manifest says {expected[:12]}…: the file has changed since "
            "it was written. Use another version, or run transom again.",
            Location(f"{address}/{name}"),
        )
    return content


def _read_present(read: Read, address: str, name: str) -> bytes:
    try:
        return read(name)
    except FileNotFoundError as missing:
        message = f"{name!r} is missing. Run transom again, or pull the version."
        raise ArtifactError("T143", message, Location(address)) from missing


def _large_files(parent: Path) -> dict[str, Path]:
    """The large files of the newest version beside which one is written, by their hashes."""
    versions = [entry for entry in parent.iterdir() if entry.name.isdecimal()]
    if not versions:
        return {}
    newest = max(versions, key=lambda entry: int(entry.name))
    try:
        hashes = read_manifest(in_folder(newest), str(newest)).files
        return {own: newest / name for name, own in hashes.items() if (newest / name).stat().st_size >= LARGE}
    except (ArtifactError, OSError):  # what is damaged is nothing to build on
        return {}


def _is_linked(there: Path | None, path: Path, content: bytes) -> bool:
    """Whether the content could be had from a file that has it, on a disk that knows links."""
    try:
        if there is None or there.read_bytes() != content:
            return False
        os.link(there, path)
    except OSError:
        return False
    return True


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        os.fchmod(file.fileno(), 0o644)  # as its folder, and as all files of a store, whatever the umask
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
