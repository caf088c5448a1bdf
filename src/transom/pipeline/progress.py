"""Progress: who is told what a long piece of work is doing."""

from collections.abc import Callable

Advance = Callable[[str, float | None], None]
"""Told what is being done, and the share of it that is done (None = unknown)."""


def no_progress(_what: str, _share: float | None) -> None:
    """Progress that nobody watches."""
