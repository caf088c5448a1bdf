"""Finds the sources that copy each other: a low rank for the class, and a few edges for what it does not explain."""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtr, ndtri

from transom.supervision.agreement import Agreement, agreement, chance_of
from transom.supervision.class_rates import accuracies, aligned, believed_loadings
from transom.supervision.vote_covariance import VoteCovariance, explain, leading, unexplained

FALSE_ALARMS = 0.01
"""How often any edge is found among sources that are independent given the class."""

WEAKEST = 0.1
"""Edges with a smaller correlation may be real, but discounting them would change nothing."""

_LEAST_VARIANCE = 1e-4  # of the largest, in a group: sources that vote on every row have no variance in one direction
_BELIEVED_RIGHT, _BELIEVED_WRONG = 15, 3  # votes before any is seen


Edges = tuple[tuple[int, int], ...]
"""Pairs of sources, by number."""


def find_copies(
    covariance: VoteCovariance, prior: Float[np.ndarray, " n_classes"]
) -> tuple[Edges, Float[np.ndarray, "n_sources n_sources"]]:
    """Sources whose votes go together more than their classes explain, and correlations of votes given the class.

    The correlations are those of sources in one group, copies of copies too; 0 for strangers, 1 on the diagonal.

    If sources were independent given the class, covariances of different sources would have a rank of one less than
    there are classes. That rank is fitted to pairs that are strangers. A pair that agrees by more than could be chance
    is joined, groups are left out of the fit, and so on until no pair is left. Then, within each group, only
    pairs stay joined that still go together given all others of the group: those are the entries of the inverse
    covariance, given the class, that are not zero.

    A few sources that agree can be explained in two ways: they copy each other, or they are right and the rest copies.
    So the search starts twice, where the data are best explained without copies and where all sources are equally good,
    and that explanation is kept which asks for fewer copies and for accuracies nearer to what is believed.

    Source: Varma et al. (2019), Learning dependency structures for weak supervision models, eq. 3: the inverse
    covariance of sources is sparse plus a low rank. We find the rank in the covariance, where exact copies are no
    singularity, and choose the threshold by the rate of false alarms (Bonferroni) instead of a penalty.
    """
    search = _Search(covariance, prior)
    explanations = [search.run(start) for start in (search.unsuspecting, search.belief)]
    best = min(explanations, key=lambda explanation: explanation.implausibility)
    return best.edges, np.where(_strangers(best.groups), 0.0, best.agreement.correlation)


@dataclass(frozen=True)
class _Explanation:
    """Groups of sources that copy each other, and the loadings that explain what sources of different groups share."""

    covariance: VoteCovariance
    prior: Float[np.ndarray, " n_classes"]
    groups: Int[np.ndarray, " n_sources"]
    loadings: Float[np.ndarray, "n rank"]

    @cached_property
    def agreement(self) -> Agreement:
        """What pairs have in common beyond the class."""
        return agreement(self.covariance, _strangers(self.groups), self.loadings, self.prior)

    @cached_property
    def surprising(self) -> Bool[np.ndarray, "n_sources n_sources"]:
        """Strangers that agree by more than could be chance; first come those that do so most clearly."""
        agreed = self.agreement
        errors = np.where(_strangers(self.groups) & (agreed.correlation >= WEAKEST), agreed.errors, 0.0)
        found = np.zeros(errors.shape, dtype=bool)
        clearest = np.argwhere(np.triu(errors >= max(self._least_errors, errors.max(initial=0.0) / 2)))
        for pair in clearest.tolist():
            found[tuple(pair)] = self._chance_of(pair) < self._level
        return found

    @cached_property
    def edges(self) -> Edges:
        """Pairs within groups that go together given all others of their group."""
        agreed, left = self.agreement, unexplained(self.covariance, self.loadings)
        is_candidate = (agreed.errors >= self._least_errors) & (agreed.correlation >= WEAKEST)
        edges = []
        for group in range(self.groups.max(initial=-1) + 1):
            members = np.flatnonzero(self.groups == group)
            others = _Given.of(left, self.covariance, members) if len(members) > 2 else None
            for one, other in combinations(members.tolist(), 2):
                if is_candidate[one, other]:
                    n_rows = self.covariance.n_rows
                    chance = others.chance_of(one, other, n_rows) if others else self._chance_of([one, other])
                    if chance < self._level:
                        edges.append((one, other))
        return tuple(edges)

    @property
    def implausibility(self) -> float:
        """How badly an explanation fits, how much copying it needs, and how far it is from what is believed.

        Copies of one source say the same about it, so the pairs of two groups count as one, and so do the members of a
        group. Pairs of strangers err together, so misfit counts half.
        """
        size = np.bincount(self.groups)[self.groups]
        misfit = np.triu(_strangers(self.groups) * (self.agreement.misfit**2 - 1) / np.outer(size, size)).sum()
        n_copies = len(size) - len(np.unique(self.groups))
        right = np.clip(accuracies(self.agreement.rates, self.covariance, self.prior), 0.01, 0.99)
        likeliest = np.array(_BELIEVED_RIGHT / (_BELIEVED_RIGHT + _BELIEVED_WRONG))
        disbelief = _log_belief(likeliest) - _log_belief(right)
        return float(misfit / 2 + n_copies * self._least_errors**2 + 2 * (disbelief / size).sum())

    @property
    def _level(self) -> float:
        return _level(len(self.groups))

    @property
    def _least_errors(self) -> float:
        return least_errors(len(self.groups))

    def _chance_of(self, pair: list[int]) -> float:
        one, other = pair
        return chance_of(self.agreement, (one, other), self.prior, self.covariance.n_rows)


@dataclass(frozen=True)
class _Search:
    covariance: VoteCovariance
    prior: Float[np.ndarray, " n_classes"]

    @cached_property
    def belief(self) -> Float[np.ndarray, "n rank"]:
        return believed_loadings(self.covariance, self.prior)

    @property
    def unsuspecting(self) -> Float[np.ndarray, "n rank"]:
        """What explains the data best if nobody copies."""
        start = aligned(self.covariance, leading(self.covariance, len(self.prior) - 1), self.prior)
        return self._explained(np.arange(len(self.covariance.rates)), start).loadings

    def run(self, start: Float[np.ndarray, "n rank"]) -> _Explanation:
        """Joins pairs until none agrees too much, then parts those that only agree through others."""
        joined = np.eye(len(self.covariance.rates), dtype=bool)
        explanation = _Explanation(self.covariance, self.prior, np.arange(len(joined)), start)
        while True:
            joined |= explanation.surprising
            explanation = self._explained(_groups(joined), explanation.loadings)
            if not explanation.surprising.any():
                return self._parted(explanation)

    def _explained(self, groups: Int[np.ndarray, " n_sources"], start: Float[np.ndarray, "n rank"]) -> _Explanation:
        loadings = explain(self.covariance, _strangers(groups), start=start, belief=self.belief)
        return _Explanation(self.covariance, self.prior, groups, loadings)

    def _parted(self, explanation: _Explanation) -> _Explanation:
        """The explanation whose groups are what its edges connect."""
        while True:
            joined = np.eye(len(explanation.groups), dtype=bool)
            for edge in explanation.edges:
                joined[edge] = True
            groups = _groups(joined)
            if groups.max(initial=0) == explanation.groups.max(initial=0):
                return explanation
            explanation = self._explained(groups, explanation.loadings)


@dataclass(frozen=True)
class _Given:
    """The inverse covariance, given the class, of the columns of a group of sources."""

    inverse: Float[np.ndarray, "n n"]
    source: Int[np.ndarray, " n"]
    vote: Int[np.ndarray, " n"]

    @classmethod
    def of(
        cls, left: Float[np.ndarray, "m m"], covariance: VoteCovariance, members: Int[np.ndarray, " n_members"]
    ) -> "_Given":
        columns = np.flatnonzero(np.isin(covariance.source, members))
        values, vectors = np.linalg.eigh(left[np.ix_(columns, columns)])
        inverse = (vectors / np.maximum(values, _LEAST_VARIANCE * values[-1])) @ vectors.T
        return cls(inverse, covariance.source[columns], covariance.vote[columns])

    def chance_of(self, one: int, other: int, n_rows: int | float) -> float:
        """How probable it is that two of the sources agree so much if they do so through the others alone."""
        ours, theirs = np.flatnonzero(self.source == one), np.flatnonzero(self.source == other)
        pair = np.concatenate([ours, theirs])
        given = np.linalg.inv(self.inverse[np.ix_(pair, pair)])
        n = len(ours)
        same = (self.vote[ours][:, None] == self.vote[theirs]).astype(np.float64)
        measures = [same, same - 1 / max(same.sum(), 1)] if same.sum() > 1 else [same]
        errors = [
            (given[:n, n:] * measure).sum()
            / np.sqrt(np.trace(given[:n, :n] @ measure @ given[n:, n:] @ measure.T) / n_rows)
            for measure in measures
        ]
        return float(ndtr(-max(errors)))


def _log_belief(accuracy: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return np.asarray(_BELIEVED_RIGHT * np.log(accuracy) + _BELIEVED_WRONG * np.log(1 - accuracy))


def least_errors(n_sources: int) -> float:
    """By how many standard errors a pair of so many sources must agree beyond its class to be called copies."""
    return float(-ndtri(_level(n_sources)))


def _level(n_sources: int) -> float:
    """How improbable the surplus of a pair must be; two measures are tried of every pair."""
    return FALSE_ALARMS / max(n_sources * (n_sources - 1), 1)


def _groups(joined: Bool[np.ndarray, "n_sources n_sources"]) -> Int[np.ndarray, " n_sources"]:
    return np.asarray(connected_components(joined, directed=False)[1], dtype=np.int64)


def _strangers(groups: Int[np.ndarray, " n_sources"]) -> Bool[np.ndarray, "n_sources n_sources"]:
    return np.asarray(groups[:, None] != groups)
