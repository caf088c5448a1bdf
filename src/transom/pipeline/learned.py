"""What the stage `train` learned, as plain arrays and bytes: whoever reads it needs no torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from transom.data.predictions import Predictions
from transom.errors import Problem


@dataclass(frozen=True)
class Learned:
    """Predictions of every example by task, those of the linear baselines beside them, and the model as files.

    `baselines` is by the baseline's name, then by task, `variants` by the variant's; `files` are what an artifact keeps
    of the models, `warnings` what a person should know about them.
    """

    predictions: Mapping[str, Predictions]
    baselines: Mapping[str, Mapping[str, Predictions]]
    files: Mapping[str, bytes]
    warnings: tuple[Problem, ...] = ()
    variants: Mapping[str, Mapping[str, Predictions]] = field(default_factory=dict)
