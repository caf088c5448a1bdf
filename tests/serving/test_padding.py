"""Parts of a batch with little padding."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.features.payloads import PayloadReading, encode_features, fit_features
from transom.data.features.words import WordReading
from transom.model.readings import as_one_bag
from transom.serving.padding import AREA, PADDING, parts_of

READING = PayloadReading("text", "text", WordReading(3), max_length=5000)
SPEC = fit_features([READING], {"text": ["a ship sails", "the crew sings"]})

n_words = st.lists(st.integers(0, 900), min_size=1, max_size=12)


def features_of(lengths):
    return encode_features(SPEC, {"text": ["ship " * length for length in lengths]})


@given(n_words)
@settings(max_examples=30)
def test_every_example_is_in_one_part_with_its_own_features(lengths):
    features = features_of(lengths)
    parts = list(parts_of(features))
    assert sorted(np.concatenate([examples for examples, _ in parts])) == list(range(len(lengths)))
    for examples, part in parts:
        assert part.n_examples == len(examples)
        assert part.payloads["text"].items.lengths.tolist() == [lengths[each] for each in examples]


@given(n_words)
@settings(max_examples=30)
def test_a_part_is_small_and_its_examples_are_of_like_size(lengths):
    for examples, part in parts_of(features_of(lengths)):
        sizes = part.payloads["text"].n_features()
        assert len(examples) == 1 or sizes.max() * len(examples) <= AREA
        assert (np.diff(sizes) <= PADDING).all()


def test_examples_of_like_size_stay_together_in_their_order():
    features = features_of([4, 2, 3])
    ((examples, part),) = parts_of(features)
    assert examples.tolist() == [0, 1, 2]
    assert part is features


def test_one_long_text_leaves_the_short_ones_alone():
    parts = [examples.tolist() for examples, _ in parts_of(features_of([5, 800, 6, 7]))]
    assert parts == [[0, 2, 3], [1]]


def test_what_a_linear_model_reads_beside_makes_no_more_parts():
    texts = {"text": ["a ship sails and the crew sings of storms"] * 15}
    alone, beside = (fit_features(readings, texts) for readings in ([READING], [READING, as_one_bag(READING)]))
    assert [len(list(parts_of(encode_features(spec, texts)))) for spec in (alone, beside)] == [1, 1]


def test_a_model_that_reads_no_payload_has_one_part():
    features = encode_features(fit_features([], {}), {"text": ["a", "b"]})
    assert [examples.tolist() for examples, _ in parts_of(features)] == [[0, 1]]
