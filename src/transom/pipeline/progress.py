"""Progress: who is told what a long piece of work is doing."""

from collections.abc import Callable

from transom.export.executions import Execution

Advance = Callable[[str, float | None], None]
"""Told what is being done, and the share of it that is done (None = unknown)."""

Observe = Callable[[Execution], None]
"""Told of a stage that begins to run, with the status `running`, and of each that has ended."""


def no_progress(_what: str, _share: float | None) -> None:
    """Progress that nobody watches."""


def unobserved(_execution: Execution) -> None:
    """Stages that nobody watches."""
