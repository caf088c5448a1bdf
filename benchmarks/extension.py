"""What extension is worth: each label model without it, and with it, as dev chooses and fitted either way.

    python benchmarks/extension.py [--projects DIR] [--only youtube trec …] [--split dev] [--embeddings static …]

Accuracy of the decided labels, a tie or a row without votes counting as the share that guessing gets right (the mean
over all seeds); ECE is the expected calibration error on rows with votes. Thresholds are chosen on dev.
Seconds are CPU seconds of one core for choosing thresholds, extending and fitting, the embedding given.
"""

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from transom.data.dataset import frame, in_split
from transom.evaluation.calibration import expected_calibration_error
from transom.pipeline.ingesting import ingest_project
from transom.pipeline.labeling import evidence_in_data, keys_of, row_frame
from transom.pipeline.request import Request
from transom.pipeline.workspace import open_workspace
from transom.registry import names, resolve
from transom.supervision.choice import Auto
from transom.supervision.combine import Combined, combine
from transom.supervision.evidence import Evidence
from transom.supervision.extend import extend
from transom.supervision.label_models.em import Em
from transom.supervision.label_models.majority import Majority
from transom.supervision.label_models.triplets import Triplets

PROJECTS = Path(__file__).resolve().parents[2] / "shared" / "projects"
MODELS = {"auto": Auto(), "majority": Majority(), "em": Em(), "triplets": Triplets()}
COLUMNS = (
    *("project", "embedding", "label model", "votes as cast", "extended", "fitted on votes as cast", "fitted on all"),
    *("coverage", "votes added", "CPU s"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=Path, default=PROJECTS)
    parser.add_argument("--only", nargs="+", default=["youtube", "trec", "hausa_news", "agnews"])
    parser.add_argument("--split", choices=("train", "dev", "test"), default="test")
    parser.add_argument("--payload", default="text")
    parser.add_argument("--embeddings", nargs="+", choices=names("embeddings"), default=names("embeddings"))
    asked = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}; accuracy / ECE on {asked.split}")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
    for project in asked.only:
        with tempfile.TemporaryDirectory() as store:
            dataset = ingest_project(Request(open_workspace(asked.projects / project, store=Path(store)))).dataset
            evidence = evidence_in_data(dataset, dataset.schema.tasks[0], keys_of(row_frame(dataset)))
            texts = frame(dataset, [asked.payload])[asked.payload].to_list()
            shown = in_split(dataset, asked.split)
        for embedding in asked.embeddings:
            vectors = resolve("embeddings", embedding)().embed(texts, evidence.train)
            for model in MODELS:
                print(f"| {project} | {embedding} | {model} | {_cells(evidence, vectors, model, shown)} |", flush=True)
    print(f"load {os.getloadavg()[0]:.1f}")


def _cells(evidence: Evidence, vectors: np.ndarray, model: str, shown: np.ndarray) -> str:
    as_cast = combine(evidence, MODELS[model])
    started = time.process_time()
    found = extend(evidence, vectors, model=MODELS[model])
    extended = combine(found.evidence, MODELS[model])
    seconds = time.process_time() - started
    others = [combine(replace(found.evidence, learns_from_extended=each), MODELS[model]) for each in (False, True)]
    figures = [_figures(each, evidence.gold.values, shown) for each in (as_cast, extended, *others)]
    coverage = f"{found.row.coverage_before:.2f} → {found.row.coverage_after:.2f}"
    return " | ".join([*figures, coverage, f"{found.row.n_added:,}", f"{seconds:.2f}"])


def _figures(combined: Combined, gold: np.ndarray, shown: np.ndarray) -> str:
    rows = shown & (gold >= 0)
    covered, truth = combined.label_model.covered[rows], gold[rows]
    probabilities = np.where(covered[:, None], combined.label_model.probabilities[rows], 0.0)
    is_best = probabilities >= probabilities.max(axis=1, keepdims=True) - 1e-9
    accuracy = (is_best[np.arange(len(truth)), truth] / is_best.sum(axis=1)).mean()
    sure, is_right = probabilities[covered].max(axis=1), probabilities[covered].argmax(axis=1) == truth[covered]
    error = expected_calibration_error(sure, is_right, np.arange(len(sure)))
    return f"{accuracy:.3f} / {error.value:.3f}"


if __name__ == "__main__":
    main()
