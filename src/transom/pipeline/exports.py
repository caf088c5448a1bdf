"""The verb `export`: a version's model in another form, as files in a folder, with what was gained and lost by it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from transom.errors import ArtifactError, Location, Problem, UsageError
from transom.evaluation.compare import Comparison
from transom.export.artifact import Artifact
from transom.export.exporter import Exported, Exporter, Subject, signature_of
from transom.export.exporters.onnx import Onnx
from transom.export.layout import LIVE, store_of
from transom.export.signature import NETWORK
from transom.export.store import open_version
from transom.export.trial import Trial, trials
from transom.export.variants import file_of
from transom.pipeline.answers import Answering, answering_of
from transom.pipeline.exporting import recorded_payloads
from transom.pipeline.form_quality import measure_form, refusals
from transom.pipeline.request import Request
from transom.pipeline.workspace import open_workspace
from transom.registry import resolve
from transom.serving.predictor import Predictor

EXACT = "onnx"
"""The form that is written where another one is refused."""


@dataclass(frozen=True)
class ExportedFiles:
    """What was written where, and how it did on recorded examples.

    A form that is not exact is tried beside the exact one, and on today's test rows, `rows`; where it is `refused`, the
    exact one was written. It `is_unmeasured` where the version can be asked about none of those rows.
    """

    version: int
    folder: Path
    files: tuple[str, ...]
    written: Trial
    asked: Trial
    refused: Problem | None = None
    rows: tuple[Comparison, ...] = ()
    is_unmeasured: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The export as `export --json` prints it."""
        return {
            "version": self.version,
            "folder": str(self.folder),
            "files": list(self.files),
            **self.written.as_dict(),
            "asked": self.asked.as_dict(),
            "refused": None if self.refused is None else self.refused.message,
            "rows": [row.as_dict() for row in self.rows],
            "is_unmeasured": self.is_unmeasured,
        }


def export_version(
    folder: Path | str,
    into: Path,
    *,
    format: str,  # noqa: A002 the option's name
    version: str = LIVE,
    variant: str | None = None,
    store: Path | str | None = None,
) -> ExportedFiles:
    """Writes the model of a version, or a variant, into a new or empty folder; the exact form if the other is refused.

    Raises:
        UsageError: there is no such format, or the folder holds files.
        ArtifactError: there is no such version or variant, it is damaged, or it has recorded no examples.
        TrainingError: what was exported does not say what the network says, or cannot hold it.
        ProjectError: a form is to be judged, and the project's files are wrong.
        MissingExtraError: the extra `export` is not installed.
    """
    exporter = cast("type[Exporter]", resolve("exporters", format))()
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError("T172", f"{str(into)!r} exists and is not an empty folder. Name a new one.")
    artifact = open_version(store_of(folder, store), version)
    answering = answering_of(artifact, variant)
    subject = Subject(answering.model, _recorded(artifact, variant), artifact.read(file_of(variant, NETWORK)))
    exported = exporter.export(subject)
    if exported.is_exact:
        trial = trials({format: exported}, subject)[format]
        return ExportedFiles(answering.version, into, _write(into, exported), trial, trial)
    exact = Onnx().export(subject)
    tried = trials({format: exported, EXACT: exact}, subject)
    request = Request(open_workspace(folder, store=store))
    quality = measure_form(request, answering, _as_served(answering, subject, exported))
    refused = _refusal(refusals(tried[format], tried[EXACT], quality), format)
    form, written = (exact, tried[EXACT]) if refused else (exported, tried[format])
    files = _write(into, form)
    return ExportedFiles(
        answering.version, into, files, written, tried[format], refused, quality.rows, is_unmeasured=not quality.rows
    )


def _recorded(artifact: Artifact, variant: str | None) -> dict[str, list[Any]]:
    """The payloads on which forms are tried; without any, every form would do."""
    values = recorded_payloads(artifact, variant)
    if not any(values.values()):
        why = "it was made where it could not be exported. Install the extra 'export' and run again."
        message = f"this version has recorded no examples on which another form could be tried: {why}"
        raise ArtifactError("T183", message, Location(str(artifact.folder)))
    return values


def _as_served(answering: Answering, subject: Subject, exported: Exported) -> Predictor:
    """The model that was exported as a server would answer with it."""
    return Predictor(
        version=answering.version,
        schema=answering.schema,
        spec=answering.model.spec,
        signature=signature_of(subject),
        checks=answering.checks,
        run=exported.run,
        rules=answering.rules,
    )


def _refusal(reasons: Iterable[str], name: str) -> Problem | None:
    said = "; ".join(reasons)
    message = f"{name} is refused, and {EXACT} was written in its place: {said}."
    return Problem("T235", message, severity="warning") if said else None


def _write(into: Path, exported: Exported) -> tuple[str, ...]:
    """Writes all the files or none, so that a second try finds an empty folder; gives their names."""
    into.mkdir(parents=True, exist_ok=True)
    try:
        for name, content in exported.files.items():
            (into / name).write_bytes(content)
    except BaseException:
        for name in exported.files:
            (into / name).unlink(missing_ok=True)
        raise
    return tuple(exported.files)
