"""Quality on real projects with the defaults: the model beside its labels and the baselines, means over seeds.

    python benchmarks/quality.py [--projects DIR] [--only youtube trec …] [--seeds 5] [--split test] [--set KEY=VALUE …]

Every figure is the mean over runs from files to report that differ in `training.seed` alone; beside the model's stand
its standard deviation over seeds and its 95 % interval over examples (the mean of the runs' limits). `must` and `aim`
are the bars of the project, where it has some.

A small test says little. With `--folds 5` the project's test is left out, and each fifth of train, whose gold no run
sees, is the test of runs of its own; figures are then means over all of these, too.
"""

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _folds import folders

from transom.data.subset_names import EVERYTHING
from transom.evaluation.report import Row
from transom.pipeline.lifecycle import run

PROJECTS = Path(__file__).resolve().parents[2] / "shared" / "projects"
STAGES = (
    *("majority", "label_model", "baseline:best_source", "baseline:linear_majority", "baseline:linear"),
    *("baseline:trees", "model"),
)


@dataclass(frozen=True)
class Bar:
    """A metric of a task that a project is judged by, and what it must reach; None where nothing is said."""

    task: str
    metric: str
    must: float | None = None
    aim: float | None = None


BARS = {
    "youtube": (Bar("label", "accuracy", 0.925, 0.95),),
    "trec": (Bar("label", "accuracy", 0.62, 0.72),),
    "agnews": (Bar("label", "accuracy", 0.77, 0.82),),
    "hausa_news": (Bar("label", "accuracy", 0.50, 0.55),),
    "adult": (Bar("label", "accuracy", 0.859, 0.864), Bar("label", "roc_auc", 0.909, 0.915)),
    "weather_crowd": (Bar("label", "accuracy"),),
    "snips": (Bar("intent", "accuracy", 0.98, 0.986), Bar("slots", "entity_f1", 0.91, 0.96)),
    "bc5cdr": (Bar("entities", "entity_f1"),),
    "aida_select": (Bar("entity", "accuracy", 0.91, 0.93),),
    "elec2": (Bar("label", "accuracy"),),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=Path, default=PROJECTS)
    parser.add_argument("--only", nargs="+", choices=BARS, default=["youtube", "trec", "agnews", "hausa_news", "adult"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    asked = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    print("| project | task | metric | must | aim |", *(f"{stage.removeprefix('baseline:')} |" for stage in STAGES))
    print("|" + "---|" * (5 + len(STAGES)), flush=True)
    for project in asked.only:
        started = time.process_time()
        runs = [
            _rows(folder, seed, asked.settings)
            for folder in folders(asked.projects / project, asked.folds)
            for seed in range(asked.seeds)
        ]
        for bar in BARS[project]:
            print(_line(project, bar, [_chosen(rows, bar, asked.split) for rows in runs]), flush=True)
        print(f"  {project}: {(time.process_time() - started) / len(runs):.1f} CPU s a run", flush=True)
    print(f"load {os.getloadavg()[0]:.1f}")


def _rows(project: Path, seed: int, settings: list[str]) -> tuple[Row, ...]:
    with tempfile.TemporaryDirectory() as store:
        return run(project, store=store, settings=[f"training.seed={seed}", *settings]).report.rows


def _chosen(rows: tuple[Row, ...], bar: Bar, split: str) -> dict[str, Row]:
    """The rows of one metric, by stage."""
    return {
        row.stage: row
        for row in rows
        if (row.task, row.metric, row.split, row.tag) == (bar.task, bar.metric, split, EVERYTHING)
    }


def _line(project: str, bar: Bar, runs: list[dict[str, Row]]) -> str:
    figures = [_figure([stages[stage] for stages in runs if stage in stages], stage) for stage in STAGES]
    bars = ["" if figure is None else f"{figure:g}" for figure in (bar.must, bar.aim)]
    return f"| {' | '.join([project, bar.task, bar.metric, *bars, *figures])} |"


def _figure(rows: list[Row], stage: str) -> str:
    if not rows:
        return ""
    values = [row.value for row in rows]
    text = f"{np.mean(values):.3f}"
    if stage != "model":
        return text
    bounds = [(row.low, row.high) for row in rows if row.low is not None and row.high is not None]
    low, high = np.mean(bounds, axis=0) if bounds else (np.nan, np.nan)
    return f"**{text}** ± {np.std(values):.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
