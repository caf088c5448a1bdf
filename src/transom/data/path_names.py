"""Names of files and folders: they stand in caches, records and JSON, and so they have to be text."""

from pathlib import Path

from transom.errors import UsageError


def require_utf8(path: Path) -> None:
    """Refuses a path whose name is not UTF-8, as the system allows.

    Raises:
        UsageError: it is not.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError as problem:
        raise UsageError("T242", f"the name {str(path)!r} is not UTF-8. Rename it.") from problem
