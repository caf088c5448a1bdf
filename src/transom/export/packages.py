"""Packages that only exporting needs, loaded when something is exported."""

import importlib
from typing import Any

from transom.errors import MissingExtraError


def package(name: str, *, extra: str = "export", what: str = "Exporting to ONNX") -> Any:
    """A package of an extra; `what` is what needs it.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise MissingExtraError(name.partition(".")[0], extra, what) from None
