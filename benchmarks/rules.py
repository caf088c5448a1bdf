"""Ten rules on a million short texts: rows × rules per processor second.

    python benchmarks/rules.py [--rows N] [--runs N]

Four rules are keywords, five regexes, one asks for the length: the mix of a real spam project. Target: 5 million rows ×
rules per processor second (Snorkel's applier on a data frame: 35 thousand, measured elsewhere on the same rules). The
same rules as Python functions, one example at a time, stand beside for the ratio.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl

from transom.data.items import one_each
from transom.data.votes import labels_from
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass
from transom.supervision.matrix import LabelMatrix, label_matrix
from transom.supervision.rule_kinds import KeywordsRule, PythonRule, RegexRule, Rule, WhereRule
from transom.supervision.rules import apply_rule

TASK = Multiclass("label", ("ham", "spam"), "text")
SCHEMA = Schema((Singleton("text", "text"),), (TASK,))
RULES: list[Rule] = [
    KeywordsRule("my", "label", ("my",), "text", "spam"),
    KeywordsRule("subscribe", "label", ("subscribe",), "text", "spam"),
    KeywordsRule("link", "label", ("http", "www."), "text", "spam", match="substring"),
    KeywordsRule("song", "label", ("song", "music"), "text", "ham"),
    RegexRule("please", "label", "(?i)please|plz|pls", "text", "spam"),
    RegexRule("check_out", "label", "(?i)check.*out", "text", "spam"),
    RegexRule("free", "label", r"(?i)\bfree\b", "text", "spam"),
    RegexRule("number", "label", r"[0-9]{3,}", "text", "spam"),
    RegexRule("love", "label", "(?i)love|best|awesome", "text", "ham"),
    WhereRule("short", "label", "length(text) < 20", "ham"),
]
WORDS = """
    the this song is so good i love it best video ever check out my channel please subscribe to new http://a.bc free
    money awesome beat 2015 anyone watching like if you agree plz help me get 1000 views visit www.site.com thanks guys
    Music never gets OLD who here great job haha nice cool wow
"""
FUNCTION = """
import re
from transom import ABSTAIN

def please(x):
    return "spam" if re.search("(?i)please|plz|pls", x.text) else ABSTAIN
"""


def texts(n_rows: int, seed: int = 0) -> pl.DataFrame:
    """Comments of 3 to 21 words."""
    draw, words = random.Random(seed), WORDS.split()
    written = [" ".join(draw.choices(words, k=draw.randrange(3, 22))) for _ in range(n_rows)]
    frame = pl.DataFrame({"text": written}).with_row_index("id").with_columns(pl.col("id").cast(pl.String))
    return frame.with_columns(pl.lit([], dtype=pl.List(pl.String)).alias("tags"), time=None, order=None)


def cpu_s(work: Callable[[], object], runs: int) -> float:
    """The median of several runs after one that does not count, in processor seconds of all threads."""
    seconds = []
    for _ in range(runs + 1):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return statistics.median(seconds[1:])


def all_votes(frame: pl.DataFrame) -> LabelMatrix:
    """What `transom label` does with the rules: from texts to the label matrix."""
    items = one_each(frame.height)
    votes = [labels_from(TASK, apply_rule(rule, frame, SCHEMA, Path()).votes, items) for rule in RULES]
    return label_matrix(TASK, votes, sources=[rule.name for rule in RULES], items=items)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    frame = texts(options.rows)
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} before; {options.rows:,} rows")
    total = 0.0
    for rule in RULES:
        seconds = cpu_s(partial(apply_rule, rule, frame, SCHEMA, Path()), options.runs)
        total += seconds
        print(f"{rule.name:12} {seconds:7.3f} CPU s {options.rows / seconds / 1e6:8.1f} million rows a CPU second")
    rate = options.rows * len(RULES) / total
    print(f"{'all rules':12} {total:7.3f} CPU s {rate / 1e6:8.1f} million rows x rules a CPU second (target 5)")
    matrix_s = cpu_s(partial(all_votes, frame), options.runs)
    print(f"{'to a matrix':12} {matrix_s:7.3f} CPU s {options.rows * len(RULES) / matrix_s / 1e6:8.1f}")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rules.py").write_text(FUNCTION)
        rule, some = PythonRule("please", "label", "rules:please"), frame.head(options.rows // 10)
        python_rate = some.height / cpu_s(partial(apply_rule, rule, some, SCHEMA, Path(folder)), options.runs)
    print(
        f"one rule as a Python function: {python_rate / 1e6:.2f} million rows a CPU second, {rate / python_rate:.0f}x"
    )
    print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
