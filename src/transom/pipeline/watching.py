"""Watching a project's folder: what each save did to its labels."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from transom.data.ingest import data_files
from transom.data.user_modules import imported_files
from transom.errors import Problem, ProjectError, TransomError
from transom.pipeline.ingesting import DATA
from transom.pipeline.progress import Advance, no_progress
from transom.pipeline.request import Request
from transom.pipeline.rule_changes import Change
from transom.pipeline.rule_loop import LoopState, has_same_examples, open_loop, updated
from transom.pipeline.workspace import Workspace
from transom.supervision.rule_kinds import GazetteerRule, TableRule

READ = frozenset({".yaml", ".py", ".csv", ".parquet", ".txt"})
"""How the names of files end that labels may depend on."""

Stamps = dict[Path, tuple[int, int] | None]
"""When each file was last written, in nanoseconds, and its size in bytes; None where it is not there."""


@dataclass(frozen=True)
class Round:
    """What came of one save; `state` is the last good one.

    `change` is None where everything was read anew. With `problems` the project is broken, and nothing was done.
    """

    state: LoopState
    change: Change | None = None
    problems: tuple[Problem, ...] = ()


def watch(
    reopen: Callable[[], Workspace], pause: Callable[[], object], *, advance: Advance = no_progress
) -> Iterator[Round]:
    """A round for the project as it is, and one for each save from then on, without end.

    `reopen` reads the files of the project; `pause` is called before each look at them.

    Raises:
        ProjectError: the project is broken from the start.
    """
    workspace = reopen()
    stamps = stamps_of(workspace)
    state = open_loop(Request(workspace, advance=advance))
    # modules that it imported, and below files that a new rule names, are looked at from here on: they were just read
    stamps = stamps_of(workspace, stamps) | stamps
    yield Round(state)
    while True:
        pause()
        now = stamps_of(state.workspace, stamps)
        if now != stamps:
            has_other_data = _in_data(now, workspace) != _in_data(stamps, workspace)
            latest = _round(state, reopen, advance, has_other_data=has_other_data)
            stamps = stamps_of(latest.state.workspace, now) | now
            state = latest.state
            yield latest


def stamps_of(workspace: Workspace, before: Iterable[Path] = ()) -> Stamps:
    """The files that labels may depend on, and those looked at `before`: a module that fails is imported no more."""
    folder = workspace.folder.resolve()  # as modules have it: by two names a file would come and go
    named = [folder / rule.table for rule in workspace.sources if isinstance(rule, TableRule)]
    named += [folder / rule.gazetteer for rule in workspace.sources if isinstance(rule, GazetteerRule)]
    in_folder = (file for file in folder.iterdir() if file.suffix in READ and not file.name.startswith("."))
    files = {*before, *in_folder, *named, *imported_files(folder), *data_files(folder / DATA)}
    return {file: _stamp(file) for file in sorted(files)}


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:  # it was just deleted, or never there
        return None
    return status.st_mtime_ns, status.st_size


def _round(state: LoopState, reopen: Callable[[], Workspace], advance: Advance, *, has_other_data: bool) -> Round:
    try:
        workspace = reopen()
        if has_other_data or not has_same_examples(state, workspace):
            return Round(open_loop(Request(workspace, advance=advance)))
        return Round(*updated(state, workspace))
    except ProjectError as error:
        return Round(state, problems=error.problems)
    except TransomError as error:
        return Round(state, problems=(error.problem,))


def _in_data(stamps: Stamps, workspace: Workspace) -> Stamps:
    data = workspace.folder.resolve() / DATA
    return {file: stamp for file, stamp in stamps.items() if file.is_relative_to(data)}
