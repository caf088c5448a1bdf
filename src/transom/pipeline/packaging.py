"""The stages `export` and `register`: everything that a version needs to answer, and its place in the store."""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson

from transom.data.ingest import data_files
from transom.evaluation.report import Report
from transom.export.store import register
from transom.pipeline.ingesting import DATA, Examples
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.learned import Learned
from transom.pipeline.request import Request
from transom.pipeline.workspace import Workspace
from transom.schema.schema import fingerprint
from transom.schema.stored import schema_to_json

SCHEMA, REPORT, LINEAGE = "schema.json", "report.json", "lineage.json"
LIBRARIES = ("numpy", "polars", "scipy", "torch", "transom")


@dataclass(frozen=True)
class Package:
    """A version before it has a number: its files, and what its manifest says about it."""

    files: Mapping[str, bytes]
    about: Mapping[str, Any]


def package(
    request: Request, examples: Examples, labels: tuple[TaskLabels, ...], learned: Learned, report: Report
) -> Package:
    """Schema, model, report and lineage as the files of an artifact."""
    files = {
        **learned.files,
        SCHEMA: _json(schema_to_json(request.workspace.schema)),
        REPORT: _json({"rows": report.as_dicts(), "sources": [row.as_dict() for one in labels for row in one.table]}),
        LINEAGE: _json(_lineage(request.workspace, examples)),
    }
    about = {
        "transom": version("transom"),
        "project": request.workspace.folder.resolve().name,
    }
    return Package(files, about)


def register_version(request: Request, packed: Package) -> int:
    """Writes the artifact into the store and gives the version's number."""
    assert request.reason is not None, "whoever asks for this stage says who registers"
    return register(request.workspace.store, packed.files, packed.about, request.reason)


def _lineage(workspace: Workspace, examples: Examples) -> dict[str, Any]:
    """What the version was made from: fingerprints of data, settings and code, and the versions of libraries."""
    folder = workspace.folder
    declared = sorted([*folder.glob("*.yaml"), *folder.glob("*.py")])
    return {
        "data": {
            "fingerprint": examples.dataset.fingerprint,
            "n_examples": examples.dataset.n_examples,
            "n_refused": examples.n_refused,
            "files": {path.name: _hash(path) for path in data_files(folder / DATA)},
        },
        "schema": fingerprint(workspace.schema),
        "settings": {"model": workspace.model, "deploy": workspace.deploy},
        "project_files": {path.name: _hash(path) for path in declared},
        "libraries": {name: _installed(name) for name in LIBRARIES},
        "python": sys.version.split()[0],
    }


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _json(document: object) -> bytes:
    return orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
