"""The file of refused lines: what was not taken, why, and how it stands in the data, to be mended."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import orjson

from transom.data.checking import Refused
from transom.data.files import read_lines, shown_name


def write_refused(into: Path, refused: Iterable[Refused], files: Sequence[Path]) -> None:
    """Writes one JSON object a refused line, in the order of the data files."""
    by_place = {(each.file, each.line): each for each in refused}
    with into.open("wb") as out:
        for file in files:
            name = shown_name(file)
            numbers = {line for other, line in by_place if other == name}
            for number, line in read_lines(file, numbers) if numbers else ():
                reasons = [str(problem) for problem in by_place[name, number].problems]
                kept = {
                    "file": name,
                    "line": number,
                    "reasons": reasons,
                    "text": line.decode(errors="backslashreplace"),
                }
                out.write(orjson.dumps(kept) + b"\n")
