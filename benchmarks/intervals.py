"""How often 95 % intervals of macro F1 hold the truth: the reported closed form, and a percentile bootstrap.

Run: python benchmarks/intervals.py [--samples 1000] [--seed 0]

Each setting draws gold from the class shares and predictions that are right with the given accuracy (mistakes fall
evenly on the other classes), 1,000 times; the truth is the macro F1 of the expected confusion matrix.
"""

import argparse

import numpy as np

from transom.evaluation.scores import counts_of_classes, macro_f1

SETTINGS = (
    ((0.5, 0.5), 0.9, 10),
    ((0.5, 0.5), 0.9, 30),
    ((0.5, 0.5), 0.97, 30),
    ((0.85, 0.15), 0.9, 60),
    ((0.4, 0.3, 0.2, 0.1), 0.8, 40),
    ((0.4, 0.3, 0.2, 0.1), 0.9, 100),
    ((0.3, 0.3, 0.15, 0.1, 0.1, 0.05), 0.7, 250),
    ((0.6, 0.4), 0.85, 500),
)
N_DRAWS = 500


def main() -> None:
    """Prints a line a setting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print("classes      n  accuracy | closed form: held  width | bootstrap: held  width")
    for shares, accuracy, n in SETTINGS:
        rng = np.random.default_rng(options.seed)
        cells = expected_cells(np.array(shares), accuracy)
        truth = float(macro_f1_of(cells))
        samples = [rng.multinomial(n, cells.ravel()).reshape(cells.shape) for _ in range(options.samples)]
        closed, drawn = ([limits(sample, rng) for sample in samples] for limits in (closed_form, bootstrap))
        print(f"{len(shares):7} {n:6} {accuracy:9.2f} | {summary(closed, truth):>18} | {summary(drawn, truth):>16}")


def expected_cells(shares: np.ndarray, accuracy: float) -> np.ndarray:
    """The probability of each (gold, predicted) pair."""
    k = len(shares)
    rates = np.full((k, k), (1 - accuracy) / (k - 1))
    np.fill_diagonal(rates, accuracy)
    return rates * shares[:, None]


def macro_f1_of(cells: np.ndarray) -> np.ndarray:
    """Macro F1 of (..., k, k) confusion matrices, without the classes that gold never has."""
    both, gold, predicted = np.diagonal(cells, axis1=-2, axis2=-1), cells.sum(-1), cells.sum(-2)
    f1 = 2 * both / np.maximum(gold + predicted, 1e-12)
    return (f1 * (gold > 0)).sum(-1) / (gold > 0).sum(-1)


def closed_form(sample: np.ndarray, _rng: np.random.Generator) -> tuple[float, float]:
    """The interval that reports show."""
    k = len(sample)
    gold, predicted = (np.repeat(index.ravel(), sample.ravel()) for index in np.indices((k, k)))
    estimate = macro_f1(counts_of_classes(gold, predicted, np.arange(len(gold)), k))
    assert estimate is not None
    return estimate.low, estimate.high


def bootstrap(sample: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Percentiles of resampled confusion matrices."""
    n = int(sample.sum())
    draws = rng.multinomial(n, sample.ravel() / n, size=N_DRAWS).reshape(N_DRAWS, *sample.shape)
    low, high = np.quantile(macro_f1_of(draws), (0.025, 0.975))
    return float(low), float(high)


def summary(limits: list[tuple[float, float]], truth: float) -> str:
    """The share of intervals that hold the truth, and their mean width."""
    held = np.mean([low <= truth <= high for low, high in limits])
    return f"{held:.3f}  {np.mean([high - low for low, high in limits]):.3f}"


if __name__ == "__main__":
    main()
