"""Fit and predict of every label model on synthetic votes, as rows grow; other systems beside.

    python benchmarks/label_models.py [--rows 10000 100000 1000000] [--sources 50] [--classes 2]
        [--bits 500] [--models em triplets] [--anchors PYTHON]

Each source votes on 40 % of the rows and is right with 0.55 to 0.9. With `--bits` the rows are those of a bitvector of
so many classes, which `auto` weighs bit by bit. Times are processor seconds of one thread, the
better of two runs, so that compiling is not counted; memory is what the process holds at most, above the votes
themselves. Targets at 10,000,000 × 50: `triplets` 1 s to fit and 1 s to predict, `em` 10 s, 1 GiB above the input.

Snorkel and FlyingSquid get the same votes in the environment of PYTHON, see `_anchor_models.py`. FlyingSquid predicts
row by row in Python: it is timed on 20,000 rows and scaled. Targets at 1,000,000 × 50: 20 times as fast as Snorkel to
fit and predict, 400 times as fast as FlyingSquid.
"""

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from transom.data.items import one_each
from transom.registry import names, resolve
from transom.supervision.label_model import LabelModel
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import uniform_prior

FLYINGSQUID_ROWS = 20_000
_CHUNK = 500_000

T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, nargs="+", default=[1e4, 1e5, 1e6])
    parser.add_argument("--sources", type=int, default=50)
    parser.add_argument("--classes", type=int, default=2)
    parser.add_argument("--bits", type=int, default=1)
    parser.add_argument("--models", nargs="+", default=list(names("label_models")))
    parser.add_argument("--anchors", type=Path, metavar="PYTHON")
    asked = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    print(f"{'rows':>10} {'model':<12} {'fit s':>8} {'predict s':>10} {'accuracy':>9} {'memory MiB':>11}")
    for n_rows in asked.rows:
        matrix, truth = votes(int(n_rows), asked.sources, asked.classes, asked.bits)
        before = peak_mib()
        for name in asked.models:
            measure(name, matrix, truth, before)
        if asked.anchors:
            measure_anchors(asked.anchors, matrix, truth)
    print(f"load {os.getloadavg()[0]:.1f}")


def votes(n_rows: int, n_sources: int, n_classes: int, n_bits: int = 1) -> tuple[LabelMatrix, np.ndarray]:
    """Votes of sources that err independently, made in chunks, and the true class of each row."""
    random = np.random.default_rng(0)
    accuracies = random.uniform(0.55, 0.9, n_sources).astype(np.float32)
    cast = np.empty((n_rows, n_sources), dtype=np.int8)
    truth = random.integers(n_classes, size=n_rows, dtype=np.int8)
    for start in range(0, n_rows, _CHUNK):
        true = truth[start : start + _CHUNK, None]
        shape = (len(true), n_sources)
        wrong = (true + random.integers(1, n_classes, size=shape, dtype=np.int8)) % n_classes
        right = random.random(shape, dtype=np.float32) < accuracies
        abstains = random.random(shape, dtype=np.float32) < 0.6
        cast[start : start + _CHUNK] = np.where(abstains, -1, np.where(right, true, wrong))
    sources = tuple(f"s{source}" for source in range(n_sources))
    bits = np.arange(n_rows) % n_bits if n_bits > 1 else None
    return LabelMatrix(cast, sources, n_classes, one_each(n_rows), bits=bits), truth


def measure(name: str, matrix: LabelMatrix, truth: np.ndarray, before: float) -> None:
    model = resolve("label_models", name)()  # type: ignore[operator]
    assert isinstance(model, LabelModel)
    prior = uniform_prior(matrix.n_classes)
    fit_s, fitted = better_of_two(lambda: model.fit(matrix, prior))
    predict_s, probabilities = better_of_two(lambda: fitted.predict(matrix))
    accuracy = (probabilities.argmax(axis=1) == truth).mean()
    row(len(truth), name, fit_s, predict_s, accuracy, peak_mib() - before)


def better_of_two(work: Callable[[], T]) -> tuple[float, T]:
    seconds = []
    for _ in range(2):
        started = time.process_time()
        result = work()
        seconds.append(time.process_time() - started)
    return min(seconds), result


def row(n_rows: float, name: str, fit_s: float, predict_s: float, accuracy: float, memory_mib: float) -> None:
    print(
        f"{n_rows:>10,.0f} {name:<12} {fit_s:>8.3f} {predict_s:>10.3f} {accuracy:>9.4f} {memory_mib:>11,.0f}",
        flush=True,
    )


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_anchors(python: Path, matrix: LabelMatrix, truth: np.ndarray) -> None:
    """The other systems on the same votes, in their own process."""
    n_rows = len(truth)
    n_asked = min(n_rows, FLYINGSQUID_ROWS)
    with tempfile.TemporaryDirectory() as folder:
        given, answered = Path(folder, "votes.npz"), Path(folder, "answers.npz")
        sizes = {"n_classes": matrix.n_classes, "n_seeds": 1, "n_asked": n_asked}
        np.savez(given, train=matrix.votes, asked=matrix.votes, **sizes)  # type: ignore[arg-type]
        script = Path(__file__).with_name("_anchor_models.py")
        subprocess.run([python, script, given, answered], check=True, capture_output=True)
        with np.load(answered) as held:
            for name in sorted(name for name in held.files if not name.endswith("seconds")):
                labels = held[name].argmax(axis=1)
                fit_s, predict_s = held[f"{name}/seconds"]
                accuracy = (labels == truth[: len(labels)]).mean()
                row(n_rows, name.split("/")[0], fit_s, predict_s * n_rows / len(labels), accuracy, np.nan)


if __name__ == "__main__":
    main()
