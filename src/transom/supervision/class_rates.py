"""How often sources cast each vote in each class, from loadings that are known up to a rotation."""

import numpy as np
from jaxtyping import Float

from transom.supervision.beliefs import believed_precision
from transom.supervision.vote_covariance import VoteCovariance

Rates = Float[np.ndarray, "n_sources n_votes n_classes"]
"""Entry `[source, vote, class]` is the share of the rows of a class on which a source casts a vote."""

_BELIEVED = 0.8


def believed_loadings(
    covariance: VoteCovariance, prior: Float[np.ndarray, " n_classes"]
) -> Float[np.ndarray, "n rank"]:
    """The loadings of sources that are right four times out of five."""
    precision = believed_precision(np.full(len(covariance.rates), _BELIEVED), prior)
    deviations = covariance.rates[:, :, None] * (precision - prior)
    loadings = deviations[covariance.source, covariance.vote] @ _contrasts(prior)
    return np.asarray(loadings / covariance.spread[:, None])


def rates_by_class(
    covariance: VoteCovariance, loadings: Float[np.ndarray, "n rank"], prior: Float[np.ndarray, " n_classes"]
) -> Rates:
    """The rates that loadings stand for, where sources are most like what is believed of them."""
    scaled = aligned(covariance, loadings, prior) * covariance.spread[:, None]
    rates = np.repeat(covariance.rates[:, :, None], len(prior), axis=2)
    rates[covariance.source, covariance.vote] += scaled @ _contrasts(prior).T
    rates = np.clip(rates, 0.0, 1.0)
    return np.asarray(rates / np.maximum(rates.sum(axis=1, keepdims=True), 1.0))


def aligned(
    covariance: VoteCovariance, loadings: Float[np.ndarray, "n rank"], prior: Float[np.ndarray, " n_classes"]
) -> Float[np.ndarray, "n rank"]:
    """The loadings rotated to where sources are most like what is believed of them.

    Source: Schönemann (1966), A generalized solution of the orthogonal Procrustes problem.
    """
    variance = covariance.spread[:, None] ** 2
    left, _, right = np.linalg.svd(loadings.T @ (variance * believed_loadings(covariance, prior)))
    return np.asarray(loadings @ (left @ right))


def accuracies(
    rates: Rates, covariance: VoteCovariance, prior: Float[np.ndarray, " n_classes"]
) -> Float[np.ndarray, " n_sources"]:
    """The share of each source's votes that are right; 0 where it never votes."""
    return np.asarray(np.einsum("jcc,c->j", rates, prior) / np.maximum(covariance.rates.sum(axis=1), 1e-12))


def _contrasts(prior: Float[np.ndarray, " n_classes"]) -> Float[np.ndarray, "n_classes rank"]:
    """Columns that have mean 0, variance 1 and no covariance over classes as common as the prior says."""
    n_classes = len(prior)
    basis, _ = np.linalg.qr(np.column_stack([np.sqrt(prior), np.eye(n_classes)[:, : n_classes - 1]]))
    return np.asarray(basis[:, 1:] / np.sqrt(prior)[:, None])
