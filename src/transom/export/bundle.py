"""Bundles: a version in a folder or at an address, on its way to another machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from transom.errors import ArtifactError, Location, MissingExtraError
from transom.export.adoption import adopt, enter
from transom.export.artifact import MANIFEST, in_folder, open_artifact, publish, read_manifest, read_whole, staged
from transom.export.database import writing
from transom.export.layout import VERSIONS, folder_of
from transom.export.objects import write_durably


@dataclass(frozen=True)
class Folder:
    """A folder of this machine."""

    path: Path

    @property
    def address(self) -> str:
        """Its path."""
        return str(self.path)

    def read(self, name: str) -> bytes:
        """The content of a file."""
        return (self.path / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Makes or replaces a file, whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_durably(self.path / name, content)


@dataclass(frozen=True)
class Remote:
    """A folder that a file system of fsspec reaches."""

    files: Any
    path: str
    address: str

    def read(self, name: str) -> bytes:
        """The content of a file."""
        return bytes(self.files.cat_file(f"{self.path}/{name}"))

    def write(self, name: str, content: bytes) -> None:
        """Makes or replaces a file."""
        self.files.makedirs(self.path, exist_ok=True)
        self.files.pipe_file(f"{self.path}/{name}", content)


Place = Folder | Remote


def push(store: Path, version: int, address: str) -> str:
    """Copies a version to ADDRESS/NUMBER, a folder or any URL that fsspec knows, and gives that place.

    The manifest goes last: a push that was cut off has left no version, and pushing again completes it.

    Raises:
        ArtifactError: the version is damaged, the place cannot be written, or another version is there.
        MissingExtraError: the address is a URL, and fsspec is not installed.
    """
    artifact = open_artifact(folder_of(store, version))
    with _reached(address, version) as place:
        ours = read_manifest(in_folder(artifact.folder), str(artifact.folder))
        if _holds(place, MANIFEST) and read_manifest(place.read, place.address) != ours:
            raise _another(version, place.address)
        for name in (*ours.files, MANIFEST):
            place.write(name, artifact.read(name))
        return place.address


def pull(store: Path, version: int, address: str) -> bool:
    """Brings the version at ADDRESS/NUMBER into the store, without an alias; False if it was there already.

    Every byte is checked against the manifest before the version appears.

    Raises:
        ArtifactError: there is no such version, it is one of another number, a byte of it has changed, or the store has
            another of its number.
        MissingExtraError: the address is a URL, and fsspec is not installed.
    """
    folder = folder_of(store, version)
    with _reached(address, version) as place:
        theirs = read_manifest(place.read, place.address)
        if (number := theirs.about.get("version")) != version:
            message = f"this is version {number}, not {version}, and versions keep their number. Pull version {number}."
            raise ArtifactError("T162", message, Location(place.address))
        contents = {name: read_whole(place.read, place.address, theirs, name) for name in theirs.files}
    with staged(store / VERSIONS, contents) as artifact, writing(store) as connection:
        adopt(connection, store)
        if folder.exists():
            if read_manifest(in_folder(folder), str(folder)) != theirs:
                raise _another(version, str(folder))
            return False
        publish(artifact, folder, theirs.about)
        enter(connection, store, version)
        return True


@contextmanager
def _reached(address: str, version: int) -> Iterator[Place]:
    """The place of a version; what goes wrong there is an error that a user can mend."""
    try:
        yield _place(address, version)
    except (OSError, ImportError, ValueError) as problem:  # ImportError: fsspec lacks the package for this kind of URL
        raise ArtifactError("T163", f"the place cannot be reached: {problem}.", Location(address)) from problem


def _place(address: str, version: int) -> Place:
    if "://" not in address:
        return Folder(Path(address) / str(version))
    try:
        fsspec = import_module("fsspec")
    except ImportError as missing:
        raise MissingExtraError("fsspec", "remote", f"the address {address!r}") from missing
    whole = f"{address.rstrip('/')}/{version}"
    files, path = fsspec.url_to_fs(whole)
    return Remote(files, path, whole)


def _holds(place: Place, name: str) -> bool:
    try:
        place.read(name)
    except FileNotFoundError:
        return False
    return True


def _another(version: int, where: str) -> ArtifactError:
    message = f"another version {version} is there already, which is never overwritten. Name another place."
    return ArtifactError("T162", message, Location(where))
