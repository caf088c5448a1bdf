"""Slices that are easier to say in Python than in SQL."""

import polars as pl

from transom import slicing_function

# Eyes, perhaps a nose, and a mouth, standing apart from words: :-) ;P =D :( and hearts.
EMOTICON = r"(?:^|\s)[:;=8xX][-'o^]?[()\[\]DpP3/\\|](?:\W|$)|</?3|\^_?\^"


@slicing_function(batch=True)
def has_emoticon(frame: pl.DataFrame) -> pl.Series:
    """Whether a text has an emoticon: its mood may differ from that of its words."""
    return frame["text"].str.contains(EMOTICON)
