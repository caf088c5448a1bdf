"""Snorkel and FlyingSquid on given votes, in an environment of their own.

    PYTHON benchmarks/_anchor_models.py INPUT.npz OUTPUT.npz

They need other versions than transom does, so PYTHON is that of a second environment:

    python -m venv anchors
    anchors/bin/pip install torch==2.13.0 numpy scipy pandas munkres opt_einsum pyparsing statsmodels tensorboard tqdm \
        networkx scikit-learn joblib
    anchors/bin/pip install --no-deps snorkel==0.10.0 flyingsquid pgmpy==0.1.24

INPUT holds `train` and `asked`, votes (n_rows, n_sources) with -1 for an abstention, `n_classes`, and `n_seeds`. OUTPUT
gets, for each system and seed, `SYSTEM/SEED`, the probabilities of the asked rows, and `SYSTEM/SEED/seconds`, the
processor time of fitting and predicting on one thread. Both run with their defaults; FlyingSquid knows two classes and
no seeds, and predicts row by row: it is asked for `n_asked` rows at most.
"""

import logging
import os
import sys
import time
from importlib import import_module
from typing import Any

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import numpy as np

Answer = tuple[np.ndarray, tuple[float, float]]


def main() -> None:
    with np.load(sys.argv[1]) as given:
        train, asked, n_classes = given["train"], given["asked"], int(given["n_classes"])
        n_seeds, n_asked = int(given["n_seeds"]), int(given["n_asked"])
    answers = {f"snorkel/{seed}": snorkel(train, asked, n_classes, seed) for seed in range(n_seeds)}
    if n_classes == 2:
        answers["flyingsquid/0"] = flyingsquid(train, asked[:n_asked])
    held = {name: probabilities for name, (probabilities, _) in answers.items()}
    held |= {f"{name}/seconds": np.array(seconds) for name, (_, seconds) in answers.items()}
    np.savez(sys.argv[2], **held)  # type: ignore[arg-type]


def snorkel(train: np.ndarray, asked: np.ndarray, n_classes: int, seed: int) -> Answer:
    import_module("torch.optim")  # loading it is not counted
    import_module("torch").set_num_threads(1)
    model = import_module("snorkel.labeling.model").LabelModel(cardinality=n_classes, verbose=False)
    started = time.process_time()
    model.fit(train, seed=seed, progress_bar=False)
    return timed(model.predict_proba, asked, time.process_time() - started)


def flyingsquid(train: np.ndarray, asked: np.ndarray) -> Answer:
    logging.getLogger("pgmpy").setLevel(logging.ERROR)  # it warns of a new name thousands of times
    model = import_module("flyingsquid.label_model").LabelModel(train.shape[1])
    started = time.process_time()
    model.fit(signed(train))
    labels, seconds = timed(model.predict, signed(asked), time.process_time() - started)
    return np.eye(2)[(labels.reshape(-1) > 0).astype(np.int64)], seconds


def signed(votes: np.ndarray) -> np.ndarray:
    return np.where(votes < 0, 0, 2 * votes.astype(np.int64) - 1)


def timed(predict: Any, asked: np.ndarray, fit_s: float) -> Answer:
    started = time.process_time()
    answer = predict(asked)
    return np.asarray(answer), (fit_s, time.process_time() - started)


if __name__ == "__main__":
    main()
