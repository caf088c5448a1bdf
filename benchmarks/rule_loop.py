"""The loop of `transom label --watch`: one rule of twenty edited, and everything shown about it.

    python benchmarks/rule_loop.py [--rows 100000 1000000] [--edits 20]

An edit rewrites sources.yaml; the time runs from reading the project's files to the change, so it is all that a person
waits for but the 0.2 s between two looks at the files. Targets: at most 0.3 s at 100,000 rows, 1.5 s at 1,000,000 (95th
percentile).
"""

import argparse
import os
import random
import tempfile
import time
from pathlib import Path

import numpy as np
import orjson
import yaml

from transom.pipeline.request import Request
from transom.pipeline.rule_loop import LoopState, open_loop, updated
from transom.pipeline.workspace import open_workspace

N_RULES, EDITED = 20, 5
GOLD_ROWS = 2000
CLASSES = ("ham", "spam")
SCHEMA = {
    "payloads": {"text": {"type": "singleton", "value": "text"}},
    "tasks": {"label": {"type": "multiclass", "payload": "text", "classes": list(CLASSES)}},
    "gold": ["crowd"],
}
N_WORDS = 400
WORDS = [f"word{number}" for number in range(N_WORDS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, nargs="+", default=[1e5, 1e6])
    parser.add_argument("--edits", type=int, default=20)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} CPUs")
    print(f"{'rows':>9} {'open s':>7} {'median ms':>10} {'p95 ms':>7} {'CPU ms':>7}")
    for n_rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            write_project(Path(folder), int(n_rows))
            started = time.perf_counter()
            state = open_loop(Request(open_workspace(folder)))
            open_s = time.perf_counter() - started
            wall, cpu = edit_often(state, options.edits)
        median, p95 = np.percentile(wall, (50, 95))
        print(f"{n_rows:9,.0f} {open_s:7.1f} {median:10.0f} {p95:7.0f} {np.median(cpu):7.0f}", flush=True)
    print(f"load {os.getloadavg()[0]:.1f}")


def edit_often(state: LoopState, n_edits: int) -> tuple[list[float], list[float]]:
    """Milliseconds of clock and of processor that each edit of one rule took, after one that does not count."""
    wall, cpu = [], []
    for number in range(n_edits + 1):
        write_rules(state.workspace.folder, edited=number)
        started, of_cpu = time.perf_counter(), time.process_time()
        state, change = updated(state, open_workspace(state.workspace.folder))
        if number:
            wall.append(1000 * (time.perf_counter() - started))
            cpu.append(1000 * (time.process_time() - of_cpu))
        assert change.rules[0].rows.n, "an edit that changed nothing measures nothing"
    return wall, cpu


def write_project(folder: Path, n_rows: int) -> None:
    """Texts of 3 to 20 words, three in four of which speak for the text's class; dev and test have gold."""
    draw = random.Random(0)
    (folder / "data").mkdir()
    (folder / "schema.yaml").write_text(yaml.safe_dump(SCHEMA))
    write_rules(folder)
    with (folder / "data" / "texts.jsonl").open("wb") as out:
        for number in range(n_rows):
            truth = draw.randrange(2)
            kinds = draw.choices((truth, 1 - truth), (3, 1), k=draw.randint(3, 20))
            words = [WORDS[2 * draw.randrange(N_WORDS // 2) + kind] for kind in kinds]
            split = "dev" if number < GOLD_ROWS else "test" if number < 2 * GOLD_ROWS else "train"
            gold = {} if split == "train" else {"tasks": {"label": {"crowd": CLASSES[truth]}}}
            line = {"id": f"t{number}", "payloads": {"text": " ".join(words)}, "tags": [split], **gold}
            out.write(orjson.dumps(line) + b"\n")


def write_rules(folder: Path, edited: int | None = None) -> None:
    """Twenty rules on two to five words each, regexes and keywords in turn; each edit gives one of them other words."""
    rules = {}
    for number in range(N_RULES):
        start = 3 if edited is None or number != EDITED else edited
        words = [WORDS[(2 * start + 26 * number + 2 * each + number % 2) % N_WORDS] for each in range(2 + number % 4)]
        rule = {"task": "label", "on": "text", "vote": CLASSES[number % 2]}
        is_regex = number % 4 < 2
        rules[f"rule_{number}"] = rule | ({"regex": rf"\b({'|'.join(words)})\b"} if is_regex else {"keywords": words})
    (folder / "sources.yaml").write_text(yaml.safe_dump({"sources": rules}, sort_keys=False))


if __name__ == "__main__":
    main()
