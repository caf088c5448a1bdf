"""Checkpoints: all that a training run needs to go on where it was killed, in one file that is whole or not there."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

ABOUT = "about"


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, and what else is known as JSON values."""

    tensors: Mapping[str, Tensor]
    about: Mapping[str, Any]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Puts a checkpoint in the place of the last one.

    Raises:
        OSError: it cannot be written; the last one is still there then, and nothing half written.
    """
    content = save(dict(checkpoint.tensors), {ABOUT: json.dumps(checkpoint.about)})
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, staged = tempfile.mkstemp(prefix=".staged-", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(staged).replace(path)
    except BaseException:
        Path(staged).unlink(missing_ok=True)
        raise


def read_checkpoint(path: Path) -> Checkpoint | None:
    """The checkpoint of that name; None where there is none that can be read, as it only saves time."""
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads(file.metadata()[ABOUT])
            return Checkpoint({name: file.get_tensor(name) for name in file.keys()}, about)  # noqa: SIM118 it is no mapping
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None
