"""The verb `export`: a version's network in another form, as files in a folder."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from transom.errors import UsageError
from transom.export.exporter import Exporter, Subject
from transom.export.layout import LIVE, store_of
from transom.export.store import open_version
from transom.pipeline.exporting import recorded_payloads
from transom.pipeline.stored_models import stored_model
from transom.registry import resolve


@dataclass(frozen=True)
class ExportedFiles:
    """What was written where, how large it is, and how far its scores are from the network's on recorded examples."""

    version: int
    format: str
    folder: Path
    files: tuple[str, ...]
    size_bytes: int
    largest_difference: float

    def as_dict(self) -> dict[str, Any]:
        """The export as `export --json` prints it."""
        return {**asdict(self), "folder": str(self.folder)}


def export_version(
    folder: Path | str,
    into: Path,
    *,
    format: str,  # noqa: A002 the option's name
    version: str = LIVE,
    variant: str | None = None,
    store: Path | str | None = None,
) -> ExportedFiles:
    """Writes the network of a version, or of a variant, into a new or empty folder.

    Raises:
        UsageError: there is no such format, or the folder holds files.
        ArtifactError: there is no such version or variant, or it is damaged.
        TrainingError: what was exported does not say what the network says.
        MissingExtraError: the extra `export` is not installed.
    """
    exporter = cast("type[Exporter]", resolve("exporters", format))()
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError("T172", f"{str(into)!r} exists and is not an empty folder. Name a new one.")
    artifact = open_version(store_of(folder, store), version)
    model = stored_model(artifact, variant).model
    exported = exporter.export(Subject(model, recorded_payloads(artifact, variant)))
    into.mkdir(parents=True, exist_ok=True)
    for name, content in exported.files.items():
        (into / name).write_bytes(content)
    return ExportedFiles(
        version=artifact.about["version"],
        format=format,
        folder=into,
        files=tuple(exported.files),
        size_bytes=exported.size_bytes,
        largest_difference=exported.largest_difference,
    )
