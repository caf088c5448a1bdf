"""How far two sources agree beyond what the class explains, and whether that could be chance."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import gammaincc, ndtr

from transom.supervision.class_rates import Rates, believed_loadings, rates_by_class
from transom.supervision.vote_covariance import VoteCovariance, leverage, unexplained

_LEAST_FREE = 0.1  # of a pair's covariance: where the fit follows it more closely, nothing can be told of the pair
_LEAST_SKEW = 1e-3
_TINY = 1e-14


@dataclass(frozen=True)
class Agreement:
    """What pairs of sources have in common beyond the class, each (n_sources, n_sources).

    Attributes:
        errors: the surplus of agreement in standard errors.
        misfit: the surplus or lack of voting the same, in standard errors.
        correlation: the correlation of the votes of two sources given the class, from 0 to 1.
        on_votes: whether the surplus shows more clearly in which class both vote for than in whether they vote.
        rates: how often sources cast each vote in each class.
    """

    errors: Float[np.ndarray, "n_sources n_sources"]
    misfit: Float[np.ndarray, "n_sources n_sources"]
    correlation: Float[np.ndarray, "n_sources n_sources"]
    on_votes: Bool[np.ndarray, "n_sources n_sources"]
    rates: Rates


def agreement(
    covariance: VoteCovariance,
    strangers: Bool[np.ndarray, "n_sources n_sources"],
    loadings: Float[np.ndarray, "n rank"],
    prior: Float[np.ndarray, " n_classes"],
) -> Agreement:
    """Two measures of a pair, the clearer of which counts.

    Together: the covariance, given the class, of voting the same, with abstentions as a vote for nothing. It sees rules
    that fire on the same rows. On votes: the same without how often both vote at all. It sees sources that say the same
    wherever both say something, however seldom that is. Standard errors hold if the pair is independent given the
    class, and allow for what the fit itself follows.
    """
    rates = rates_by_class(covariance, loadings, prior)
    left = unexplained(covariance, loadings)
    together = covariance.by_pair(left * (covariance.vote[:, None] == covariance.vote))
    votes = together - covariance.by_pair(left) / len(prior)
    pull = leverage(covariance, strangers, loadings, belief=believed_loadings(covariance, prior))
    free = np.where(strangers, 1 - pull, 1 + pull)
    scale = np.where(free > _LEAST_FREE, covariance.n_rows / np.maximum(free, _LEAST_FREE), 0.0)
    variance_together, variance_votes = _variances(rates, prior)
    by_together = _in_errors(together, variance_together, scale)
    by_votes = _in_errors(votes, variance_votes, scale) * (share_classes(covariance) & (together > 0))
    correlation = _correlation(together)
    where_both = _correlation(np.divide(votes, covariance.both, out=np.zeros_like(votes), where=covariance.both > 0))
    return Agreement(
        errors=np.maximum(by_together, by_votes),
        misfit=by_together,
        correlation=np.where(share_classes(covariance), np.maximum(correlation, where_both), correlation),
        on_votes=by_votes > by_together,
        rates=rates,
    )


def chance_of(
    agreed: Agreement, pair: tuple[int, int], prior: Float[np.ndarray, " n_classes"], n_rows: int | float
) -> float:
    """How probable so large a surplus is of a pair that is independent given the class.

    Votes that are rare given the class make it skewed, so the normal distribution would call too much surprising. We
    match the third moment.
    """
    one, other = pair
    measure = np.eye(len(prior)) - agreed.on_votes[pair] / len(prior)
    second, third = 0.0, 0.0
    for share, rate, other_rate in zip(prior, agreed.rates[one].T, agreed.rates[other].T, strict=True):
        surplus = _deviations(rate) @ measure @ _deviations(other_rate).T
        probability = np.outer(_with_abstention(rate), _with_abstention(other_rate))
        second += share * (probability * surplus**2).sum()
        third += share * (probability * surplus**3).sum()
    skew = third / max(second, _TINY) ** 1.5 / np.sqrt(n_rows)
    errors = agreed.errors[pair]
    if skew <= _LEAST_SKEW:
        return float(ndtr(-errors))
    shape = 4 / skew**2  # of the gamma distribution with this skewness, moved and scaled to mean 0 and variance 1
    return float(gammaincc(shape, max(shape + 2 * errors / skew, 0.0)))


def _variances(
    rates: Rates, prior: Float[np.ndarray, " n_classes"]
) -> tuple[Float[np.ndarray, "n_sources n_sources"], Float[np.ndarray, "n_sources n_sources"]]:
    """The variance of both measures on one row, for pairs that are independent given the class."""
    n_sources, n_classes = rates.shape[:2]
    together, votes = np.zeros((2, n_sources, n_sources))
    for share, rate in zip(prior, np.moveaxis(rates, 2, 0), strict=True):
        spread = rate[:, :, None] * (np.eye(n_classes) - rate[:, None, :])
        centred = spread - spread.mean(axis=1, keepdims=True)
        centred -= centred.mean(axis=2, keepdims=True)
        together += share * _products(spread)
        votes += share * _products(centred)
    return together, votes


def _products(values: Float[np.ndarray, "n_sources n_votes n_votes"]) -> Float[np.ndarray, "n_sources n_sources"]:
    flat = values.reshape(len(values), -1)
    return np.asarray(flat @ flat.T)


def _in_errors(surplus: np.ndarray, variance: np.ndarray, scale: np.ndarray) -> Float[np.ndarray, "n n"]:
    spread = np.sqrt(np.maximum(variance, 0.0))
    errors = np.divide(surplus * np.sqrt(scale), spread, out=np.zeros_like(surplus), where=variance > _TINY)
    np.fill_diagonal(errors, 0.0)
    return np.asarray(errors)


def _correlation(values: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    spread = np.sqrt(np.maximum(np.diag(values), 0.0))
    scale = np.outer(spread, spread)
    correlation = np.clip(np.divide(values, scale, out=np.zeros_like(values), where=scale > _TINY), 0.0, 1.0)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation)


def share_classes(covariance: VoteCovariance) -> Bool[np.ndarray, "n_sources n_sources"]:
    """Pairs of sources that both vote for two classes or more; others cannot disagree on any class both vote for."""
    votes = (covariance.rates > 0).astype(np.int64)
    return np.asarray(votes @ votes.T > 1)


def _with_abstention(rate: Float[np.ndarray, " n_classes"]) -> np.ndarray:
    return np.append(rate, max(1 - rate.sum(), 0.0))


def _deviations(rate: Float[np.ndarray, " n_classes"]) -> np.ndarray:
    """The votes that a source can cast, abstention last, as deviations from how often it casts them."""
    return np.asarray(np.eye(len(rate) + 1)[:, :-1] - rate)
