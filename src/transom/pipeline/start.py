"""How a project begins: from a commented starter, a worked example, or a data file."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from transom.data.infer import propose_project
from transom.errors import Location, UsageError, did_you_mean

STARTER = "starter"
FETCH = "get_data.py"


def examples() -> tuple[str, ...]:
    """The names of the worked examples."""
    folder = resources.files("transom").joinpath("examples")
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.joinpath("schema.yaml").is_file()))


def init(directory: Path | str, *, example: str | None = None, source: Path | str | None = None) -> tuple[Path, ...]:
    """Makes a project in a new or empty folder and gives the files written.

    With neither `example` nor `source` it is a small commented starter; `source` is a JSONL, CSV or Parquet file
    from which a schema is proposed.

    Raises:
        UsageError: the folder holds files already, the example is unknown, or its data could not be fetched.
    """
    directory = Path(directory)
    if example is not None and source is not None:
        raise UsageError("T173", "--example and --from exclude each other. Give one of them.")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError("T172", f"{str(directory)!r} exists and is not an empty folder. Name a new one.")
    with _nothing_left_in(directory):
        if source is not None:
            return tuple(propose_project(Path(source), directory))
        _copy_example(example or STARTER, directory)
    if (directory / FETCH).exists():
        _fetch(directory)
    return tuple(sorted(path for path in directory.rglob("*") if path.is_file()))


def _copy_example(name: str, directory: Path) -> None:
    if name not in examples():
        raise UsageError(
            "T174", f"there is no example {name!r}. Examples: {', '.join(examples())}.{did_you_mean(name, examples())}"
        )
    directory.mkdir(parents=True, exist_ok=True)
    with resources.as_file(resources.files("transom").joinpath("examples", name)) as folder:
        _copy(folder, directory)


@contextmanager
def _nothing_left_in(directory: Path) -> Iterator[None]:
    """Takes out of a folder that was new or empty what could not be written whole: it would be in the way next time."""
    try:
        yield
    except OSError:
        for left in directory.iterdir() if directory.is_dir() else ():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        raise


def _copy(folder: Path, directory: Path) -> None:
    """Copies what a folder holds; of a full disk shutil.copytree tells in words alone, which no caller knows again."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if "__pycache__" in name.parts:
            continue
        if path.is_dir():
            (directory / name).mkdir()
        else:
            (directory / name).write_bytes(path.read_bytes())


def _fetch(directory: Path) -> None:
    """Runs the example's own script; the folder stays, so that the script can be run again by hand."""
    script = directory / FETCH
    done = subprocess.run([sys.executable, script, directory], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = done.stderr.strip() or f"it ended with exit code {done.returncode} and said nothing"
        raise UsageError("T175", f"the example's data could not be fetched: {reason}", Location(str(script)))
