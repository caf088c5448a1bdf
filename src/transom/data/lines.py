"""One line of a data file: a JSON object, or why it is none."""

import json
from typing import Any

import orjson

from transom.data.decode import quoted
from transom.data.fingerprint import canonical
from transom.errors import Problem


def parse_line(line: bytes) -> tuple[dict[str, Any], bytes] | Problem:
    """The object that a line holds and its canonical form, or what is wrong with the line."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _syntax_problem(line, error)
    if type(record) is not dict:
        return Problem("T054", f'{quoted(record)} is not an object. Write one {{"id": …}} a line.')
    form = canonical(record)
    # Each key has one colon, each text keeps its own: a key that stands twice loses one.
    if form.count(b":") != line.count(b":") and (twice := _key_twice(line)):
        return twice
    return record, form


def _syntax_problem(line: bytes, error: orjson.JSONDecodeError) -> Problem:
    try:
        line.decode()
    except UnicodeDecodeError as wrong:
        byte = line[wrong.start]
        return Problem("T052", f"byte 0x{byte:02x} at position {wrong.start} is not UTF-8. Save the file as UTF-8.")
    try:
        json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as wrong:
        if isinstance(wrong, _NoNumberError):
            return Problem("T064", f"{wrong} is no JSON number. Write null where there is none.")
    return Problem("T030", f"not JSON: {error.msg} at character {error.pos + 1} of {quoted(line.decode())}.")


class _NoNumberError(ValueError):
    """NaN or an infinity stands in a line."""


def _refuse_constant(name: str) -> None:
    raise _NoNumberError(name)


def _key_twice(line: bytes) -> Problem | None:
    """The first object of the line that has a key twice."""
    found: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        found.extend(key for key in dict.fromkeys(keys) if keys.count(key) > 1)
        return dict(pairs)

    json.loads(line, object_pairs_hook=collect)
    return Problem("T055", f"the key {quoted(found[0])} stands twice in one object. Keep one.") if found else None
