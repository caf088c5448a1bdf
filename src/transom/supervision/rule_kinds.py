"""The kinds of rules that sources.yaml can declare."""

from dataclasses import dataclass, field
from typing import Literal

from transom.errors import NOWHERE, Location

Vote = str | float | tuple[str, ...]
"""A label as a data line writes it: a class, a number, or the classes of a bitvector that hold."""

_ONE = {"minLength": 1}


@dataclass(frozen=True)
class RegexRule:
    """Votes where a regex, in Rust's syntax, matches the text that the rule is `on`."""

    name: str
    task: str
    regex: str = field(metadata=_ONE)
    on: str
    vote: Vote
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class KeywordsRule:
    """Votes where one of the keywords occurs in the text that the rule is `on`.

    Keywords are whole words in any case; `match: substring` finds them within words, and `case: true` only as written.
    """

    name: str
    task: str
    keywords: tuple[str, ...] = field(metadata={"minItems": 1})
    on: str
    vote: Vote
    match: Literal["words", "substring"] = "words"
    case: bool = False
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class WhereRule:
    """Votes where an SQL expression on one row is true."""

    name: str
    task: str
    where: str = field(metadata=_ONE)
    vote: Vote
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class LexiconRule:
    """Votes by the score, from -1 to 1, that a lexicon gives to the text that the rule is `on`.

    The score itself is the vote on a regression task. For classes `vote` says at which score each holds,
    `{positive: ">= 0.05"}`; of several the first counts, of a bitvector's all.
    """

    name: str
    task: str
    lexicon: Literal["vader"]
    on: str
    vote: dict[str, str] | None = None
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class TableRule:
    """Votes where the facts in a row of a CSV or Parquet file occur in an example.

    `match` maps the texts of the example to the columns whose values must occur in them, all in one row of the file, as
    whole words in any case. `vote` is a label, or `{column: kind}` for the one that the row holds. Rows that disagree
    about an example make the rule abstain.
    """

    name: str
    task: str
    table: str = field(metadata=_ONE)
    match: dict[str, str]
    vote: Vote | dict[str, str]
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class GazetteerRule:
    """Votes a span of class `vote` for each entry of a text file, one a line, that stands in the tokens.

    Of entries that overlap the one that begins first counts, and of those the longest. Case is folded unless `case`.
    """

    name: str
    task: str
    gazetteer: str = field(metadata=_ONE)
    on: str
    vote: str
    case: bool = False
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class PythonRule:
    """Votes what a function of the project, "module:function", returns for an example."""

    name: str
    task: str
    python: str = field(metadata=_ONE)
    at: Location = field(default=NOWHERE, compare=False, repr=False)


Rule = RegexRule | KeywordsRule | WhereRule | LexiconRule | TableRule | GazetteerRule | PythonRule

KINDS: dict[str, type[Rule]] = {
    "regex": RegexRule,
    "keywords": KeywordsRule,
    "where": WhereRule,
    "lexicon": LexiconRule,
    "table": TableRule,
    "gazetteer": GazetteerRule,
    "python": PythonRule,
}
"""The key that makes a rule what it is."""
