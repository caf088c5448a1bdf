"""Labelling functions: rules that take more than a word list or an expression.

A function gets one example and returns a class, or ABSTAIN. (With `@labeling_function(batch=True)` it gets a Polars
frame of many examples and returns a column, null where it abstains: slices.py shows that form.)
"""

import re
from functools import cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from transom import ABSTAIN, labeling_function


@cache
def analyzer():
    """VADER, its lexicon read once."""
    return SentimentIntensityAnalyzer()


@labeling_function
def after_but(example):
    """What follows the last "but" is what the writer means: "well acted, but dull"."""
    _, but, verdict = example.text.lower().rpartition(" but ")
    if not but:
        return ABSTAIN
    score = analyzer().polarity_scores(verdict)["compound"]
    if abs(score) < 0.05:
        return ABSTAIN
    return "positive" if score > 0 else "negative"


@labeling_function
def plain_statement(example):
    """A sentence of a newspaper, or a tweet with a link, is neutral where it has not one word of feeling."""
    tells_news = "editorials" in example.tags or "http" in example.text
    words = re.findall(r"[a-z']+", example.text.lower())
    return "neutral" if tells_news and analyzer().lexicon.keys().isdisjoint(words) else ABSTAIN
