"""What a look at the sources finds, beyond the table of sources: what to mend, and where a rule would help."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Group = Literal["uncovered", "disputed"]


@dataclass(frozen=True)
class Conflict:
    """Two sources that vote for different classes on `n` rows of train, the share `share` of those on which both vote.

    `votes` is what they most often vote there, of a bitvector with the class in question; members of sets have no
    names. `right` and `other_right` are the shares of `n_gold` such rows on dev, or on train where dev has none, on
    which each is right; where they do not sum to 1, neither is right on the rest. `ids` are examples of train.
    """

    task: str
    source: str
    other: str
    n: int
    share: float
    votes: tuple[str, str] | None
    right: float | None
    other_right: float | None
    n_gold: int
    ids: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The conflict as `--json` prints it."""
        return {**asdict(self), "votes": self.votes and list(self.votes), "ids": list(self.ids)}


@dataclass(frozen=True)
class Correlation:
    """How two sources go together; `n` is the number of rows of train on which both vote.

    `agreement` is the share of these on which they vote the same, `kappa` that beyond chance: 1 for copies, 0 for
    strangers, None where both vote one and the same class there. `correlation` is of whether they vote at all, over the
    rows of train, None where one always does. Numbers do not agree: there it is of the numbers, where both give one.
    """

    task: str
    source: str
    other: str
    n: int
    agreement: float | None
    kappa: float | None
    correlation: float | None

    def as_dict(self) -> dict[str, Any]:
        """The correlation as `--json` prints it."""
        return asdict(self)


@dataclass(frozen=True)
class Reach:
    """One source on the `n` items of train that are in one subset (of a bitvector: their bits).

    `coverage` is the share on which it votes, `conflict` on which another one votes for something else. `accuracy_gold`
    is the share of its `n_gold` votes on the subset's items of dev that are right, on train where dev has none. `tag`
    is a tag or "slice:NAME".
    """

    task: str
    source: str
    tag: str
    n: int
    coverage: float
    conflict: float
    accuracy_gold: float | None
    n_gold: int

    def as_dict(self) -> dict[str, Any]:
        """The row as `--json` prints it."""
        return asdict(self)


@dataclass(frozen=True)
class Suggestion:
    """A trait that `n` items of a group share, a share `share` of it, beyond those of the suggestions before it.

    The group are the items of train that are "uncovered", as no source votes, or "disputed", as two vote for different
    classes. `rule` is what would find the trait, ready for sources.yaml, but for spans only the words. `vote` is what
    `n_known` items elsewhere with the trait mostly are, by gold on dev or by undisputed votes, and `confidence` their
    share, drawn towards the share of that class among all. Both are None where too little is known: then the trait is
    one that the group has far more often than others, and its examples are worth a look.
    """

    task: str
    group: Group
    rule: dict[str, Any]
    n: int
    share: float
    vote: str | None
    confidence: float | None
    n_known: int
    ids: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The suggestion as `--json` prints it."""
        return {**asdict(self), "ids": list(self.ids)}


@dataclass(frozen=True)
class SourceAnalysis:
    """Of all tasks: pairs of sources that disagree, how pairs go together, their reach, and rules to add."""

    conflicts: tuple[Conflict, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    reach: tuple[Reach, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The analysis as `label --json` prints it."""
        return {
            "conflicts": [each.as_dict() for each in self.conflicts],
            "correlations": [each.as_dict() for each in self.correlations],
            "slices": [each.as_dict() for each in self.reach],
            "suggestions": [each.as_dict() for each in self.suggestions],
        }
