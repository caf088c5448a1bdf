"""Which sampler finds good settings soonest: random, tree of Parzen estimators or Gaussian process.

    python benchmarks/tuners.py [--repeats 20] [--trials 30] [--only branin …]

Every sampler minimizes the same functions of known shape, each `repeats` times with other seeds. Two samplers are
compared on a function first by the best value that they found, and where those do not differ surely, by the area under
the trace of best values: the earlier something good is found, the less. "Surely" is a two-sided Mann-Whitney U test at
5 %. A sampler's rank on a function is the number of samplers that are surely better, and the table ends with the sum.

Source of the method: Dewancker, McCourt, Clark, Hayes, Johnson, Ke (2016), "A Stratified Analysis of Bayesian
Optimization Methods", arXiv 1603.09441.
"""

import argparse
import math
import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import optuna
from optuna.samplers import BaseSampler, GPSampler, RandomSampler, TPESampler
from scipy.stats import mannwhitneyu

from transom.tuning.search import suggest
from transom.tuning.space import Parameter, Range, Value

SURE = 0.05
SAMPLERS: Mapping[str, Callable[[int], BaseSampler]] = {
    "random": RandomSampler,
    "tpe": lambda seed: TPESampler(seed=seed),
    "gp": lambda seed: GPSampler(seed=seed, deterministic_objective=False),
}


@dataclass(frozen=True)
class Function:
    """Something to minimize."""

    space: tuple[Parameter, ...]
    value: Callable[[Mapping[str, Value], np.random.Generator], float]


def numbers(choices: Mapping[str, Value]) -> np.ndarray:
    return np.array([float(value) for value in choices.values()])


def branin(choices: Mapping[str, Value], _noise: np.random.Generator) -> float:
    x, y = numbers(choices)
    bend = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return float(bend**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


def ackley(choices: Mapping[str, Value], _noise: np.random.Generator) -> float:
    x = numbers(choices)
    waves = math.exp(float(np.cos(2 * math.pi * x).mean()))
    return float(-20 * math.exp(-0.2 * math.sqrt(float((x**2).mean()))) - waves + 20 + math.e)


def noisy_bowl(choices: Mapping[str, Value], noise: np.random.Generator) -> float:
    return float(((numbers(choices) - 0.3) ** 2).sum() + noise.normal(0, 0.05))


def network(choices: Mapping[str, Value], noise: np.random.Generator) -> float:
    """As quality on dev is: encoders differ, sizes saturate, the learning rate has an optimum, seeds make noise."""
    best_rate = {"bag": -2.5, "convolution": -2.7, "lstm": -2.4, "transformer": -3.2}[str(choices["encoder"])]
    floor = {"bag": 0.10, "convolution": 0.09, "lstm": 0.07, "transformer": 0.12}[str(choices["encoder"])]
    rate = 0.03 * (math.log10(float(choices["rate"])) - best_rate) ** 2
    depth = 0.01 * abs(int(choices["layers"]) - 2) if "layers" in choices else 0.0
    return float(floor + rate + depth + 0.5 / int(choices["size"]) + noise.normal(0, 0.005))


FUNCTIONS = {
    "branin": Function((Parameter("x", Range(-5.0, 10.0)), Parameter("y", Range(0.0, 15.0))), branin),
    "ackley": Function(tuple(Parameter(f"x{n}", Range(-10.0, 15.0)) for n in range(4)), ackley),
    "noisy_bowl": Function(tuple(Parameter(f"x{n}", Range(0.0, 1.0)) for n in range(3)), noisy_bowl),
    "network": Function(
        (
            Parameter("encoder", ("bag", "convolution", "lstm", "transformer")),
            Parameter("layers", Range(1, 4), {"encoder": ("convolution", "lstm", "transformer")}),
            Parameter("size", (32, 64, 128, 256)),
            Parameter("rate", Range(1e-5, 1e-1, log=True)),
        ),
        network,
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--only", nargs="+", choices=FUNCTIONS, default=list(FUNCTIONS))
    asked = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    print(f"load {os.getloadavg()[0]:.1f}; {asked.repeats} repeats of {asked.trials} trials")
    print("| function | sampler | best found, median [quartiles] | area, median | surely better | CPU ms a trial |")
    print("|---|---|---|---|---|---|")
    ranks = dict.fromkeys(SAMPLERS, 0)
    for name in asked.only:
        traces, costs = {}, {}
        for sampler in SAMPLERS:
            started = time.process_time()
            traces[sampler] = [trace(FUNCTIONS[name], sampler, asked.trials, seed) for seed in range(asked.repeats)]
            costs[sampler] = (time.process_time() - started) / (asked.repeats * asked.trials)
        for sampler in SAMPLERS:
            better = [other for other in SAMPLERS if is_better(traces[other], traces[sampler])]
            ranks[sampler] += len(better)
            found = np.quantile([each[-1] for each in traces[sampler]], [0.5, 0.25, 0.75])
            area = np.median([np.mean(each) for each in traces[sampler]])
            figures = f"{found[0]:.4g} [{found[1]:.4g}, {found[2]:.4g}] | {area:.4g} | {', '.join(better) or 'none'}"
            print(f"| {name} | {sampler} | {figures} | {1000 * costs[sampler]:.1f} |", flush=True)
    print("sum of ranks (less is better):", ", ".join(f"{sampler} {rank}" for sampler, rank in ranks.items()))


def trace(function: Function, sampler: str, n_trials: int, seed: int) -> np.ndarray:
    """The best value seen after each trial; noise is seen by the sampler, and in the trace."""
    noise = np.random.default_rng(seed)
    study = optuna.create_study(sampler=SAMPLERS[sampler](seed))
    study.optimize(lambda trial: function.value(suggest(trial, function.space), noise), n_trials=n_trials)
    return np.minimum.accumulate([trial.value for trial in study.trials])


def is_better(ours: Sequence[np.ndarray], theirs: Sequence[np.ndarray]) -> bool:
    """Whether we surely found something better, or surely found as good sooner."""
    for score in (lambda each: each[-1], np.mean):
        mine, other = [float(score(each)) for each in ours], [float(score(each)) for each in theirs]
        if mine != other and mannwhitneyu(mine, other).pvalue < SURE:
            return float(np.median(mine)) < float(np.median(other))
    return False


if __name__ == "__main__":
    main()
