"""Hypothesis strategies that several tests share."""

import json

import numpy as np
from hypothesis import strategies as st

from data_lines import ENTITIES, TOKENS, patch, record


@st.composite
def votes(draw, max_rows=12, max_sources=5, max_classes=4):
    """Any votes (n_rows, n_sources) and the number of classes: silent ones, no rows, one source or class."""
    n_classes = draw(st.integers(1, max_classes))
    n_sources = draw(st.integers(1, max_sources))
    row = st.lists(st.integers(-1, n_classes - 1), min_size=n_sources, max_size=n_sources)
    rows = draw(st.lists(row, max_size=max_rows))
    return np.array(rows, dtype=np.int8).reshape(len(rows), n_sources), n_classes


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def examples(draw):
    """Records that fit the schema of `data_lines`, payloads of every type and any text in them."""
    vectors = st.lists(NUMBERS, min_size=2, max_size=2)
    payloads = {
        "query": st.text(max_size=20),
        "person": st.fixed_dictionaries({}, optional={"age": NUMBERS | st.none(), "job": st.text(max_size=5)}),
        "embedding": vectors,
        "price": NUMBERS,
        "kind": st.text(max_size=5),
        "tokens": st.lists(st.text(max_size=5), min_size=4, max_size=6),
        "prices": st.lists(NUMBERS, max_size=3),
        "frames": st.lists(vectors, max_size=3),
        "entities": st.lists(members(), max_size=3, unique_by=lambda member: member["id"]),
    }
    given = draw(st.fixed_dictionaries({}, optional={name: st.none() | values for name, values in payloads.items()}))
    if given.get("entities"):
        given["tokens"] = TOKENS
    tags = draw(st.lists(st.text("abé :", min_size=1, max_size=5), max_size=2))
    order = draw(st.none() | NUMBERS)
    return {"id": draw(st.text(min_size=1, max_size=8)), "payloads": given, "tags": ["train", *tags], "order": order}


def members():
    """Members of the set `entities`."""
    return st.fixed_dictionaries(
        {"id": st.text(min_size=1, max_size=5)},
        optional={
            "range": st.none() | st.sampled_from([[0, 1], [1, 4], [3, 4]]),
            "fields": st.none() | st.fixed_dictionaries({}, optional={"title": st.text(max_size=5), "pop": NUMBERS}),
        },
    )


@st.composite
def data_lines(draw):
    """Lines of a data file: right ones, and ones with a value, a key or some bytes changed."""
    name = draw(st.sampled_from(["a", "b", "c"]))
    right = record(
        name,
        tags=draw(st.sampled_from([("train",), ("test", "x"), (), ("dev", "train")])),
        intent={"lf": draw(st.sampled_from(["age", "height", None]))},
        pos={"lf": ["NOUN", None, "VERB", None]},
        names={"lf": [[0, 2, "PER"]]},
        arg={"crowd": "Obama", "lf": {"Michelle": 0.5}},
    )
    line = draw(st.sampled_from([right, patch(name, intent={"crowd": "age"}, arg={"lf": "Obama"}), patch("d")]))
    kind = draw(st.sampled_from(["right", "value", "bytes", "any", "blank"]))
    if kind == "blank":
        return draw(st.sampled_from([b"", b" ", b"\r"]))
    if kind == "any":
        return draw(st.binary(max_size=20))
    if kind == "value":
        line = _changed(draw, line)
    encoded = json.dumps(line).encode()
    return _damaged(draw, encoded) if kind == "bytes" else encoded


def _changed(draw, value):
    """A JSON value with one value somewhere in it replaced by any other."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: _changed(draw, value[key])}
    if isinstance(value, list) and value and draw(st.booleans()):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], _changed(draw, value[place]), *value[place + 1 :]]
    return draw(JSON_VALUES | st.sampled_from([TOKENS, ENTITIES, "age", [[0, 1, "LOC"]]]))


def _damaged(draw, line):
    """A line with some bytes replaced by others."""
    start = draw(st.integers(0, len(line)))
    end = min(len(line), start + draw(st.integers(0, 4)))
    return line[:start] + draw(st.binary(max_size=4)) + line[end:]
