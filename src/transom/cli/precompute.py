"""The verb that works replies out before anybody asks: precompute."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from transom.cli.options import HERE, Json, Project, Store
from transom.cli.quality import LIVE, Version


def precompute(
    project: Project = HERE,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE|-]", help="Records; without it, the project's data.")
    ] = None,
    key: Annotated[
        str, typer.Option(metavar="FIELD", help="What replies are looked up by: id, a payload, or PAYLOAD.FIELD.")
    ] = "id",
    version: Version = LIVE,
    json: Json = False,
    store: Store = None,
) -> None:
    """Answers every record of a file, for `GET /v1/lookup/KEY`. A lone FILE is read for the project of this folder."""
    from transom.cli.output import print_json, show
    from transom.errors import MissingExtraError

    try:
        from transom.pipeline.precomputing import precompute as run
    except ModuleNotFoundError as missing:
        raise MissingExtraError(str(missing.name), "serve", "transom precompute") from missing
    if file is None and project != HERE and not project.is_dir():
        project, file = HERE, project
    done = run(project, _blocks(project, file), key=key, version=version, store=store)
    if json:
        print_json(done.as_dict())
    else:
        show(f"Version {done.version} answered {done.n_records:,} records: {done.n_keys:,} keys of {done.key!r}.")


def _blocks(project: Path, file: Path | None) -> Iterator[Any]:
    """The lines of a file, of standard input, or of all data files of the project."""
    from transom.data.jsonl import read_blocks
    from transom.errors import UsageError

    if file is None:
        from transom.data.files import read_file
        from transom.data.ingest import data_files
        from transom.pipeline.ingesting import DATA

        for each in data_files(project / DATA):
            yield from read_file(each)
    elif str(file) == "-":
        yield from _standard_input()
    elif not file.is_file():
        message = f"there is no file {str(file)!r}. Name a file of JSON lines, or - for standard input."
        raise UsageError("T177", message)
    elif file.suffix == ".parquet":
        from transom.data.files import read_file

        yield from read_file(file)
    else:
        yield from read_blocks(file, str(file))


def _standard_input() -> Iterator[Any]:
    """What is piped in, never more of it at once than of a file."""
    from transom.data.jsonl import BLOCK_BYTES, BOM, Block

    first = 1
    while lines := sys.stdin.buffer.readlines(BLOCK_BYTES):
        lines[0] = lines[0].removeprefix(BOM) if first == 1 else lines[0]
        yield Block("<stdin>", first, lines)
        first += len(lines)


VERBS = (precompute,)
