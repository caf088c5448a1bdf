"""Fit and predict of every label model on synthetic votes, as rows grow; other systems beside where installed.

    python benchmarks/label_models.py [--rows 10000 100000 1000000] [--sources 50] [--classes 2] [--models em triplets]

Each source votes on 40 % of the rows and is right with 0.55 to 0.9. Times are processor seconds of one thread, the
better of two runs, so that compiling is not counted; memory is what the process holds at most, above the votes
themselves. Targets at 10,000,000 × 50: `triplets` 1 s to fit and 1 s to predict, `em` 10 s, 1 GiB above the input.

FlyingSquid predicts row by row in Python: it is timed on 20,000 rows and scaled. To install it and Snorkel:
`pip install --no-deps snorkel==0.10.0 flyingsquid pgmpy==0.1.24`, then
`pip install munkres opt_einsum pandas pyparsing statsmodels tensorboard tqdm`.
"""

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import logging
import resource
import time
from collections.abc import Callable
from importlib import import_module
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
    parser.add_argument("--models", nargs="+", default=list(names("label_models")))
    asked = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    print(f"{'rows':>10} {'model':<12} {'fit s':>8} {'predict s':>10} {'accuracy':>9} {'memory MiB':>11}")
    for n_rows in asked.rows:
        matrix, truth = votes(int(n_rows), asked.sources, asked.classes)
        before = peak_mib()
        for name in asked.models:
            measure(name, matrix, truth, before)
        for name, fit in anchors(asked.classes):
            fit_s, predict_s, accuracy = fit(matrix, truth)
            row(n_rows, name, fit_s, predict_s, accuracy, peak_mib() - before)
    print(f"load {os.getloadavg()[0]:.1f}")


def votes(n_rows: int, n_sources: int, n_classes: int) -> tuple[LabelMatrix, np.ndarray]:
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
    return LabelMatrix(cast, sources, n_classes, one_each(n_rows)), truth


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


Anchor = Callable[[LabelMatrix, np.ndarray], tuple[float, float, float]]


def anchors(n_classes: int) -> list[tuple[str, Anchor]]:
    """The other systems that are installed and know so many classes."""
    found: list[tuple[str, Anchor]] = []
    if installed("snorkel.labeling.model"):
        found.append(("snorkel", snorkel))
    if n_classes == 2 and installed("flyingsquid.label_model"):
        found.append(("flyingsquid", flyingsquid))
    return found


def installed(module: str) -> bool:
    try:
        import_module(module)
    except ImportError:
        return False
    return True


def snorkel(matrix: LabelMatrix, truth: np.ndarray) -> tuple[float, float, float]:
    import_module("torch").set_num_threads(1)
    model = import_module("snorkel.labeling.model").LabelModel(cardinality=matrix.n_classes, verbose=False)
    fit_s, _ = timed(lambda: model.fit(matrix.votes, n_epochs=100, seed=0, progress_bar=False))
    predict_s, probabilities = timed(lambda: model.predict_proba(matrix.votes))
    return fit_s, predict_s, (probabilities.argmax(axis=1) == truth).mean()


def flyingsquid(matrix: LabelMatrix, truth: np.ndarray) -> tuple[float, float, float]:
    logging.getLogger("pgmpy").setLevel(logging.ERROR)  # it warns of a new name thousands of times
    signed = np.where(matrix.votes < 0, 0, 2 * matrix.votes.astype(np.int64) - 1)
    model = import_module("flyingsquid.label_model").LabelModel(matrix.votes.shape[1])
    fit_s, _ = timed(lambda: model.fit(signed))
    few = signed[:FLYINGSQUID_ROWS]
    predict_s, labels = timed(lambda: model.predict(few))
    return fit_s, predict_s * len(signed) / len(few), (labels.reshape(-1) == 2 * truth[: len(few)] - 1).mean()


def timed(work: Callable[[], T]) -> tuple[float, T]:
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


if __name__ == "__main__":
    main()
