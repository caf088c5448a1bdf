"""Whether votes alone can tell good sources from bad ones, and if not, why."""

import numpy as np

from transom.errors import Problem, listed
from transom.supervision.matrix import LabelMatrix
from transom.supervision.statistics import patterns

_FEW_ROWS = 20


def doubts(matrix: LabelMatrix, *, prior_is_known: bool, n_gold: int = 0) -> tuple[Problem, ...]:
    """Warnings that the accuracies of sources rest on belief; none where they can be learned from these votes.

    `n_gold` is how many gold labels a prior was counted on that is not known well.

    Accuracies show in how often sources agree, so it takes three that meet: of two that disagree, either may be wrong.
    """
    distinct = patterns(matrix)
    is_vote = distinct.matrix.votes >= 0
    voting = np.flatnonzero(is_vote.any(axis=0))
    if len(voting) == 0:
        return (no_votes(),)
    names = listed([matrix.sources[source] for source in voting])
    if len(voting) < 3:
        return (
            _warning("T104", f"fewer than three sources vote ({names}): their agreement says nothing. Add sources."),
        )
    meets = is_vote.sum(axis=1) > 1
    n_meetings = int(distinct.counts[meets].sum())
    if n_meetings < _FEW_ROWS:
        times = "once" if n_meetings == 1 else f"{n_meetings} times"
        return (_warning("T105", f"two sources vote on the same row only {times}. Add sources that overlap."),)
    return _lonely(matrix, voting, is_vote[meets]) + _one_sided(distinct.matrix, prior_is_known, n_gold)


def no_votes() -> Problem:
    """The warning that no source votes at all."""
    return _warning("T103", "no source votes on any training row. Add sources, or loosen their rules.")


def are_too_few(reasons: tuple[Problem, ...]) -> bool:
    """Whether the doubts are that fewer than three sources vote, so that accuracies cannot be learned at all."""
    return any(reason.code in ("T103", "T104") for reason in reasons)


def _lonely(matrix: LabelMatrix, voting: np.ndarray, meeting: np.ndarray) -> tuple[Problem, ...]:
    lonely = [matrix.sources[source] for source in voting if not meeting[:, source].any()]
    if not lonely:
        return ()
    never_votes, are = ("never votes", "is") if len(lonely) == 1 else ("never vote", "are")
    message = f"{listed(lonely)} {never_votes} where another source does, and {are} taken on trust."
    return (_warning("T105", message),)


def _one_sided(matrix: LabelMatrix, prior_is_known: bool, n_gold: int) -> tuple[Problem, ...]:
    votes = np.where(matrix.votes < 0, matrix.n_classes, matrix.votes)
    lowest, highest = votes.min(axis=0), matrix.votes.max(axis=0)
    voted = np.unique(matrix.votes[matrix.votes >= 0])
    if len(voted) == 1 and matrix.n_options is None:
        return (_warning("T106", "all votes are for one class, so none can be found wrong. Add sources for others."),)
    if prior_is_known or matrix.n_options is not None or (highest > lowest).any():
        return ()
    how_common, wanted = "unknown (taken as equally common)", "gold labels"
    if n_gold:
        how_common, wanted = f"counted on {n_gold} gold label{'s' * (n_gold > 1)} of dev alone", "more gold labels"
    return (
        _warning(
            "T106",
            f"every source votes a single class, and how common classes are is {how_common}. "
            f"Give {wanted} on dev, or `label_model: {{name: em, prior: [...]}}` in model.yaml.",
        ),
    )


def _warning(code: str, message: str) -> Problem:
    return Problem(code, message, severity="warning")
