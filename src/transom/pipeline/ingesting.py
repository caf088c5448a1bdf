"""The stage `check`: reads every data line into a dataset beside the store."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from transom.data.dataset import Dataset
from transom.data.forgotten import read_forgotten
from transom.data.ingest import Ingested, data_files, ingest
from transom.errors import Location, Problem, ProjectError
from transom.export.layout import FORGOTTEN, REFUSED
from transom.pipeline.datasets import datasets_of, move_dataset
from transom.pipeline.request import Request
from transom.schema.schema import Schema

DATA = "data"


@dataclass(frozen=True)
class Examples:
    """The dataset of a run, and what was said about the lines it came from."""

    dataset: Dataset
    warnings: tuple[Problem, ...]
    n_refused: int
    refused_file: Path | None


def ingest_project(request: Request) -> Examples:
    """Every data line of the project, checked and split.

    Raises:
        ProjectError: a line is broken and `skip_bad_lines` is not asked for, or there is no data at all.
    """
    workspace = request.workspace
    files = data_files(workspace.folder / DATA)
    if not files:
        raise ProjectError([no_data(workspace.folder)])
    datasets = datasets_of(workspace.store)
    datasets.mkdir(parents=True, exist_ok=True)
    into = Path(tempfile.mkdtemp(prefix=".reading-", dir=datasets))
    try:
        done = _read(request, files, into / "dataset")
        if done.dataset is None:
            raise ProjectError(done.problems)
        dataset = replace(done.dataset, folder=move_dataset(done.dataset.folder, workspace.store))
        refused = _keep_refused(workspace.store, done.refused_file)
    finally:
        shutil.rmtree(into, ignore_errors=True)
    return Examples(dataset, done.warnings, done.n_refused, refused)


def with_schema(examples: Examples, schema: Schema) -> Examples:
    """The examples as a schema declares them: with slices that the stage which read them was not to see, or without."""
    return replace(examples, dataset=replace(examples.dataset, schema=schema))


def no_data(folder: Path) -> Problem:
    """What is said of a project without a data file."""
    return Problem(
        "T151",
        "the project has no data. Put *.jsonl, *.jsonl.gz or *.parquet files into its folder 'data'.",
        Location(str(folder / DATA)),
    )


def _read(request: Request, files: tuple[Path, ...], into: Path) -> Ingested:
    return ingest(
        files,
        request.workspace.schema,
        into,
        split_by=request.workspace.model.split_by,
        skip_bad_lines=request.skip_bad_lines,
        forgotten=read_forgotten(request.workspace.store / FORGOTTEN),
        progress=lambda n_lines: request.advance(f"read {n_lines:,} lines", None),
    )


def _keep_refused(store: Path, refused: Path | None) -> Path | None:
    """Moves the refused lines out of the cache: they are the user's, to mend."""
    if refused is None:
        return None
    return Path(shutil.move(refused, store / REFUSED))
