"""A proof that a version answers as the network did that it was made from: `python -m transom.serving.proof FOLDER`.

It loads the artifact as a server does, in a process that holds nothing else, answers the recorded examples and prints
one JSON document: `{"n_recorded", "disagreements"}`.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from transom.export.artifact import open_artifact
from transom.export.variants import variants_of
from transom.serving.predictor import answers, is_served, open_predictor, recorded_answers

TOLERANCE = 1e-4
"""Probabilities and values may differ by so much of one, or of their size where that is larger: where scores are large,
rounding of float32 in another order moves what is nearly even by some hundred-thousandths."""


def prove(folder: Path) -> dict[str, Any]:
    """What of the recorded answers the version in a folder answers otherwise; its variants are asked too.

    Raises:
        ArtifactError: the version is damaged.
    """
    artifact = open_artifact(folder)
    n_recorded, wrong = 0, []
    for variant in (None, *variants_of(artifact)):
        if is_served(artifact, variant):
            recorded = recorded_answers(artifact, variant)
            n_recorded += len(recorded)
            found = disagreements(recorded, answers(open_predictor(artifact, variant), recorded))
            wrong += list(found) if variant is None else [f"variant {variant!r}, {each}" for each in found]
    return {"n_recorded": n_recorded, "disagreements": wrong}


def disagreements(recorded: Sequence[Mapping[str, Any]], replies: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One sentence for each answer that is another; a label may be, where the likeliest two are as likely."""
    for record, reply in zip(recorded, replies, strict=True):
        for task, expected in record["predictions"].items():
            found = reply["predictions"].get(task)
            if not agrees(expected, found):
                yield f"record {record['id']!r}, task {task!r}: {json.dumps(found)} instead of {json.dumps(expected)}"


def agrees(expected: Any, found: Any) -> bool:
    """Whether two answers say the same.

    >>> agrees({"label": "a", "probabilities": {"a": 0.9}}, {"label": "a", "probabilities": {"a": 0.900001}})
    True
    """
    if isinstance(expected, bool) or expected is None or isinstance(expected, str):
        return bool(expected == found)
    if isinstance(expected, int | float):
        return isinstance(found, int | float) and abs(expected - found) <= TOLERANCE * max(1.0, abs(expected))
    if isinstance(expected, Mapping):
        return isinstance(found, Mapping) and expected.keys() == found.keys() and _entries_agree(expected, found)
    return isinstance(found, list) and len(found) == len(expected) and all(map(agrees, expected, found))


def _entries_agree(expected: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    differing = [key for key in expected if not agrees(expected[key], found[key])]
    return not differing or (differing == ["label"] and _is_tied(expected.get("probabilities")))


def _is_tied(probabilities: Any) -> bool:
    """Whether the two likeliest are as likely, so that either may be the label."""
    if not isinstance(probabilities, Mapping) or len(probabilities) < 2:
        return False
    second, first = sorted(probabilities.values())[-2:]
    return bool(first - second <= TOLERANCE)


if __name__ == "__main__":
    print(json.dumps(prove(Path(sys.argv[1]))))
