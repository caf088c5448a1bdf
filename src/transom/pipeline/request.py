"""A request: one call of the life cycle, with all that its stages may need to know."""

from dataclasses import dataclass

from transom.pipeline.stage import Advance, no_progress
from transom.pipeline.workspace import Workspace


@dataclass(frozen=True)
class Request:
    """The workspace to run, how to treat broken lines, and who is told of the progress."""

    workspace: Workspace
    skip_bad_lines: bool = False
    advance: Advance = no_progress
