"""Distant supervision: facts of a table that occur in the texts of examples."""

from collections.abc import Sequence

import polars as pl

_ROW, _FACT, _VALUE, _LABEL = "row", "fact", "value", "label"


def facts_in(texts: Sequence[tuple[str, pl.Series]], table: pl.DataFrame) -> pl.DataFrame:
    """Which facts occur in which examples: the columns `row` and `fact`, a number of a row of each.

    Args:
        texts: Columns of the table, each with the texts in which its values must occur, one an example. A fact occurs
            in an example if all these values do: as whole words in their order, in any case, whatever signs there are.
        table: One fact a row, every value a text. A fact that lacks a value occurs nowhere.

    >>> table = pl.DataFrame({"person": ["Barack Obama", "Ada"]})
    >>> facts_in([("person", pl.Series(["how tall is barack obama?", "a dance"]))], table).to_dicts()
    [{'row': 0, 'fact': 0}]
    """
    found: pl.DataFrame | None = None
    for column, series in texts:
        pairs = _occurrences(_as_words(series), _as_words(table[column]))
        found = pairs if found is None else found.join(pairs, on=[_ROW, _FACT], how="semi")
    return pl.DataFrame(schema={_ROW: pl.UInt32, _FACT: pl.UInt32}) if found is None else found


def agreed_labels(facts: pl.DataFrame, labels: pl.Series, n_rows: int) -> pl.Series:
    """The label of the facts that occur in each row; null where none does, or where two of them disagree.

    `facts` is what `facts_in` gives, `labels` has one a fact; a fact without a label has no say.
    """
    labeled = facts.with_columns(labels.gather(facts[_FACT]).alias(_LABEL)).drop_nulls(_LABEL).group_by(_ROW)
    agreed = labeled.agg(pl.col(_LABEL).first(), pl.col(_LABEL).n_unique().alias("n")).filter(pl.col("n") == 1)
    rows = pl.select(pl.int_range(n_rows).cast(facts.schema[_ROW]).alias(_ROW))
    return rows.join(agreed, on=_ROW, how="left", maintain_order="left")[_LABEL]


def _occurrences(texts: pl.Series, values: pl.Series) -> pl.DataFrame:
    facts = values.to_frame(_VALUE).with_row_index(_FACT).filter(pl.col(_VALUE).str.len_chars() > 2)  # spaces alone
    matches = texts.str.extract_many(facts[_VALUE].unique().implode(), overlapping=True)
    pairs = matches.to_frame(_VALUE).with_row_index(_ROW).explode(_VALUE).drop_nulls().unique(maintain_order=True)
    return pairs.join(facts, on=_VALUE).select(_ROW, _FACT)


def _as_words(texts: pl.Series) -> pl.Series:
    """Texts as words between single spaces, also at both ends, so that whole words are found as plain substrings."""
    words = pl.col(_VALUE).str.to_lowercase().str.replace_all(r"\W+", " ").str.strip_chars(" ")
    return texts.to_frame(_VALUE).select(pl.concat_str(pl.lit(" "), words, pl.lit(" "))).to_series()
