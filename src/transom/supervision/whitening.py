"""Whitening: an embedding turned and stretched until it spreads alike in every direction."""

import numpy as np
from jaxtyping import Bool, Float

_FLOOR = 1e-3


def whitened(
    vectors: Float[np.ndarray, "n_examples n_dimensions"], train: Bool[np.ndarray, " n_examples"]
) -> Float[np.ndarray, "n_examples n_dimensions"]:
    """Vectors with mean zero and, on train, about the same variance in every direction; zero vectors stay zero.

    A few directions, which nearly all vectors share, else decide every cosine similarity. Directions with less than a
    thousandth of the largest variance are noise and stay small.

    Source: Su et al. (2021), Whitening sentence representations, arXiv 2103.15316, eq. 5; we add the floor.
    """
    is_zero = ~np.asarray(vectors.any(axis=1))
    is_fitted = train & ~is_zero
    if np.count_nonzero(is_fitted) < 2:
        return vectors
    _, exponent = np.frexp(np.abs(vectors[is_fitted]).max(initial=0.0))
    scaled = np.ldexp(vectors, -max(int(exponent), 0))  # which rounds nothing; else squares may be infinite
    mean = scaled[is_fitted].mean(axis=0)
    covariance = np.cov(scaled[is_fitted] - mean, rowvar=False).reshape(vectors.shape[1], -1)
    variances, directions = np.linalg.eigh(covariance)
    largest = variances.max(initial=0.0)
    if largest <= 0:
        return vectors
    scale = 1 / np.sqrt(np.maximum(variances, 0.0) + _FLOOR * largest)
    return np.where(is_zero[:, None], 0.0, (scaled - mean) @ (directions * scale)).astype(vectors.dtype)
