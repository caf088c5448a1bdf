"""Objects: bytes kept under the hash of their content, there whole or not at all."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

from transom.errors import ArtifactError, Location

UNFINISHED = ".writing-"
"""How the name of a file begins whose writer has not finished, or was killed."""


def put(objects: Path, data: bytes) -> str:
    """Keeps the bytes and gives their SHA-256 in hex; what is there already, and whole, is not written again.

    Any number of processes may put the same bytes at once. A damaged object of that name is replaced.

    Raises:
        ArtifactError: the folder cannot be written.
    """
    digest = hashlib.sha256(data).hexdigest()
    path = path_of(objects, digest)
    try:
        if not (path.is_file() and path.read_bytes() == data):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, data)
    except OSError as problem:
        raise ArtifactError("T146", f"an object cannot be written: {problem}.", Location(str(objects))) from problem
    return digest


def get(objects: Path, digest: str) -> bytes:
    """The bytes that have this hash.

    Raises:
        ArtifactError: there are none, or the file was changed since it was written.
    """
    path = path_of(objects, digest)
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise ArtifactError(
            "T153", f"the object {digest[:12]}… cannot be read. Run transom again.", Location(str(path))
        ) from problem
    actual = hashlib.sha256(data).hexdigest()
    if actual != digest:
        raise ArtifactError(
            "T154",
            f"the object has the hash {actual[:12]}… but its name says {digest[:12]}…: the file has changed since it "
            "was written. Delete it, and run transom again.",
            Location(str(path)),
        )
    return data


def path_of(objects: Path, digest: str) -> Path:
    """Where an object of that name is, or would be."""
    return objects / digest[:2] / digest[2:]


def contains(objects: Path, digest: str) -> bool:
    """Whether there is an object of that name; only `get` finds out whether it is whole."""
    return path_of(objects, digest).is_file()


def remove(objects: Path, digest: str) -> None:
    """Deletes an object; nothing happens if it is not there."""
    path_of(objects, digest).unlink(missing_ok=True)


def digests(objects: Path) -> Iterator[str]:
    """The names of all objects, in no order."""
    for path in objects.glob("??/*"):
        if not path.name.startswith(UNFINISHED):
            yield path.parent.name + path.name


def write_durably(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Writes a file under another name, flushes it to the disk and renames it: nobody ever sees half of it.

    Others may read it, unless its `mode` says otherwise: a server may run as another user.
    """
    try:
        handle, unfinished = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    except OSError as problem:
        problem.filename = str(path)  # nobody asked for the other name
        raise
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(unfinished, mode)  # mkstemp makes a private file
        os.replace(unfinished, path)
        flush_folder(path.parent)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def rewrite_durably(path: Path, data: bytes) -> None:
    """Writes a file again that people made, whole or not at all: a link stays a link, and permissions stay."""
    place = path.resolve()
    write_durably(place, data, mode=S_IMODE(place.stat().st_mode))


def flush_folder(folder: Path) -> None:
    """Flushes the names in a folder to the disk, so that a rename in it outlives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
