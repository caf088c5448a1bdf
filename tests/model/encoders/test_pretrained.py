import numpy as np
import pytest

from tiny_bert import save_tiny_bert
from transom.model.encoders.pretrained import embed_texts


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny_bert(tmp_path_factory.mktemp("tiny"))


def test_texts_become_vectors_of_length_one(model):
    vectors = embed_texts(["good films", "bad", ""], model)
    assert (vectors.shape, vectors.dtype) == ((3, 16), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_text_is_embedded_alike_whatever_stands_beside_it(model):
    texts = ["good films", "the bad film", "a", "good films"]
    alone = np.concatenate([embed_texts([text], model) for text in texts])
    assert embed_texts(texts, model) == pytest.approx(alone, abs=1e-5)


def test_no_text_is_no_vector(model):
    assert embed_texts([], model).shape == (0, 16)


@pytest.mark.slow
def test_the_default_tells_meanings_apart():
    cat, kitten, stocks = embed_texts(["A cat sat there.", "The kitten was sitting.", "Stock markets fell."])
    assert cat @ kitten > 0.5
    assert cat @ stocks < 0.2
