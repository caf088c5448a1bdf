"""Batches."""

import numpy as np
import torch

from toy_models import SCHEMA, compiled, random_values
from transom.data.features.inputs import element_mask, padded
from transom.model.batch import batch_of

VALUES = random_values(8)
_, _, FEATURES = compiled(SCHEMA, VALUES)


def test_sequences_are_padded_to_the_longest_of_the_batch():
    examples = np.array([3, 0, 5])
    lengths = FEATURES.payloads["tokens"].items.lengths[examples]
    batch = batch_of(FEATURES, examples)
    assert batch.mask("tokens").sum(1).tolist() == lengths.tolist()
    assert batch.mask("tokens").shape[1] == max(lengths.max(), 1)


def test_equal_words_share_a_row_and_padding_has_one_past_the_last():
    part = batch_of(FEATURES, np.arange(8)).payloads["tokens"]
    n_rows = len(part.offsets) - 1
    assert n_rows <= 8  # as many words as there are
    assert (part.index[~part.mask] == n_rows).all()
    assert (part.index[part.mask] < n_rows).all()


def test_a_singleton_has_no_mask():
    part = batch_of(FEATURES, np.array([1, 2])).payloads["note"]
    assert part.mask is None
    assert part.index.shape == (2,)


def test_ranges_are_padded_with_none():
    batch = batch_of(FEATURES, np.arange(8))
    assert (batch.payloads["entities"].ranges[~batch.mask("entities")] == -1).all()


def test_no_axis_is_ever_empty():
    assert element_mask(np.array([0, 0])).shape == (2, 1)
    assert padded(np.zeros((0, 2)), np.array([0])).shape == (1, 1, 2)


def test_rows_are_laid_out_by_example():
    found = padded(np.array([1.0, 2.0, 3.0]), np.array([1, 2]), fill=-1)
    assert found.tolist() == [[1.0, -1.0], [2.0, 3.0]]


def test_tensors_own_no_memory_of_the_features():
    note, of_batch = FEATURES.payloads["note"], batch_of(FEATURES, np.arange(FEATURES.n_examples)).payloads["note"]
    assert (of_batch.ids.dtype, of_batch.weights.dtype) == (torch.int64, torch.float32)
    assert not np.shares_memory(of_batch.weights.numpy(), note.bags.weights)
    assert not np.shares_memory(of_batch.index.numpy(), note.index)
