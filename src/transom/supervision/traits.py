"""Traits: what can be seen of the items of a task in the words of a rule, a word of a text or a range of a number."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float, Int

from transom.data.expressions import quoted_name
from transom.data.items import Items, is_elementwise
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Spans, Task
from transom.supervision.texts import payload_of, readable_texts, texts_on

WORD = r"[\p{L}\p{N}][\p{L}\p{N}'_]*"
"""A word of a text, case folded; what stands between words is no trait."""

_TENTHS = tuple(tenth / 10 for tenth in range(1, 10))


@dataclass(frozen=True)
class Traits:
    """Item `items[i]` has trait `traits[i]`, which is what the keys `rules[traits[i]]` of a rule ask for."""

    rules: tuple[Mapping[str, object], ...]
    items: Int[np.ndarray, " n_pairs"]
    traits: Int[np.ndarray, " n_pairs"]


def traits_of(frame: pl.DataFrame, schema: Schema, task: Task, items: Items, *, min_items: int) -> Traits:
    """The traits that at least so many items of a task have.

    Those of a task that labels tokens or members are their own words, those of other tasks the words of every text and
    the ranges of every number, cut at tenths of its values.

    Args:
        frame: The examples, with the columns that `data.rows.columns_of` names.
        schema: The project's.
        task: One of its tasks.
        items: The task's.
        min_items: Rarer traits are left out.
    """
    found = [_words(on, frame, schema, task) for on in _texts(schema, task)]
    if items.n_items == frame.height and not is_elementwise(task, payload_of(schema, task)):
        found += [_ranges(name, values) for name, values in _numbers(frame, schema)]
    rules: list[Mapping[str, object]] = []
    pairs = [np.empty((2, 0), dtype=np.int64)]
    for some in found:
        n_items = np.bincount(some.traits, minlength=len(some.rules))
        is_kept = n_items >= min_items
        here = is_kept[some.traits]
        number = np.cumsum(is_kept) - 1 + len(rules)
        pairs.append(np.stack([some.items[here], number[some.traits[here]]]))
        rules += [rule for rule, is_frequent in zip(some.rules, is_kept, strict=True) if is_frequent]
    joined = np.concatenate(pairs, axis=1)
    return Traits(tuple(rules), joined[0], joined[1])


def _texts(schema: Schema, task: Task) -> list[str]:
    """The texts to look at; tokens that a text is built on say the same as the text."""
    readable = readable_texts(schema, task)
    built_on = {name for each in schema.payloads if each.name in readable for name in each.base}
    return [on for on in readable if on not in built_on or on == task.payload]


def _words(on: str, frame: pl.DataFrame, schema: Schema, task: Task) -> Traits:
    texts = texts_on(on, schema, task)
    if isinstance(task, Spans):
        each = frame.select(pl.col(on).explode(empty_as_null=False)).to_series()
    else:
        each = frame.select(texts.flat).to_series()
    words = pl.DataFrame({"word": each.cast(pl.String).str.to_lowercase().str.extract_all(WORD).list.unique()})
    pairs = words.with_row_index("item").explode("word").drop_nulls()
    names = pairs["word"].unique().sort()
    numbers = pl.DataFrame({"word": names}).with_row_index("trait")
    traits = pairs.join(numbers, on="word", how="left", maintain_order="left")
    rules = tuple({"keywords": [name], "on": on} for name in names)
    return Traits(rules, *(traits[column].cast(pl.Int64).to_numpy() for column in ("item", "trait")))


def _numbers(frame: pl.DataFrame, schema: Schema) -> Iterator[tuple[str, Float[np.ndarray, " n_examples"]]]:
    """The numbers of each example as SQL names them, NaN where there is none."""
    for payload in schema.payloads:
        if isinstance(payload, Singleton) and payload.value == "number":
            yield quoted_name(payload.name), frame[payload.name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        if isinstance(payload, Singleton) and payload.value == "record":
            for field in payload.fields:
                if field.value == "number":
                    values = frame[payload.name].struct.field(field.name).cast(pl.Float64).fill_null(np.nan)
                    yield f"{quoted_name(payload.name)}.{quoted_name(field.name)}", values.to_numpy()


def _ranges(name: str, values: Float[np.ndarray, " n_examples"]) -> Traits:
    """The lower and the upper part of a number's values, cut at each tenth of them."""
    known = values[np.isfinite(values)]
    cuts: Sequence[float] = np.unique(np.quantile(known, _TENTHS)).tolist() if len(known) else ()
    written = [f"{cut:.4g}" for cut in cuts]
    rules = [{"where": f"{name} {sign} {cut}"} for cut in written for sign in ("<=", ">")]
    with np.errstate(invalid="ignore"):
        sides = [side for cut in map(float, written) for side in (values <= cut, values > cut)]
    items = [np.flatnonzero(side) for side in sides]
    traits = np.repeat(np.arange(len(rules)), [len(some) for some in items])
    return Traits(tuple(rules), np.concatenate([np.empty(0, np.int64), *items]), traits)
