"""The stage `validate`: what is to be released is loaded in a fresh process, as a server loads it, and must answer.

Source: the idea is InfraValidator's of TensorFlow Extended: a model that cannot be served, or that answers otherwise
than it was trained to, is found before anybody asks it.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from transom.errors import ArtifactError
from transom.export.artifact import write_artifact
from transom.export.signature import NETWORK
from transom.pipeline.package import Package
from transom.pipeline.request import Request

PROOF = "transom.serving.proof"

MOST_SHOWN = 3


@dataclass(frozen=True)
class Validated:
    """How many recorded examples the version answered as it should; none where it cannot be served at all."""

    n_recorded: int


def validate(request: Request, packed: Package) -> Validated:
    """Answers the recorded examples in a fresh process.

    Raises:
        ArtifactError: the version does not load, or answers otherwise than the network that it was made from.
    """
    if not any(name.endswith(NETWORK) for name in packed.files):
        return Validated(0)
    request.advance("validate what is served", None)
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "version"
        write_artifact(folder, packed.files, {**packed.about, "version": 0})
        # -P: the current folder is no place for modules, as a project's random.py would hide that of Python
        command = [sys.executable, "-P", "-m", PROOF, str(folder)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        reason = (found.stderr.strip().splitlines() or ["it was ended"])[-1]
        raise ArtifactError("T184", f"the version does not load in a fresh process: {reason}")
    said = json.loads(found.stdout)
    wrong = said["disagreements"]
    if wrong:
        shown = "; ".join(wrong[:MOST_SHOWN])
        raise ArtifactError(
            "T185", f"{len(wrong)} of its {said['n_recorded']} recorded answers are others once it is loaded: {shown}."
        )
    return Validated(said["n_recorded"])
