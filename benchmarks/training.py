"""What training costs on a project: padding saved by batches of like length, and the price of checkpoints.

    python benchmarks/training.py [--project snips] [--steps 100]

Tokens a second of processor time, of one thread: every way takes the same number of steps of the same size from the
same first weights. "padded to the longest of all" is what a trainer does that fixes the length of its batches.
"""

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from transom.data.features.payloads import encode_features
from transom.model.compile import compile_graph
from transom.model.network import Network
from transom.pipeline.fitting import feature_spec, training_data
from transom.pipeline.ingesting import ingest_project
from transom.pipeline.labeling import label
from transom.pipeline.learning import payload_values
from transom.pipeline.request import Request
from transom.pipeline.slice_capacity import slice_capacity
from transom.pipeline.workspace import open_workspace
from transom.training.batches import batches
from transom.training.checkpoint import write_checkpoint
from transom.training.config import TrainingConfig
from transom.training.learner import History, Run, checkpoint_of, learner_for
from transom.training.objective import goals_for, has_label
from transom.training.predict import lengths_of
from transom.training.schedule import schedule_for
from transom.training.step import step
from transom.training.threads import one_thread

PROJECTS = Path(__file__).resolve().parents[2] / "shared" / "projects"

Batches = Iterator[np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", default="snips")
    parser.add_argument("--steps", type=int, default=100)
    asked = parser.parse_args()
    run = _run(PROJECTS / asked.project)
    lengths = lengths_of(run.network.graph, run.features)
    longest = int(run.examples[np.argmax(lengths[run.examples])])
    ways: dict[str, Callable[[], Batches]] = {
        "padded to the longest of all": lambda: (np.append(batch, longest) for batch in _batches(run, buckets=False)),
        "padded to the longest of a batch": lambda: _batches(run, buckets=False),
        "batches of like length": lambda: _batches(run, buckets=True),
    }
    print(
        f"{asked.project}, {len(run.examples)} examples, {lengths[run.examples].mean():.1f} tokens each, load", end=" "
    )
    print(f"{os.getloadavg()[0]:.1f}\n| batches | tokens a second | |\n|---|---|---|", flush=True)
    slowest = None
    for way, made in ways.items():
        rate = _rate(run, islice(made(), asked.steps), longest if way.endswith("all") else None)
        slowest = slowest or rate
        print(f"| {way} | {rate:,.0f} | {rate / slowest:.2f} x |", flush=True)
    print(f"a checkpoint: {_checkpoint_s(run):.2f} s")


def _run(project: Path) -> Run:
    with tempfile.TemporaryDirectory() as store:
        request = Request(open_workspace(project, store=Path(store)))
        examples = ingest_project(request)
        dataset, labels = examples.dataset, label(request, examples)
        capacity = slice_capacity(dataset, project)
        graph = compile_graph(capacity.schema, request.workspace.model.payloads)
        values = payload_values(dataset, [payload.name for payload in dataset.schema.payloads])
        spec = feature_spec(dataset, graph.readings, values)
        data = training_data(dataset, labels, encode_features(spec, values), capacity.members)
    chosen = np.flatnonzero(data.train)
    goals = goals_for(graph.heads, data.targets, chosen)
    chosen = np.flatnonzero(data.train & has_label(goals, len(data.train)))
    lengths = lengths_of(graph, data.features)[chosen]
    schedule = replace(schedule_for(TrainingConfig(), graph, len(chosen), float(lengths.mean())), epochs=1_000)
    return Run(Network(graph, spec), data.features, goals, chosen, schedule)


def _batches(run: Run, *, buckets: bool) -> Batches:
    """Batches without end."""
    random = np.random.default_rng(0)
    lengths = lengths_of(run.network.graph, run.features)[run.examples]
    while True:
        yield from batches(run.examples, lengths, run.schedule.batch_size, random=random, buckets=buckets)


def _rate(run: Run, chosen: Batches, besides: int | None) -> float:
    """Tokens a second, those of the example that only makes batches long left out."""
    lengths = lengths_of(run.network.graph, run.features)
    learner = learner_for(run, 0)
    run.network.train()
    n_tokens, spent = 0, 0.0
    with one_thread():
        for batch in chosen:
            started = time.process_time()
            step(run, learner, batch, 1, run.schedule.learning_rate)
            spent += time.process_time() - started
            n_tokens += int(lengths[batch].sum()) - (0 if besides is None else int(lengths[besides]))
    return n_tokens / spent


def _checkpoint_s(run: Run) -> float:
    """Seconds to write a checkpoint after the first epoch."""
    learner = learner_for(run, 0)
    with one_thread():
        step(run, learner, run.examples[: run.schedule.batch_size], 1, run.schedule.learning_rate)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        write_checkpoint(Path(folder) / "first.safetensors", checkpoint_of(run, learner, History((), 0, {})))
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
