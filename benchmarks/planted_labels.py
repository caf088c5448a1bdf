"""Label models with their defaults where the truth is planted: numbers of several sources, and bits of a bitvector.

    python benchmarks/planted_labels.py [--seeds 10] [--first-seed 0]

Each problem is drawn anew with each seed: examples of train, on which the label model is judged, and others of dev, of
which it sees the gold of 0, 20 or 150. A cell is the mean over seeds, of R² for numbers and of micro F1 for bits. The
plain mean of the votes, or their majority, stands beside.
"""

import argparse
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from transom.data.items import one_each
from transom.data.labels import NO_LABEL, Labels
from transom.data.ties import example_keys
from transom.schema.tasks import Bitvector, Regression, Task
from transom.supervision.choice import Auto
from transom.supervision.combine import Combined, combine
from transom.supervision.evidence import Evidence

N_TRAIN, N_SOURCES, COVERAGE = 2000, 4, 0.7
WITH_GOLD = (0, 20, 150)


@dataclass(frozen=True)
class Planted:
    """A truth and what sources say of it, silent ones too: (n_sources, n_examples[, n_bits])."""

    task: Task
    truth: np.ndarray
    said: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    asked = parser.parse_args()
    print("| votes | plain | " + " | ".join(f"gold on {n}" for n in WITH_GOLD) + " |\n|" + "---|" * 5)
    for name, problem in PROBLEMS.items():
        scores = [_scores(problem, seed) for seed in range(asked.first_seed, asked.first_seed + asked.seeds)]
        print(f"| {name} | " + " | ".join(f"{mean:.3f}" for mean in np.mean(scores, axis=0)) + " |", flush=True)


def _scores(problem: Callable[[int, np.random.Generator], Planted], seed: int) -> list[float]:
    """Those of the plain answer and of the label model with more and more gold."""
    random = np.random.default_rng(seed)
    planted = problem(N_TRAIN + max(WITH_GOLD), random)
    is_cast = random.random(planted.said.shape[:2]) < COVERAGE
    found = [combine(_evidence(planted, is_cast, n_gold), Auto()) for n_gold in WITH_GOLD]
    plain, *weighed = (_labels(one, is_plain=number == 0) for number, one in enumerate([found[0], *found]))
    voted = np.arange(len(planted.truth)) < N_TRAIN
    voted &= is_cast.any(axis=0)
    return [_score(planted.truth[voted], labels[voted]) for labels in (plain, *weighed)]


def _evidence(planted: Planted, is_cast: np.ndarray, n_gold: int) -> Evidence:
    n_examples = len(planted.truth)
    items, examples = one_each(n_examples), np.arange(n_examples)
    silence = np.nan if isinstance(planted.task, Regression) else NO_LABEL
    is_said = is_cast.reshape(*is_cast.shape, *[1] * (planted.truth.ndim - 1))
    votes = np.where(is_said, planted.said, silence).astype(planted.truth.dtype)
    return Evidence(
        planted.task,
        items,
        example_keys([str(example) for example in examples], 0),
        tuple(f"source{number}" for number in range(len(votes))),
        tuple(Labels(items, each) for each in votes),
        Labels(items, planted.truth),
        train=examples < N_TRAIN,
        dev=(examples >= N_TRAIN) & (examples < N_TRAIN + n_gold),
    )


def _labels(combined: Combined, *, is_plain: bool) -> np.ndarray:
    said = combined.majority if is_plain else combined.label_model
    assert said is not None, "there are sources"
    return np.asarray(said.labels)


def _score(truth: np.ndarray, found: np.ndarray) -> float:
    """R² of numbers, micro F1 of bits."""
    if truth.ndim == 1:
        return float(1 - ((found - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())
    return float(2 * ((found == 1) & (truth == 1)).sum() / ((found == 1).sum() + (truth == 1).sum()))


def _numbers(n_examples: int, random: np.random.Generator, errors: Sequence[float], common: np.ndarray) -> Planted:
    """Values of deviation 3; each source has an error of its own deviation, and what `common` adds."""
    truth = random.normal(0, 3, n_examples)
    said = truth + random.normal(size=(len(errors), n_examples)) * np.array(errors)[:, None] + common
    return Planted(Regression("value", payload="text"), truth, said)


def different_errors(n_examples: int, random: np.random.Generator) -> Planted:
    return _numbers(n_examples, random, (0.5, 1, 2, 4), np.zeros((N_SOURCES, 1)))


def shared_offset(n_examples: int, random: np.random.Generator) -> Planted:
    return _numbers(n_examples, random, (1, 1, 1, 1), np.array([[0], [0], [2.5], [2.5]]))


def shared_error(n_examples: int, random: np.random.Generator) -> Planted:
    common = np.zeros((N_SOURCES, n_examples))
    common[2:] = random.normal(0, 2.5, n_examples)
    return _numbers(n_examples, random, (1, 1, 0.5, 0.5), common)


def copies(n_examples: int, random: np.random.Generator) -> Planted:
    common = np.zeros((2 + N_SOURCES, n_examples))
    common[3:] = random.normal(0, 3, n_examples)
    return _numbers(n_examples, random, (1, 1.5, 2, 0.05, 0.05, 0.05), common)


def heavy_tails(n_examples: int, random: np.random.Generator) -> Planted:
    planted = different_errors(n_examples, random)
    errors = random.standard_t(1.5, planted.said.shape) * np.array([[0.5], [1], [2], [4]])
    return replace(planted, said=planted.truth + errors)


def typing_errors(n_examples: int, random: np.random.Generator) -> Planted:
    planted = different_errors(n_examples, random)
    is_mistyped = random.random(planted.said.shape) < 0.02
    return replace(planted, said=planted.said + is_mistyped * random.choice([-50, 50], planted.said.shape))


def mistyped_prices(n_examples: int, random: np.random.Generator) -> Planted:
    truth = 10 * np.exp(random.normal(size=n_examples))
    said = truth * np.exp(random.normal(size=(N_SOURCES, n_examples)) * np.array([[0.05], [0.1], [0.2], [0.4]]))
    is_mistyped = random.random(said.shape) < 0.02
    return Planted(Regression("value", payload="text"), truth, np.where(is_mistyped, 100 * said, said))


def two_sources(n_examples: int, random: np.random.Generator) -> Planted:
    planted = typing_errors(n_examples, random)
    return replace(planted, said=planted.said[:2])


def _bits(n_examples: int, random: np.random.Generator, shares: np.ndarray, accuracies: np.ndarray) -> Planted:
    """Bits that hold so often, (n_bits,), and sources that are right so often of each, (n_sources, n_bits)."""
    truth = (random.random((n_examples, len(shares))) < shares).astype(np.int8)
    is_right = random.random((N_SOURCES, *truth.shape)) < accuracies[:, None, :]
    names = tuple(f"bit{number}" for number in range(len(shares)))
    return Planted(Bitvector("bits", names, "text"), truth, np.where(is_right, truth, 1 - truth).astype(np.int8))


def alike_bits(n_examples: int, random: np.random.Generator) -> Planted:
    accuracies = np.tile(random.uniform(0.6, 0.95, (N_SOURCES, 1)), (1, 5))
    return _bits(n_examples, random, np.full(5, 0.3), accuracies)


def different_bits(n_examples: int, random: np.random.Generator) -> Planted:
    return _bits(n_examples, random, np.full(5, 0.3), random.uniform(0.55, 0.98, (N_SOURCES, 5)))


def rare_bits(n_examples: int, random: np.random.Generator) -> Planted:
    return _bits(n_examples, random, np.geomspace(0.02, 0.1, 5), random.uniform(0.8, 0.98, (N_SOURCES, 5)))


PROBLEMS = {
    "numbers, errors of different size": different_errors,
    "numbers, two of four add the same": shared_offset,
    "numbers, two of four share an error": shared_error,
    "numbers, three copies beside three sources": copies,
    "numbers, errors with heavy tails": heavy_tails,
    "numbers, 2 % of them off by 50": typing_errors,
    "numbers, the same of two sources alone": two_sources,
    "numbers with proportional errors, 2 % of them times 100": mistyped_prices,
    "bits, sources alike on all": alike_bits,
    "bits, sources that differ by bit": different_bits,
    "bits that are rare, sources differ": rare_bits,
}


if __name__ == "__main__":
    main()
