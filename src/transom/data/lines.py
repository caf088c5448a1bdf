"""One line of a data file: a JSON object, or why it is none."""

import json
from contextlib import suppress
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
        return Problem(
            "T054", f'{quoted(record)} is not an object. Write one object a line: {{"id": …, "payloads": …}}.'
        )
    try:
        form = canonical(record)
    except orjson.JSONEncodeError:
        return Problem("T030", "not JSON that can be kept: it is nested deeper than 254 levels.")
    # A key has one colon, and texts keep theirs, escaped or not: where a key stands twice, colons have gone.
    n_colons = line.count(b":") + line.count(b"\\u003a") + line.count(b"\\u003A")
    if form.count(b":") != n_colons and (twice := _key_twice(line)):
        return Problem("T055", f"the key {quoted(twice)} stands twice in one object. Keep one of them.")
    return record, form


def _syntax_problem(line: bytes, error: orjson.JSONDecodeError) -> Problem:
    try:
        text = line.decode()
    except UnicodeDecodeError as wrong:
        byte = f"byte 0x{line[wrong.start]:02x} at position {wrong.start + 1}"
        return Problem("T052", f"{byte} is not UTF-8. Write the text with that encoding.")
    constant = _constant_in(text)
    if constant:
        return Problem("T064", f"{constant} is not a JSON number. Write null where there is no number.")
    near = text[max(0, error.pos - 10) : error.pos + 10]
    return Problem("T030", f"not JSON: {error.msg} at character {error.pos + 1}, near {quoted(near)}.")


def _constant_in(text: str) -> str | None:
    """The first NaN or Infinity outside of a string, where nothing else is wrong before it."""
    found: list[str] = []
    with suppress(ValueError, RecursionError):
        json.loads(text, parse_constant=found.append)
    return found[0] if found else None


def _key_twice(line: bytes) -> str | None:
    """The first key that an object of the line has twice."""
    found: list[str] = []
    json.loads(line, object_pairs_hook=lambda pairs: found.extend(_repeated([key for key, _ in pairs])))
    return found[0] if found else None


def _repeated(keys: list[str]) -> list[str]:
    return [key for key in dict.fromkeys(keys) if keys.count(key) > 1]
