"""Lexicons: the mood of a text from lists of words, on a scale from -1 to 1."""

import importlib
from functools import cache, lru_cache
from typing import Any

import polars as pl

from transom.errors import MissingExtraError


def score_of(text: pl.Expr, texts: pl.Series) -> pl.Expr:
    """VADER's compound score of a text, null where there is none; `texts` has every text that is asked of.

    Each distinct text is scored once.

    Source: Hutto & Gilbert (2014), VADER: A Parsimonious Rule-based Model for Sentiment Analysis, ICWSM.

    Raises:
        MissingExtraError: the package vaderSentiment is not installed.
    """
    distinct = texts.unique().drop_nulls()
    scores = pl.Series([_vader_score(each) for each in distinct], dtype=pl.Float64)
    return text.replace_strict(distinct, scores, default=None, return_dtype=pl.Float64)


@lru_cache(maxsize=1 << 17)
def _vader_score(text: str) -> float:
    return float(_vader().polarity_scores(text)["compound"])


@cache
def _vader() -> Any:
    """VADER with its lexicon, which is read once."""
    try:
        module = importlib.import_module("vaderSentiment.vaderSentiment")
    except ModuleNotFoundError:
        raise MissingExtraError("vaderSentiment", "vader", "The lexicon 'vader'") from None
    return module.SentimentIntensityAnalyzer()
