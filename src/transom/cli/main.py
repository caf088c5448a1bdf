"""The command `transom`: its verbs, and what happens when one fails."""

import errno
import os
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import Abort, Exit, TyperException

from transom.cli import emit, life, precompute, projects, quality, registry, serve, supervise, tuning, use
from transom.errors import Location, Problem, ProjectError, TransomError

DONE, ANSWER_IS_NO, USER_CAN_MEND, BUG, INTERRUPTED = 0, 1, 2, 70, 130
SHOWN = 20
"""How many problems of a project are told where it is not checked but used."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says of a disk that takes no more, often without a name: no code of ours could mend that."""
UNUSABLE = frozenset(
    {
        *(errno.EROFS, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP),
        *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOENT),
    }
)
"""What it says of a place that cannot be used. Where it names none it may mean anything, and that is a bug."""
STOPPED = "Interrupted. What was finished is kept: the same command goes on from there.\n"

app = typer.Typer(
    name="transom",
    help="Build, watch and improve machine-learned products without writing model code.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (projects, supervise, life, tuning, quality, use, serve, precompute, registry, emit):
    for verb in group.VERBS:
        app.command(verb.__name__.rstrip("_"))(verb)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb and gives its exit code.

    0 done; 1 done, and the answer is no; 2 could not be done, the user can mend it; 70 a bug, with a traceback.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _ended(app(arguments, prog_name="transom", standalone_mode=False) or DONE)
    except Exit as wanted:
        return _ended(wanted.exit_code)
    except TransomError as error:
        return _fail(_told(error), arguments, getattr(error, "__notes__", ()))
    except TyperException as error:
        return _fail([_misused(error)], arguments)
    except (Abort, KeyboardInterrupt):
        return _ended(INTERRUPTED)
    except Exception as error:  # the process edge
        return _fallen(error, arguments)


def _ended(code: int) -> int:
    """The exit code; an interruption, as which Typer passes Ctrl-C on, is told."""
    if code == INTERRUPTED:
        sys.stderr.write(STOPPED)
    return code


def _misused(error: TyperException) -> Problem:
    context = getattr(error, "ctx", None)
    verb = context.command_path if context is not None and context.parent is not None else "transom"
    said = error.format_message()
    return Problem("T170", f"{said}{'' if said.endswith(('.', '?')) else '.'} Run: {verb} --help.")


def _fallen(error: Exception, arguments: Sequence[str]) -> int:
    """The exit code of what no verb had expected: a place that cannot be used, or a bug."""
    if isinstance(error, OSError):
        place = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
        if error.errno in FULL or (place and error.errno in UNUSABLE):
            return _fail([_unusable(place, str(error.strerror))], arguments)
    sys.excepthook(type(error), error, error.__traceback__)
    return BUG


def _unusable(place: str, reason: str) -> Problem:
    what = "it" if place else "a file"
    message = f"{what} cannot be read or written: {reason}. Make room, or name a place where that can be."
    return Problem("T242", message, Location(place))


def _told(error: TransomError) -> Sequence[Problem]:
    return error.problems if isinstance(error, ProjectError) else (error.problem,)


def _fail(problems: Sequence[Problem], arguments: Sequence[str], notes: Sequence[str] = ()) -> int:
    """Says what went wrong, and what was noted before it did; for programs the first problem stands for all."""
    if "--json" in arguments:
        import orjson

        shown = {key: value for key, value in problems[0].as_dict().items() if key not in {"pointer", "severity"}}
        sys.stdout.buffer.write(orjson.dumps({"error": shown, **({"notes": notes} if notes else {})}) + b"\n")
    else:
        lines = [f"transom: {problem}" for problem in problems[:SHOWN]]
        if len(problems) > SHOWN:
            where = "" if "precompute" in arguments else ": transom check"  # which reads no records that are only asked
            lines.append(f"… and {len(problems) - SHOWN:,} more{where}")
        sys.stderr.write("\n".join([*lines, *notes]) + "\n")
    return USER_CAN_MEND


def run_command() -> None:
    """The console script."""
    sys.exit(main())
