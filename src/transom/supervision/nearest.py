"""Nearest neighbours by cosine similarity: one search, which all sources share."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from transom.errors import MissingExtraError

N_NEIGHBOURS = 10
LARGEST_EXACT = 200_000
"""Rows up to which every one is compared; among more, faiss looks in the likely places."""

_BLOCK = 1 << 24  # similarities held at a time, 64 MiB
_GROUPS = 64
_CELLS_SEARCHED = 32  # of some thousand: nine in ten of the nearest rows, and the others hardly farther away

Vectors = Float32[np.ndarray, "n_examples n_dimensions"]


@dataclass(frozen=True)
class Neighbours:
    """The nearest rows of a pool, nearest first; where there are no more, the row is -1 and the similarity -1."""

    rows: Int[np.ndarray, "n_asked n_neighbours"]
    similarities: Float32[np.ndarray, "n_asked n_neighbours"]


def unit_vectors(vectors: Float[np.ndarray, "n_examples n_dimensions"]) -> Vectors:
    """Vectors of length 1; one that is zero or not finite has no direction and becomes zero.

    >>> unit_vectors(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    finite = np.where(np.isfinite(vectors).all(axis=1, keepdims=True), vectors, 0.0).astype(np.float64)
    largest = np.abs(finite).max(axis=1, keepdims=True, initial=0.0)
    finite /= np.where(largest > 0, largest, 1.0)  # first, so that squares neither overflow nor vanish
    lengths = np.linalg.norm(finite, axis=1, keepdims=True)
    return np.asarray((finite / np.where(lengths > 0, lengths, 1.0)).astype(np.float32))


def nearest(
    vectors: Vectors,
    asked: Int[np.ndarray, " n_asked"],
    pool: Int[np.ndarray, " n_pool"],
    *,
    n_neighbours: int = N_NEIGHBOURS,
) -> Neighbours:
    """The rows of `pool` that are nearest to each row of `asked`, itself left out.

    `vectors` are of length 1. A zero vector has no neighbours and is nobody's. Which of many equally near rows are
    taken is left open, but the same in every run.

    Raises:
        MissingExtraError: the pool has more than 200,000 rows, and faiss is not installed.
    """
    pool = pool[_has_direction(vectors[pool])]
    rows = np.full((len(asked), n_neighbours), -1)
    similarities = np.full((len(asked), n_neighbours), -1, np.float32)
    directed = np.flatnonzero(_has_direction(vectors[asked]))
    if len(pool) and len(directed):
        search = _exactly if len(pool) <= LARGEST_EXACT else _with_faiss
        rows[directed], similarities[directed] = search(vectors, asked[directed], pool, n_neighbours)
    similarities = np.where(rows >= 0, np.clip(np.round(similarities, 6), -1, 1), np.float32(-1))
    return Neighbours(rows, similarities)


def _has_direction(vectors: Float32[np.ndarray, "n_rows n_dimensions"]) -> Bool[np.ndarray, " n_rows"]:
    return np.asarray(vectors.any(axis=1))


Found = tuple[Int[np.ndarray, "n_asked n_neighbours"], Float32[np.ndarray, "n_asked n_neighbours"]]


def _exactly(
    vectors: Vectors, asked: Int[np.ndarray, " n_asked"], pool: Int[np.ndarray, " n_pool"], n_neighbours: int
) -> Found:
    """Every row compared with every other, as many at a time as fit into 64 MiB."""
    among = vectors[pool].T
    own = np.full(len(vectors), -1)
    own[pool] = np.arange(len(pool))
    found = []
    step = max(1, _BLOCK // len(pool))
    for start in range(0, len(asked), step):
        block = asked[start : start + step]
        similarities = vectors[block] @ among
        itself = np.flatnonzero(own[block] >= 0)
        similarities[itself, own[block[itself]]] = -np.inf
        found.append(_largest(similarities, n_neighbours))
    places, similarities = (np.concatenate(part) for part in zip(*found, strict=True))
    return np.where(places >= 0, pool[places], -1), similarities


def _largest(values: Float32[np.ndarray, "n_rows n_columns"], count: int) -> Found:
    """The largest values of each row in falling order, and their columns; -1 for -inf.

    Columns are looked through in groups of 64 first: the largest values are in the groups with the largest maxima.
    """
    width = values.shape[1] // _GROUPS
    columns = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    if width > 4 * count:
        grouped = values[:, : _GROUPS * width].reshape(len(values), _GROUPS, width).max(axis=1)
        best = np.sort(np.argpartition(grouped, -count, axis=1)[:, -count:], axis=1)
        members = (np.arange(_GROUPS)[:, None] * width + best[:, None, :]).reshape(len(values), -1)
        columns = np.concatenate([members, columns[:, _GROUPS * width :]], axis=1)
        values = np.take_along_axis(values, columns, axis=1)
    kept = min(count, values.shape[1])
    chosen = np.sort(np.argpartition(values, -kept, axis=1)[:, -kept:], axis=1)
    columns, values = np.take_along_axis(columns, chosen, axis=1), np.take_along_axis(values, chosen, axis=1)
    order = np.lexsort((columns, -values))
    missing = ((0, 0), (0, count - kept))
    columns = np.pad(np.take_along_axis(columns, order, axis=1), missing, constant_values=-1)
    values = np.pad(np.take_along_axis(values, order, axis=1), missing, constant_values=-np.inf)
    return np.where(values > -np.inf, columns, -1), values


def _with_faiss(
    vectors: Vectors, asked: Int[np.ndarray, " n_asked"], pool: Int[np.ndarray, " n_pool"], n_neighbours: int
) -> Found:
    """Nearly the nearest rows: the pool is parted into cells, and the cells nearest to each row are searched."""
    if find_spec("faiss") is None:
        raise MissingExtraError("faiss", "ann", f"Looking for neighbours among {len(pool):,} examples")
    faiss = import_module("faiss")
    n_cells = 4 * int(np.sqrt(len(pool)))
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(vectors.shape[1]), vectors.shape[1], n_cells, faiss.METRIC_INNER_PRODUCT
    )
    among = np.ascontiguousarray(vectors[pool])
    index.train(among[:: max(1, len(among) // (64 * n_cells))])
    index.add(among)
    index.nprobe = _CELLS_SEARCHED
    similarities, places = index.search(np.ascontiguousarray(vectors[asked]), n_neighbours + 1)
    rows = np.where(places >= 0, pool[places], -1)
    is_itself = (rows == asked[:, None]) | (rows < 0)
    kept = np.argsort(is_itself, axis=1, kind="stable")[:, :n_neighbours]
    rows = np.where(np.take_along_axis(is_itself, kept, axis=1), -1, np.take_along_axis(rows, kept, axis=1))
    return rows, np.take_along_axis(similarities, kept, axis=1)
