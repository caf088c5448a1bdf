"""The verb `push`: a version at another place, as a bundle or in MLflow."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from transom.export.bundle import push as push_bundle
from transom.export.layout import store_of
from transom.export.store import find_version
from transom.pipeline.mlflow_server import SCHEME, push_to_mlflow


@dataclass(frozen=True)
class Pushed:
    """A version, and where it is now as well."""

    version: int
    address: str

    def as_dict(self) -> dict[str, Any]:
        """What `push --json` prints."""
        return asdict(self)


def push(folder: Path | str, version: str, address: str, *, store: Path | str | None = None) -> Pushed:
    """Copies a version to a folder or a URL, or logs and registers it in MLflow where the address is `mlflow:URL`.

    A version that is there already stays as it is.

    Raises:
        ArtifactError: there is no such version, or it is damaged; or the place cannot be reached or refuses it.
        MissingExtraError: a package is missing that reaches the place.
    """
    place = store_of(folder, store)
    number = find_version(place, version)
    if address.startswith(SCHEME):
        return Pushed(number, push_to_mlflow(place, number, address.removeprefix(SCHEME)))
    return Pushed(number, push_bundle(place, number, address))
