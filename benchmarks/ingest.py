"""Check and ingest of 300,000 nested records (75 MB): CPU time, memory, and what a further record costs.

    python benchmarks/ingest.py

Each measurement runs in a fresh process. Targets: at most 6 CPU seconds, 500 MB, and 16 bytes of memory a record more
as the data grows from 300,000 to 600,000 records.
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

import orjson

from transom.data.ingest import data_files, ingest
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass, Select

INTENTS = ("height", "age", "spouse")
TAGS = ("N", "V", "A")
WORDS = ("how", "old", "is", "who", "was", "may", "be", "of", "a")

SCHEMA = Schema(
    payloads=(
        Singleton("query", "text", base=("tokens",)),
        Sequence("tokens", "token", max_length=32),
        Singleton("person", "record", fields=(Field("age", "number"),)),
        MemberSet("entities", (Field("pop", "number"),), range="tokens", max_length=16),
    ),
    tasks=(Multiclass("intent", INTENTS, "query"), Multiclass("pos", TAGS, "tokens"), Select("arg", "entities")),
    gold=("crowd",),
)


def record(number: int, draw: random.Random) -> dict[str, object]:
    """A query of three words, a person and an entity; two rules, a tagger and a ranker vote, a crowd on some."""
    tokens = draw.choices(WORDS, k=3)
    entity = f"E{draw.randrange(99)}"
    crowd = {"crowd": draw.choice(INTENTS)} if number % 20 == 0 else {}
    return {
        "id": f"{number}",
        "payloads": {
            "query": " ".join(tokens),
            "tokens": tokens,
            "person": {"age": draw.randrange(90)},
            "entities": [{"id": entity, "range": [1, 2], "fields": {"pop": draw.randrange(9)}}],
        },
        "tasks": {
            "intent": {"a": draw.choice(INTENTS), "b": draw.choice(INTENTS), **crowd},
            "pos": {"tag": [*draw.choices(TAGS, k=2), None]},
            "arg": {"rank": draw.choice((entity, None))},
        },
        "tags": [draw.choices(("train", "dev", "test"), (8, 1, 1))[0]],
    }


def write_data(file: Path, n_records: int) -> None:
    draw = random.Random(0)
    with file.open("wb") as out:
        out.writelines(orjson.dumps(record(number, draw)) + b"\n" for number in range(n_records))


def measure(folder: Path) -> None:
    """Ingests the data in this process; prints CPU seconds, those of parsing alone, and the peak of memory in MB."""
    before = time.process_time()
    for file in data_files(folder / "data"):
        with file.open("rb") as lines:
            for line in lines:
                orjson.loads(line)
    parsing = time.process_time() - before
    done = ingest(data_files(folder / "data"), SCHEMA, folder / "dataset")
    assert done.dataset is not None, done.problems[:3]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(time.process_time() - parsing, parsing, peak_mb)


def measured(n_records: int, scratch: Path) -> tuple[float, float, float, float]:
    """(file size in MB, CPU seconds, those of parsing alone, peak memory in MB) of a fresh process."""
    folder = scratch / str(n_records)
    (folder / "data").mkdir(parents=True)
    file = folder / "data" / "records.jsonl"
    write_data(file, n_records)
    command = [sys.executable, __file__, "--measure", str(folder)]
    seconds, parsing, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return file.stat().st_size / 1e6, float(seconds), float(parsing), float(peak)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--records", type=int, default=300_000)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} before")
    print(f"{'records':>9} {'file MB':>8} {'CPU s':>6} {'parsing':>8} {'peak MB':>8}")
    peaks = {}
    for n_records in (options.records, 2 * options.records):
        with tempfile.TemporaryDirectory() as scratch:
            size_mb, seconds, parsing, peaks[n_records] = measured(n_records, Path(scratch))
        print(f"{n_records:9,} {size_mb:8.0f} {seconds:6.1f} {parsing:8.1f} {peaks[n_records]:8.0f}")
    grown = (peaks[2 * options.records] - peaks[options.records]) * 2**20 / options.records
    print(f"memory of a further record: {grown:.0f} bytes; load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
