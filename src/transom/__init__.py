"""transom: build, watch and improve machine-learned products without writing model code."""

from importlib import import_module
from typing import Any

_HOMES = {
    "ABSTAIN": "transom.data.example",
    "Example": "transom.data.example",
    "TransomError": "transom.errors",
    "VoteStatistics": "transom.supervision.streaming",
    "check": "transom.pipeline.check",
    "explain": "transom.pipeline.explain",
    "find_mistakes": "transom.pipeline.reports",
    "init": "transom.pipeline.start",
    "json_schemas": "transom.pipeline.schemas",
    "label": "transom.pipeline.lifecycle",
    "labeling_function": "transom.data.functions",
    "predict": "transom.pipeline.answers",
    "promote": "transom.pipeline.releases",
    "report": "transom.pipeline.reports",
    "rollback": "transom.pipeline.releases",
    "run": "transom.pipeline.lifecycle",
    "slicing_function": "transom.data.functions",
    "versions": "transom.pipeline.releases",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are the keys of _HOMES, which also says where each lives


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used, so that `import transom` stays light (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'transom' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names, for completion in a notebook."""
    return __all__
