"""What the statistics of a data set cost, and how often equal data raise an alarm.

    python benchmarks/describe.py [--rows 100000 300000] [--pairs 2000]

Targets: 100,000 rows of texts, tokens and records in 1 CPU s; at most 2.5 % of pairs of samples from one distribution
raise an alarm of the data, and at most as many one of the rules, also where every shift counts, however small.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import orjson
import polars as pl

from transom.data.column_statistics import columns_of
from transom.data.dataset import open_dataset, payload_dtype
from transom.data.ingest import data_files, ingest
from transom.data.source_statistics import SourceStatistics
from transom.data.statistics import Statistics, statistics_of
from transom.evaluation.anomalies import LEVEL, data_anomalies, source_anomalies
from transom.schema.payloads import Field, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass

TEXT, TOKENS, PRICE = Singleton("text", "text"), Sequence("tokens", "token"), Singleton("price", "number")
PERSON = Singleton(
    "person", "record", fields=(Field("age", "number"), Field("job", "category"), Field("pay", "number"))
)
SCHEMA = Schema((TEXT, TOKENS, PERSON, PRICE), (Multiclass("spam", ("ham", "spam"), "text"),), gold=("crowd",))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, nargs="*", default=[1e5, 3e5])
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--described", type=Path, help="only describe this dataset")
    options = parser.parse_args()
    if options.described is not None:
        describe(options.described)
        return
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} CPUs", flush=True)
    for n_rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            write_dataset(Path(folder), int(n_rows))
            print(f"{n_rows:9,.0f} rows: ", end="", flush=True)
            subprocess.run([sys.executable, __file__, "--described", f"{folder}/dataset"], check=True)
    for n_rows in (40, 150, 400):
        for drift in (1e-9, 0.2):
            of_data = sum(is_alarm(seed, n_rows, drift) for seed in range(options.pairs)) / options.pairs
            of_rules = sum(is_rule_alarm(seed, n_rows, drift) for seed in range(options.pairs)) / options.pairs
            said = f"{of_data:.2%} of {options.pairs:,} pairs alarm of the data, {of_rules:.2%} of the rules"
            print(f"{n_rows} rows, drift {drift:g}: {said} ({LEVEL:.1%} allowed of each)", flush=True)
    print(f"load {os.getloadavg()[0]:.1f}")


def describe(folder: Path) -> None:
    """The cost of the statistics of a dataset, in a process of its own."""
    dataset = open_dataset(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    statistics_of(dataset)
    cpu_s = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{cpu_s:.2f} CPU s, {peak / 1024:.0f} MB at most, {before / 1024:.0f} MB before")


def write_dataset(folder: Path, n_rows: int) -> None:
    draw = random.Random(0)
    words = [f"w{int(draw.paretovariate(0.7))}" for _ in range(20_000)]
    (folder / "data").mkdir()
    with (folder / "data" / "all.jsonl").open("wb") as lines:
        for number in range(n_rows):
            tokens = draw.choices(words, k=draw.randint(3, 25))
            person = {"age": draw.gauss(40, 10), "job": draw.choice("abcdefg"), "pay": draw.random()}
            payloads = {
                "text": " ".join(tokens),
                "tokens": tokens,
                "person": person,
                "price": draw.lognormvariate(1, 2),
            }
            votes = {name: draw.choice(["ham", "spam"]) for name in ("anna", "bob", "crowd")}
            lines.write(orjson.dumps({"id": str(number), "payloads": payloads, "tasks": {"spam": votes}}) + b"\n")
    ingest(data_files(folder / "data"), SCHEMA, folder / "dataset")


def is_alarm(seed: int, n_rows: int, drift: float) -> bool:
    """Whether two samples of one distribution look unlike."""
    one, other = (sample(np.random.default_rng([seed, side]), n_rows) for side in (0, 1))
    return bool(data_anomalies(one, other, drift=drift))


def is_rule_alarm(seed: int, n_rows: int, drift: float) -> bool:
    """Whether ten rules look unlike on two samples of one distribution."""
    one, other = (rules(np.random.default_rng([seed, side]), n_rows) for side in (0, 1))
    return bool(source_anomalies(one, other, drift=drift))


def rules(draw: np.random.Generator, n_rows: int) -> list[SourceStatistics]:
    """What ten rules do, from one that seldom votes to one that nearly always does; a third of the rows have gold."""
    found = []
    kinds = zip(np.geomspace(0.02, 0.9, 10), np.linspace(0.95, 0.6, 10), strict=True)
    for number, (coverage, accuracy) in enumerate(kinds):
        n_voted = int(draw.binomial(n_rows, coverage))
        n_gold = int(draw.binomial(n_voted, 1 / 3))
        right = draw.binomial(n_gold, accuracy) / n_gold if n_gold else None
        voted = n_voted / n_rows
        found.append(SourceStatistics("spam", f"rule{number}", n_rows, n_voted, voted, {}, n_gold, right, is_rule=True))
    return found


def sample(draw: np.random.Generator, n_rows: int) -> Statistics:
    ages = [None if draw.random() < 0.1 else float(age) for age in draw.normal(40, 9, n_rows).round()]
    jobs = [f"job{each}" for each in draw.zipf(1.7, n_rows)]
    people = [{"age": age, "job": job, "pay": draw.random()} for age, job in zip(ages, jobs, strict=True)]
    texts = [[f"w{each}" for each in draw.zipf(1.5, length)] for length in draw.poisson(4, n_rows)]
    prices = [0.0 if draw.random() < 0.4 else float(price) for price in draw.lognormal(1, 2, n_rows)]
    values = {TOKENS: texts, PERSON: people, PRICE: prices}
    columns = (
        column
        for payload, found in values.items()
        for column in columns_of(payload, pl.Series(payload.name, found, dtype=payload_dtype(payload)))
    )
    tags = {name: int(draw.binomial(n_rows, 0.02)) for name in ("vip", "old")}
    return Statistics(n_rows, ("a.jsonl",), {}, {name: n for name, n in tags.items() if n}, tuple(columns), (), ())


if __name__ == "__main__":
    main()
