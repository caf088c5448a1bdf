"""Forests as ONNX has them: the texts of LightGBM's models as the attributes of the operator TreeEnsemble.

Thresholds, leaves and sums stay float64, as LightGBM has them, so that no decision and no digit is another.

Source: https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html, version 5; LightGBM's src/io/tree.cpp for the
text, and include/LightGBM/tree.h (`NumericalDecision`, `CategoricalDecision`) for what its numbers mean.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from transom.model.forest import Forest
from transom.schema.tasks import Multiclass

LESS_OR_EQUAL, MEMBER = 0, 6
"""Modes of a node: whether its value is at most the threshold, and whether it is one of a set."""

_IS_CATEGORICAL, _GOES_LEFT, _MISSING_IS_NAN = 1, 2, 8
"""Bits of LightGBM's `decision_type`; of a value that is missing otherwise, it makes 0."""


@dataclass(frozen=True)
class _Tree:
    """One tree; `children` are (2, n_nodes), the left and the right, a leaf as its complement (~0 is the first)."""

    feature: np.ndarray
    threshold: np.ndarray
    decision: np.ndarray
    children: np.ndarray
    leaves: np.ndarray
    members: tuple[np.ndarray, ...]


def ensemble_of(forest: Forest) -> dict[str, Any]:
    """The attributes of the node that computes a forest's scores before calibration; arrays are float64 or uint8."""
    trees = [each for number, model in enumerate(forest.models) for each in _targeted(forest, number, model)]
    n_nodes = np.cumsum([0, *(len(tree.feature) for tree, _ in trees)])
    n_leaves = np.cumsum([0, *(len(tree.leaves) for tree, _ in trees)])
    kinds = np.concatenate([tree.decision for tree, _ in trees])
    children = np.concatenate([tree.children for tree, _ in trees], axis=1)
    before = np.repeat(np.stack([n_nodes[:-1], n_leaves[:-1]]), np.diff(n_nodes), axis=1)
    true_child, false_child = np.where(children < 0, before[1] + ~children, before[0] + children)
    members = [part for tree, _ in trees for each in tree.members for part in (each, [np.nan])]
    thresholds = np.concatenate([tree.threshold for tree, _ in trees])
    return {
        "n_targets": len(forest.scale),
        "tree_roots": n_nodes[:-1].tolist(),
        "nodes_featureids": np.concatenate([tree.feature for tree, _ in trees]).tolist(),
        "nodes_splits": thresholds,
        "nodes_modes": np.where(kinds & _IS_CATEGORICAL, MEMBER, LESS_OR_EQUAL).astype(np.uint8),
        "nodes_truenodeids": true_child.tolist(),
        "nodes_falsenodeids": false_child.tolist(),
        "nodes_trueleafs": (children[0] < 0).astype(int).tolist(),
        "nodes_falseleafs": (children[1] < 0).astype(int).tolist(),
        "nodes_missing_value_tracks_true": _true_if_missing(kinds, thresholds).astype(int).tolist(),
        "leaf_targetids": np.repeat([target for _, target in trees], np.diff(n_leaves)).tolist(),
        "leaf_weights": np.concatenate([tree.leaves for tree, _ in trees]),
        **({"membership_values": np.concatenate(members)} if members else {}),
    }


def _targeted(forest: Forest, number: int, model: str) -> Iterator[tuple[_Tree, int]]:
    """The trees of one of the forest's models, each with the score that it adds to."""
    head, *texts = model.split("\n\nend of trees", maxsplit=1)[0].split("\nTree=")
    n_scores = int(_entries(head)["num_tree_per_iteration"])
    is_second = isinstance(forest.task, Multiclass) and len(forest.task.classes) == 2
    for place, text in enumerate(texts):
        yield _tree(_entries(text)), 1 if is_second else number + place % n_scores


def _entries(text: str) -> dict[str, str]:
    return {key: value for key, is_entry, value in (line.partition("=") for line in text.splitlines()) if is_entry}


def _tree(entries: Mapping[str, str]) -> _Tree:
    leaves = _numbers(entries, "leaf_value")
    if len(leaves) == 1:  # no node: ONNX asks for one, whose answer does not matter
        nothing = np.zeros(1, np.int64)
        return _Tree(nothing, np.zeros(1), nothing, np.full((2, 1), ~0), leaves, ())
    decision = _numbers(entries, "decision_type").astype(np.int64)
    threshold = _numbers(entries, "threshold")
    is_categorical = (decision & _IS_CATEGORICAL) > 0
    return _Tree(
        feature=_numbers(entries, "split_feature").astype(np.int64),
        threshold=np.where(is_categorical, 0.0, threshold),
        decision=decision,
        children=np.stack([_numbers(entries, f"{side}_child").astype(np.int64) for side in ("left", "right")]),
        leaves=leaves,
        members=_members(entries, threshold[is_categorical].astype(np.int64)),
    )


def _members(entries: Mapping[str, str], places: np.ndarray) -> tuple[np.ndarray, ...]:
    """The categories that go left at each node that asks for some; LightGBM keeps them as bits."""
    if not len(places):
        return ()
    bounds = _numbers(entries, "cat_boundaries").astype(np.int64)
    words = _numbers(entries, "cat_threshold").astype("<u4")
    sets = (words[bounds[place] : bounds[place + 1]] for place in places)
    return tuple(
        np.flatnonzero(np.unpackbits(each.view(np.uint8), bitorder="little")).astype(np.float64) for each in sets
    )


def _true_if_missing(kinds: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Where a missing value goes: to the right if categories are asked for, else as was learned, or as 0 does."""
    as_learned = np.where(kinds & _MISSING_IS_NAN, (kinds & _GOES_LEFT) > 0, thresholds >= 0)
    return np.where(kinds & _IS_CATEGORICAL, False, as_learned)


def _numbers(entries: Mapping[str, str], key: str) -> np.ndarray:
    return np.array(entries[key].split(" "), np.float64)
