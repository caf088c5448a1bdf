"""Slices with capacity: what they are worth where the labels of a slice go by another rule, and what they cost.

    python benchmarks/slices.py [--only quality curve projects cost] [--seeds 5] [--folds 0] [--projects DIR]

quality   two made-up problems with two critical slices each, in which the label goes by another rule than elsewhere:
          `texts` (a word turns the label round; a word makes other words matter) and `points` in the plane (the
          construction of Chen et al. 2019, arXiv 1909.06349: discs in which the label is turned round). The same model
          without capacity, with it, and with it where the slices' rule misses one member in five and takes in as many
          others, or is wrong on one example in five of all, so that most of those it names are no members.
curve     `texts` with 0 to 198 further slices that hold examples at random.
projects  youtube, hausa_news and adult with slices declared, with capacity and without, on test, or with `--folds 4` on
          each fourth of train in turn, whose gold no run sees.
cost      a training step and the forward pass of one example, beside a loop over heads as Snorkel builds it.
"""

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _folds import folders
from onnxruntime import InferenceSession, SessionOptions
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, softmax

from transom.data.features.inputs import inputs_of
from transom.data.features.payloads import Features, encode_features, fit_features
from transom.data.items import one_each
from transom.data.labels import Labels
from transom.data.targets import Targets
from transom.export.exporter import Subject
from transom.export.onnx_graph import onnx_bytes
from transom.model.batch import batch_of
from transom.model.compile import compile_graph
from transom.model.network import Network
from transom.model.saved import Model
from transom.model.settings import Dense, PayloadSettings
from transom.pipeline.lifecycle import run
from transom.schema.payloads import Field, Payload, Singleton
from transom.schema.payloads import Sequence as TokenSequence
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Multiclass, Spans, Task
from transom.training.config import TrainingConfig
from transom.training.learner import Run, learner_for
from transom.training.objective import goals_for
from transom.training.predict import predict
from transom.training.schedule import Schedule
from transom.training.slices import slice_goals
from transom.training.step import step
from transom.training.train import train
from transom.training.training_data import TrainingData

PROJECTS = Path(__file__).resolve().parents[2] / "shared" / "projects"
N_TRAIN, N_DEV, N_TEST = 3000, 500, 5000
NOISE = 0.2


@dataclass(frozen=True)
class Problem:
    """Examples of a made-up problem: the values of its payload, two classes, and who is in each slice."""

    payload: Payload
    values: list[Any]
    labels: np.ndarray
    members: np.ndarray


def texts(n_examples: int, seed: int) -> Problem:
    """Words for one class or the other; "hardly" turns the label round, "recipe" makes twelve other words decide."""
    random = np.random.default_rng(seed)
    good, bad, plain = (
        [f"{kind}{number}" for number in range(n)] for kind, n in (("good", 15), ("bad", 15), ("w", 60))
    )
    members = np.zeros((n_examples, 2), bool)
    members[:, 0] = random.random(n_examples) < 0.07
    members[:, 1] = (random.random(n_examples) < 0.07) & ~members[:, 0]
    values, labels = [], []
    for turned, recipe in members:
        label = int(random.random() < 0.5)
        n_for = random.integers(1, 4)
        words = [
            *random.choice(good if label else bad, n_for),
            *random.choice(bad if label else good, random.integers(0, n_for)),
            *random.choice(plain, random.integers(4, 12)),
        ]
        if turned:
            words, label = [*words, "hardly"], 1 - label
        if recipe:
            label = int(any(word in words for word in plain[:12]))
            words.append("recipe")
        values.append(" ".join(random.permutation(words)))
        labels.append(label)
    return Problem(Singleton("seen", "text"), values, np.array(labels), members)


def points(n_examples: int, seed: int) -> Problem:
    """Points of the plane on either side of a straight line; in two discs on the line labels are turned round."""
    places = np.random.default_rng(seed).uniform(-1, 1, (n_examples, 2))
    centres = np.array([[0.5, -0.5], [-0.5, 0.5]])
    members = ((places[:, None] - centres) ** 2).sum(2) < 0.25**2
    labels = (places.sum(1) > 0) ^ members.any(1)
    payload = Singleton("seen", "record", fields=(Field("x", "number"), Field("y", "number")))
    return Problem(payload, [{"x": x, "y": y} for x, y in places.tolist()], labels.astype(int), members)


def fitted(problem: Problem, rule: np.ndarray, *, capacity: bool, seed: int) -> np.ndarray:
    """The labels that the default model gives to all examples, trained on the first `N_TRAIN`."""
    slices = tuple(Slice(f"slice{number}", tag="t", capacity=capacity) for number in range(rule.shape[1]))
    graph = compile_graph(Schema((problem.payload,), (Multiclass("label", ("no", "yes"), "seen"),), slices))
    place = np.arange(len(problem.labels))
    in_train, in_dev = place < N_TRAIN, (place >= N_TRAIN) & (place < N_TRAIN + N_DEV)
    spec = fit_features(graph.readings, {"seen": problem.values[:N_TRAIN]})
    items = one_each(len(place))
    data = TrainingData(
        features=encode_features(spec, {"seen": problem.values}),
        targets={"label": Targets(items, np.eye(2)[problem.labels], in_train.astype(float))},
        train=in_train,
        dev=in_dev,
        gold={"label": Labels(items, problem.labels)},
        members=rule if capacity else None,
    )
    trained = train(graph, spec, data, config=TrainingConfig(seed=seed))
    return predict(trained.network, data.features)["label"].labels


def noisy(members: np.ndarray, seed: int) -> np.ndarray:
    """What a rule says that is wrong on one example in five."""
    return members ^ (np.random.default_rng(seed + 100).random(members.shape) < NOISE)


def mistaken(members: np.ndarray, seed: int) -> np.ndarray:
    """What a rule says that misses one member in five, and takes in as many others."""
    random = np.random.default_rng(seed + 100)
    missed = members & (random.random(members.shape) < NOISE)
    others = ~members & (random.random(members.shape) < NOISE * members.mean(axis=0) / (1 - members.mean(axis=0)))
    return (members & ~missed) | others


def further(members: np.ndarray, n_slices: int, seed: int) -> np.ndarray:
    """Slices beside more of them, which hold a tenth of the examples at random."""
    drawn = np.random.default_rng(seed + 200).random((len(members), n_slices)) < 0.1
    return np.concatenate([members, drawn], axis=1)


def scores(problem: Problem, found: np.ndarray) -> list[float]:
    """Accuracy on test, and macro F1 of each slice there."""
    in_test = np.arange(len(found)) >= N_TRAIN + N_DEV
    right = float((found == problem.labels)[in_test].mean())
    slices = [in_test & column for column in problem.members.T]
    return [right, *(macro_f1(problem.labels[rows], found[rows]) for rows in slices)]


def macro_f1(gold: np.ndarray, found: np.ndarray) -> float:
    each = [
        2 * ((gold == label) & (found == label)).sum() / max((gold == label).sum() + (found == label).sum(), 1)
        for label in (0, 1)
    ]
    return float(np.mean(each))


def quality(asked: argparse.Namespace) -> None:
    print("| problem | model | accuracy | F1 of slice 1 | of slice 2 | mean |\n|---|---|---|---|---|---|")
    for name, make in (("texts", texts), ("points", points)):
        problems = [make(N_TRAIN + N_DEV + N_TEST, seed) for seed in range(asked.seeds)]
        for words, capacity, rule in (
            ("without capacity", False, _as_is),
            ("with capacity", True, _as_is),
            (f"rule wrong on {NOISE:.0%} of its members", True, mistaken),
            (f"rule wrong on {NOISE:.0%} of all examples", True, noisy),
        ):
            rows = [
                scores(each, fitted(each, rule(each.members, seed), capacity=capacity, seed=seed))
                for seed, each in enumerate(problems)
            ]
            _print_row([name, words], [[*row, np.mean(row[1:])] for row in rows])


def curve(asked: argparse.Namespace) -> None:
    print("| slices | accuracy | F1 of slice 1 | of slice 2 | CPU s |\n|---|---|---|---|---|")
    problems = [texts(N_TRAIN + N_DEV + N_TEST, seed) for seed in range(asked.seeds)]
    for n_slices in (0, 1, 2, 10, 50, 200):
        started, rows = time.process_time(), []
        for seed, each in enumerate(problems):
            rule = each.members[:, :n_slices] if n_slices <= 2 else further(each.members, n_slices - 2, seed)
            rows.append(scores(each, fitted(each, rule, capacity=n_slices > 0, seed=seed)))
        _print_row([str(n_slices)], rows, f" {(time.process_time() - started) / asked.seeds:.1f} |")


def _as_is(members: np.ndarray, _seed: int) -> np.ndarray:
    return members


def _print_row(names: list[str], rows: Sequence[Sequence[float]], more: str = "") -> None:
    means, spreads = np.mean(rows, axis=0), np.std(rows, axis=0)
    figures = [f"{mean:.3f} ± {spread:.3f}" for mean, spread in zip(means, spreads, strict=True)]
    print(f"| {' | '.join([*names, *figures])} |{more}", flush=True)


SLICES = {
    "youtube": """
  short: {where: "length(text) < 40", CAPACITY}
  link:  {where: "text ~ '(?i)http|www|\\\\.com'", CAPACITY}
  asks:  {where: "text ~ '(?i)\\\\b(check|please|subscribe)\\\\b'", CAPACITY}
  shout: {where: "text ~ '[A-Z]{5}'", CAPACITY}
""",
    "hausa_news": """
  short:   {where: "length(text) < 40", CAPACITY}
  digits:  {where: "text ~ '[0-9]'", CAPACITY}
  nigeria: {where: "text ~ '(?i)najeriya'", CAPACITY}
""",
    "adult": """
  young:      {where: "record.age < 25", CAPACITY}
  old:        {where: "record.age >= 60", CAPACITY}
  gains:      {where: "record.capital_gain > 0", CAPACITY}
  part_time:  {where: "record.hours_per_week < 30", CAPACITY}
  graduates:  {where: "record.education_num >= 14", CAPACITY}
""",
}


def projects(asked: argparse.Namespace) -> None:
    print("| project | slices | accuracy | mean of slices |\n|---|---|---|---|")
    for name, slices in SLICES.items():
        for capacity in ("false", "true"):
            rows = [
                _of_project(folder, slices, capacity, seed)
                for folder in folders(asked.projects / name, asked.folds)
                for seed in range(asked.seeds)
            ]
            _print_row([name, "with capacity" if capacity == "true" else "without capacity"], rows)


def _of_project(project: Path, slices: str, capacity: str, seed: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / project.name
        shutil.copytree(project, copy)
        declared = slices.replace("CAPACITY", f"capacity: {capacity}")
        schema = copy / "schema.yaml"
        schema.write_text(f"{schema.read_text()}\nslices:{declared}")
        report = run(copy, settings=[f"training.seed={seed}"]).report
    rows = [row for row in report.rows if (row.stage, row.split, row.metric) == ("model", "test", "accuracy")]
    whole = next(row.value for row in rows if row.tag == "*")
    return whole, float(np.mean([row.value for row in rows if row.tag.startswith("slice:")]))


SIZE, N_CLASSES, N_EXAMPLES = 128, 2, 64
BINARY = Multiclass("label", ("no", "yes"), "seen")


class LoopOfHeads(nn.Module):
    """The heads of slice-based learning one by one, as Snorkel 0.10 builds them; the base is one more slice."""

    def __init__(self, n_slices: int) -> None:
        super().__init__()
        self.indicators = nn.ModuleList(nn.Linear(SIZE, 2) for _ in range(n_slices))
        self.transforms = nn.ModuleList(nn.Linear(SIZE, SIZE) for _ in range(n_slices))
        self.shared, self.last = nn.Linear(SIZE, N_CLASSES), nn.Linear(SIZE, N_CLASSES)

    def forward(self, seen: Tensor) -> tuple[list[Tensor], list[Tensor], Tensor]:
        """Scores of indicators, of experts and of the last head."""
        indicated = [each(seen) for each in self.indicators]
        moved = [each(seen) for each in self.transforms]
        said = [self.shared(each) for each in moved]
        weights = [softmax(i, 1)[:, 1] * softmax(s, 1)[:, 1] for i, s in zip(indicated, said, strict=True)]
        shares = torch.stack(weights, 1).softmax(1)
        return indicated, said, self.last((shares.unsqueeze(-1) * torch.stack(moved, 1)).sum(1))

    def loss(self, seen: Tensor, labels: Tensor, members: Tensor) -> Tensor:
        """The sum of all losses."""
        indicated, said, last = self(seen)
        loss = cross_entropy(last, labels)
        for place, (one, other) in enumerate(zip(indicated, said, strict=True)):
            rows = members[:, place]
            loss = loss + cross_entropy(one, rows.long())
            if rows.any():
                loss = loss + cross_entropy(other[rows], labels[rows])
        return loss


def cost(_asked: argparse.Namespace) -> None:
    """Medians over steps, in processor time, of heads that see 128 numbers; 64 examples a step, 1 thread."""
    torch.set_num_threads(1)
    print("| slices | step, ms | ratio to 1 | loop of heads, ms | ratio to 1 |\n|---|---|---|---|---|")
    ours, loops = {}, {}
    for n_slices in (1, 11, 101):
        ours[n_slices], loops[n_slices] = _medians([_step(n_slices), _loop_step(n_slices)])
        figures = [[times[n_slices] * 1e3, times[n_slices] / times[1]] for times in (ours, loops)]
        print(f"| {n_slices} | " + " | ".join(f"{ms:.2f} | {ratio:.1f}" for ms, ratio in figures) + " |", flush=True)
    print("\n| slices | step over tokens, ms | ratio to 1 |\n|---|---|---|")
    counts = (1, 11, 101, 301)
    seconds = _medians([_token_step(n_slices) for n_slices in counts])
    for n_slices, each in zip(counts, seconds, strict=True):
        print(f"| {n_slices} | {each * 1e3:.1f} | {each / seconds[0]:.1f} |", flush=True)
    print("\n| forward of one example | without slices, µs | with 100 | ratio |\n|---|---|---|---|")
    for name, payload, values in (
        ("bag of a text", Singleton("seen", "text"), texts(200, 0).values),
        ("convolution over tokens", TokenSequence("seen", "token"), [each.split() for each in texts(200, 0).values]),
    ):
        for runtime, forward in (("torch", _forward), ("onnxruntime", _exported_forward)):
            acts = [forward(payload, values, n_slices) for n_slices in (0, 100)]
            without, with_slices = (seconds * 1e6 for seconds in _medians(acts, 100))
            figures = f"{without:.1f} | {with_slices:.1f} | {with_slices / without:.2f}"
            print(f"| {name}, {runtime} | {figures} |", flush=True)


def _step(n_slices: int) -> Callable[[], object]:
    """One step of our trainer on a network whose encoder is a matrix."""
    random = np.random.default_rng(0)
    network, features = _network(Singleton("seen", "vector"), random.normal(size=(512, SIZE)).tolist(), n_slices)
    labels = random.integers(0, N_CLASSES, 512)
    return _of_trainer(network, features, Targets(one_each(512), np.eye(N_CLASSES)[labels], np.ones(512)))


def _token_step(n_slices: int) -> Callable[[], object]:
    """One step of our trainer on texts of 30 tokens with ten types of span."""
    random = np.random.default_rng(0)
    values = [[f"w{number}" for number in row] for row in random.integers(0, 500, (256, 30))]
    spans = Spans("label", tuple(f"type{number}" for number in range(10)), "seen")
    network, features = _network(TokenSequence("seen", "token"), values, n_slices, spans)
    items, n_tags = features.payloads["seen"].all_items, 2 * len(spans.classes) + 1
    tags = np.eye(n_tags)[random.integers(0, n_tags, items.n_items)]
    return _of_trainer(network, features, Targets(items, tags, np.ones(items.n_items)))


def _of_trainer(network: Network, features: Features, targets: Targets) -> Callable[[], object]:
    """A step on the first examples, of which a fifth are in each slice."""
    every = np.arange(features.n_examples)
    members = np.random.default_rng(1).random((features.n_examples, len(network.graph.slices))) < 0.2
    goals = goals_for(network.graph.heads, {"label": targets}, every)
    schedule = Schedule(1, N_EXAMPLES, 1e-3, 0.01)
    running = Run(network.train(), features, goals, every, schedule, slices=slice_goals(members, every))
    return partial(step, running, learner_for(running, 0), every[:N_EXAMPLES], 1, schedule.learning_rate)


def _loop_step(n_slices: int) -> Callable[[], object]:
    """One step of the loop of heads behind the same encoder."""
    body, heads = nn.Linear(SIZE, SIZE), LoopOfHeads(n_slices)
    optimizer = torch.optim.AdamW([*body.parameters(), *heads.parameters()], 1e-3, fused=True)
    seen, labels = torch.randn(N_EXAMPLES, SIZE), torch.randint(0, N_CLASSES, (N_EXAMPLES,))
    members = torch.rand(N_EXAMPLES, n_slices) < 0.2

    def take() -> None:
        optimizer.zero_grad()
        heads.loss(body(seen), labels, members).backward()
        optimizer.step()

    return take


def _forward(payload: Payload, values: list[Any], n_slices: int) -> Callable[[], object]:
    network, features = _network(payload, values, n_slices)
    return partial(torch.inference_mode()(network.eval()), batch_of(features, np.array([0])))


def _exported_forward(payload: Payload, values: list[Any], n_slices: int) -> Callable[[], object]:
    network, _ = _network(payload, values, n_slices)
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    spec = fit_features(network.graph.readings, {"seen": values})
    session = InferenceSession(onnx_bytes(Subject(Model(network.eval(), spec), {"seen": values})), options)
    inputs = inputs_of(encode_features(spec, {"seen": values[:1]}))
    return partial(session.run, None, {each.name: inputs[each.name] for each in session.get_inputs()})


def _network(payload: Payload, values: list[Any], n_slices: int, task: Task = BINARY) -> tuple[Network, Features]:
    slices = tuple(Slice(f"slice{number}", tag="t") for number in range(n_slices))
    schema = Schema((payload,), (task,), slices)
    settings = {"seen": PayloadSettings(Dense(size=SIZE, layers=0))} if payload.value == "vector" else {}
    graph = compile_graph(schema, settings)
    spec = fit_features(graph.readings, {"seen": values})
    return Network(graph, spec), encode_features(spec, {"seen": values})


def _medians(acts: Sequence[Callable[[], object]], at_once: int = 1) -> list[float]:
    """Seconds of processor time that each takes; they take turns, so that what else the machine does hits all alike."""
    times: list[list[float]] = [[] for _ in acts]
    for _ in range(60):
        for act, own in zip(acts, times, strict=True):
            started = time.process_time()
            for _ in range(at_once):
                act()
            own.append((time.process_time() - started) / at_once)
    return [float(np.median(own)) for own in times]


PARTS = {"quality": quality, "curve": curve, "projects": projects, "cost": cost}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--projects", type=Path, default=PROJECTS)
    asked = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    for part in asked.only:
        print(f"\n### {part}\n", flush=True)
        PARTS[part](asked)
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
