"""The trial of an exported model on recorded examples: whether it says the same, how large it is, how long it takes."""

import time
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np
import torch

from transom.data.features.columns import encode_table
from transom.errors import TrainingError
from transom.export.exporter import Exported, Exporter, Outputs, Subject, forest_outputs, largest_difference
from transom.export.tracing import names_of
from transom.model.exportable import ExportableNetwork, output_names
from transom.model.forest import forest_scores
from transom.model.graph import Units
from transom.model.saved import Model
from transom.schema.tasks import Regression
from transom.training.threads import one_thread

TOLERANCE = 1e-4
"""Scores may differ by so much (`largest_difference`): they are sums of thousands of float32 products in any order."""

ROUNDS = 8
"""So many times each of the recorded examples is asked alone."""


@dataclass(frozen=True)
class Trial:
    """How large a form is, how far its scores are from the model's at most, and the median time of one record.

    `compressed_bytes` is what travels where files are compressed (deflate), in which zeros take no room.
    """

    format: str
    size_bytes: int
    compressed_bytes: int
    largest_difference: float
    latency_ms: float

    def as_dict(self) -> dict[str, Any]:
        """The trial as `export --json` prints it."""
        return asdict(self)


def prove(exported: Exported, subject: Subject) -> float:
    """The largest difference between what was exported and the model, on the recorded examples.

    Raises:
        TrainingError: it should say what the model says, and does not; or the model itself says NaN.
    """
    parts = _parts(subject, exported.most_examples)
    differences = [_largest_difference(part, exported) for part in parts]
    difference = float(np.max(differences, initial=0.0))
    if exported.is_exact and not difference <= TOLERANCE:
        raise TrainingError("T182", f"What was exported differs from the network by {difference:.2g}.")
    return difference


def export_proved(exporter: Exporter, subject: Subject) -> Exported:
    """What the exporter makes of a model, after it was seen to say the same.

    Raises:
        TrainingError: it does not.
        MissingExtraError: a package is not installed.
    """
    exported = exporter.export(subject)
    prove(exported, subject)
    return exported


def trials(forms: Mapping[str, Exported], subject: Subject) -> dict[str, Trial]:
    """The trial of each form, by name; they take turns, so that a busy moment is nobody's advantage.

    Raises:
        TrainingError: a form should say what the model says, and does not.
    """
    seconds: dict[str, list[float]] = {name: [] for name in forms}
    alone = [one.inputs for one in _parts(subject, 1)]
    for _ in range(ROUNDS):
        for inputs in alone:
            for name, form in forms.items():
                started = time.perf_counter()
                form.run(inputs)
                seconds[name].append(time.perf_counter() - started)
    return {
        name: Trial(name, form.size_bytes, _compressed(form), prove(form, subject), 1e3 * median(seconds[name]))
        for name, form in forms.items()
    }


def model_outputs(subject: Subject) -> Outputs:
    """What the model says of the recorded examples."""
    model = subject.model
    outputs: dict[str, np.ndarray] = {}
    if model.network.graph.heads:
        with torch.no_grad(), one_thread():
            given = {name: torch.from_numpy(array) for name, array in subject.network_inputs.items()}
            outputs = names_of(subject).outputs_from(ExportableNetwork(model.network)(given))
    forests = zip(forest_outputs(model), model.forests, strict=True)
    scores = {name: forest_scores(each, encode_table(each.table, subject.recorded)) for name, each in forests}
    return {**outputs, **scores}


def _largest_difference(part: Subject, exported: Exported) -> float:
    ours, theirs = model_outputs(part), exported.run(part.inputs)
    if any(np.isnan(scores).any() for scores in ours.values()):
        raise TrainingError("T182", "The network says NaN of a recorded example, which no form can be compared with.")
    units = {name: _widened(each, ours[name]) for name, each in _units_of(part.model).items()}
    return largest_difference(_counted(ours, units), _counted(theirs, units))


def _units_of(model: Model) -> dict[str, Units]:
    """The units in which numbers were learned, by the outputs that tell them."""
    told = zip(output_names(model.network), model.network.graph.heads, strict=False)  # the slices are no head
    ours = {name: head.link for name, head in told if isinstance(head.task, Regression)}
    grown = {
        name: Units(float(forest.shift[0]), float(forest.scale[0]))
        for name, forest in zip(forest_outputs(model), model.forests, strict=True)
        if isinstance(forest.task, Regression)
    }
    return {name: link if isinstance(link, Units) else Units(0.0, 1.0) for name, link in ours.items()} | grown


def _widened(units: Units, values: np.ndarray) -> Units:
    """The units, or larger ones in which no value exceeds 1: large negative ones would be taken for hidden scores."""
    return Units(units.origin, units.unit * float(np.abs((values - units.origin) / units.unit).max(initial=1.0)))


def _counted(outputs: Outputs, units: Mapping[str, Units]) -> Outputs:
    """Numbers as they were learned: told from 0, those of 1.7e9 ± 100 would hide differences of hundreds of units."""
    counted = {name: (outputs[name] - each.origin) / each.unit for name, each in units.items()}
    return {**outputs, **counted}


def _compressed(form: Exported) -> int:
    return sum(len(zlib.compress(content)) for content in form.files.values())


def _parts(subject: Subject, most: int | None) -> list[Subject]:
    """The recorded examples, at most so many at once."""
    columns = subject.recorded
    n_examples = len(next(iter(columns.values())))
    return [
        Subject(subject.model, {name: column[start : start + (most or n_examples)] for name, column in columns.items()})
        for start in range(0, n_examples, most or max(n_examples, 1))
    ]
