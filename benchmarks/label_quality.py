"""Quality of label models on real projects with their defaults, and of Snorkel and FlyingSquid on the same votes.

    python benchmarks/label_quality.py [--projects DIR] [--anchors PYTHON] [--only youtube trec …] [--split test]

Label models are fitted on the votes on train. A cell is the mean over 50 seeds by which ties and items without a vote
are decided, the standard deviation over them, and the 95 % interval over examples (the mean of the seeds' limits).
Snorkel is fitted with 5 seeds of its own, FlyingSquid knows two classes only. `auto, no dev` sees no gold at all, the
others of ours that of dev. PYTHON is that of an environment with both, see `_anchor_models.py`.

Where a split has no votes (weather_crowd's test) or no gold, train's gold, which no label model sees, takes its place.
"""

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from transom.data.dataset import in_split
from transom.data.items import one_each
from transom.data.predictions import Predictions
from transom.data.ties import example_keys
from transom.evaluation.intervals import wilson
from transom.evaluation.metrics import metrics_for, rows_of
from transom.evaluation.scores import counts_of_classes, macro_f1
from transom.pipeline.ingesting import ingest_project
from transom.pipeline.labeling import evidence_in_data, keys_of, row_frame
from transom.pipeline.request import Request
from transom.pipeline.workspace import open_workspace
from transom.schema.tasks import Multiclass, Spans
from transom.supervision.boundaries import split_runs
from transom.supervision.choice import Auto, Judged
from transom.supervision.combine import combine, fit_label_model, training_rows
from transom.supervision.decisions import decide
from transom.supervision.evidence import Evidence
from transom.supervision.evidence_rows import EvidenceRows, evidence_rows
from transom.supervision.label_model import LabelModel
from transom.supervision.label_models.chain import Chain
from transom.supervision.label_models.em import Em
from transom.supervision.label_models.majority import Majority
from transom.supervision.label_models.triplets import Triplets
from transom.supervision.matrix import ABSTAINED, LabelMatrix
from transom.supervision.neighbours import in_order
from transom.supervision.statistics import rows_of as matrix_rows

PROJECTS = Path(__file__).resolve().parents[2] / "shared" / "projects"
NAMES = ("youtube", "trec", "agnews", "hausa_news", "weather_crowd", "bc5cdr", "aida_select")
OURS: dict[str, tuple[LabelModel, bool]] = {
    "em": (Em(), True),
    "triplets": (Triplets(), True),
    "chain": (Chain(), True),
    "auto": (Auto(), True),
    "auto, no dev": (Auto(), False),
}
ANCHORS = ("snorkel", "flyingsquid")
TIE_SEEDS = 50
MODEL_SEEDS = 5


@dataclass(frozen=True)
class Project:
    """One task of a real project: its votes, and the examples it is judged on."""

    name: str
    evidence: Evidence
    rows: EvidenceRows
    judged: np.ndarray
    split: str


@dataclass(frozen=True)
class Answer:
    """What a label model says of every row of a matrix, and of a row without votes; or what it decided at once."""

    probabilities: np.ndarray
    silence: np.ndarray
    decided: Predictions | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=Path, default=PROJECTS)
    parser.add_argument("--anchors", type=Path, metavar="PYTHON")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--split", choices=("dev", "train", "test"), default="test")
    asked = parser.parse_args()
    columns = ("majority", *OURS, *(ANCHORS if asked.anchors else ()))
    print(f"| project | judged on | metric | {' | '.join(columns)} |")
    print("|" + "---|" * (3 + len(columns)), flush=True)
    for name in asked.only:
        project = read(asked.projects / name, asked.split)
        answers = dict(ours(project))
        if asked.anchors and project.rows.matrix.n_options is None:
            answers |= anchors(project, asked.anchors)
        for line in lines(project, answers, columns):
            print(line, flush=True)


def read(folder: Path, split: str) -> Project:
    """The only task of a project."""
    with tempfile.TemporaryDirectory() as store:
        dataset = ingest_project(Request(open_workspace(folder, store=store))).dataset
        evidence = evidence_in_data(dataset, dataset.schema.tasks[0], keys_of(row_frame(dataset)))
        chosen = in_split(dataset, split)
    rows = evidence_rows(evidence.task, evidence)  # type: ignore[arg-type]
    voted = np.zeros(evidence.items.n_examples, dtype=bool)
    voted[rows.examples[(rows.matrix.votes != ABSTAINED).any(axis=1)]] = True
    if not (voted & chosen).any():
        chosen, split = evidence.train, "train"
    return Project(folder.name, evidence, rows, chosen, split)


def ours(project: Project) -> Iterator[tuple[str, list[Answer]]]:
    matrix, dev = project.rows.matrix, project.rows.gold[0]
    training = training_rows(matrix, project.evidence)
    voted = (matrix.votes[dev.rows] != ABSTAINED).any(axis=1)
    seen = Judged(matrix_rows(matrix, dev.rows[voted]), dev.truth[voted].astype(np.int64), dev.examples[voted])
    unseen = Judged(matrix_rows(matrix, dev.rows[:0]), seen.truth[:0], seen.examples[:0])
    plain = Majority().fit(training, np.full(matrix.n_classes, 1 / matrix.n_classes))
    fitted = {"majority": plain} | {
        name: fit_label_model(model, training, task=project.evidence.task, judged=seen if sees_dev else unseen).best
        for name, (model, sees_dev) in OURS.items()
    }
    ordered, places = in_order(matrix, project.evidence.order)
    for name, model in fitted.items():
        probabilities = np.empty((len(matrix.votes), matrix.n_classes))
        probabilities[places] = model.predict(ordered)
        yield name, [Answer(probabilities, model.predict(silent(matrix))[0], whole_spans(project, name))]


def whole_spans(project: Project, name: str) -> Predictions | None:
    """What `auto` makes of spans, which it may decide as wholes."""
    model, sees_dev = OURS.get(name, (Majority(), False))
    if not isinstance(project.evidence.task, Spans) or not isinstance(model, Auto):
        return None
    return combine(project.evidence, model, use_dev=sees_dev).label_model


def silent(matrix: LabelMatrix) -> LabelMatrix:
    """A row on which no source votes."""
    nothing = np.full((1, len(matrix.sources)), ABSTAINED, dtype=matrix.votes.dtype)
    n_options = None if matrix.n_options is None else np.array([matrix.n_classes])
    return LabelMatrix(nothing, matrix.sources, matrix.n_classes, one_each(1), n_options)


def anchors(project: Project, python: Path) -> dict[str, list[Answer]]:
    """What the other systems say; rows without votes are left out, as ours leave them out."""
    matrix = project.rows.matrix
    rows = np.flatnonzero((matrix.votes != ABSTAINED).any(axis=1))
    with tempfile.TemporaryDirectory() as folder:
        given, answered = Path(folder, "votes.npz"), Path(folder, "answers.npz")
        train = matrix.votes[project.rows.train]
        sizes = {"n_classes": matrix.n_classes, "n_seeds": MODEL_SEEDS, "n_asked": len(rows)}
        np.savez(given, train=train, asked=matrix.votes[rows], **sizes)  # type: ignore[arg-type]
        script = Path(__file__).with_name("_anchor_models.py")
        subprocess.run([python, script, given, answered], check=True, capture_output=True)
        with np.load(answered) as held:
            answers = {name: held[name] for name in held.files if not name.endswith("seconds")}
    even = np.full(matrix.n_classes, 1 / matrix.n_classes)
    found: dict[str, list[Answer]] = {}
    for name, said in answers.items():
        probabilities = np.tile(even, (len(matrix.votes), 1))
        probabilities[rows] = said
        found.setdefault(name.split("/")[0], []).append(Answer(probabilities, even))
    return found


def lines(project: Project, answers: dict[str, list[Answer]], columns: tuple[str, ...]) -> Iterator[str]:
    """A line a metric."""
    scores = {name: [score for each in answers[name] for score in scored(project, each)] for name in answers}
    for metric in scores["majority"][0]:
        cells = [cell([score[metric] for score in scores[name]]) if name in scores else "" for name in columns]
        yield f"| {' | '.join((project.name, project.split, metric, *cells))} |"


def scored(project: Project, answer: Answer) -> Iterator[dict[str, tuple[float, float, float]]]:
    """Value and limits of the metrics of interest, once for each seed of ties."""
    evidence = project.evidence
    if answer.decided is not None:  # no tie is left
        yield metrics(project, answer.decided)
        return
    for seed in range(TIE_SEEDS):
        keys = example_keys([f"{seed}/{example}" for example in range(evidence.items.n_examples)], seed)
        decided = decide(evidence.task, project.rows.matrix, answer.probabilities, silence=answer.silence, keys=keys)
        if isinstance(evidence.task, Spans):
            decided = split_runs(decided, evidence.votes)
        yield metrics(project, decided)


def metrics(project: Project, decided: Predictions) -> dict[str, tuple[float, float, float]]:
    task, gold = project.evidence.task, project.evidence.gold
    keep = rows_of(task, gold.items, project.judged)
    if not isinstance(task, Multiclass):
        first = metrics_for(task, gold, decided, keep)[0]
        return {first.metric: (first.value, first.low, first.high)}
    rows = np.flatnonzero(keep & (gold.values >= 0))
    truth, labels = gold.values[rows].astype(np.int64), decided.labels[rows].astype(np.int64)
    counts = counts_of_classes(truth, labels, np.arange(len(rows)), len(task.classes))
    f1 = macro_f1(counts)
    assert f1 is not None
    right = wilson(float((truth == labels).mean()), len(rows))
    return {"accuracy": (right.value, right.low, right.high), "macro F1": (f1.value, f1.low, f1.high)}


def cell(scores: list[tuple[float, float, float]]) -> str:
    value, low, high = np.mean(scores, axis=0)
    return f"{value:.3f} ± {np.std([score[0] for score in scores]):.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
