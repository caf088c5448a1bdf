"""Every registered encoder obeys the laws."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from transom.model.settings import Bag, Encoder, Gru, Lstm, Trees
from transom.registry import names, resolve
from transom.testing.encoders import LAWS, check_encoder, draw_elements

torch.set_num_threads(1)  # a second thread only waits while other tests run

every_encoder = pytest.mark.parametrize("name", names("encoder_networks"))


def network_of(settings, name):
    torch.manual_seed(0)
    return resolve("encoder_networks", name)(settings).eval()


@every_encoder
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("lengths", [(6, 3, 1, 0), (3,), (40, 2)], ids=str)
def test_a_law_holds(name, law, lengths):
    settings = resolve("encoders", name)(size=8)
    law(settings, network_of(settings, name), *draw_elements(lengths, 8))


@every_encoder
def test_the_suite_for_plugin_authors_passes(name):
    check_encoder(resolve("encoders", name)(size=16), resolve("encoder_networks", name))


@pytest.mark.parametrize("name", names("encoders"))
def test_every_encoder_that_gives_vectors_has_a_network(name):
    assert isinstance(resolve("encoders", name)(), Encoder) == (name in names("encoder_networks"))


def test_trees_learn_tasks_and_give_no_vectors():
    assert not isinstance(Trees(), Encoder)


@pytest.mark.parametrize("name", ["convolution", "lstm", "gru", "transformer", "dense"])
def test_more_layers_obey_the_laws_too(name):
    check_encoder(replace(resolve("encoders", name)(size=8), layers=3), resolve("encoder_networks", name))


@pytest.mark.parametrize("width", [1, 2, 5])
def test_convolutions_of_any_width_keep_the_length(width):
    settings = replace(resolve("encoders", "convolution")(size=8), width=width)
    check_encoder(settings, resolve("encoder_networks", "convolution"))


@pytest.mark.parametrize("settings", [Lstm(size=8), Gru(size=8)], ids=str)
def test_the_first_and_the_last_element_see_each_other(settings):
    network = network_of(settings, type(settings).__name__.lower())
    vectors, mask = draw_elements((5,), 8)
    changed = vectors.clone()
    changed[0, -1] += 1
    assert not torch.allclose(network(vectors, mask)[0, 0], network(changed, mask)[0, 0])


class Leaky(nn.Module):
    """An encoder that looks at the whole batch."""

    def forward(self, vectors, mask):
        return (vectors - vectors.mean(0)) * mask.unsqueeze(-1)


def test_an_encoder_that_breaks_a_law_is_told_which():
    with pytest.raises(AssertionError, match=r"^an example changes with those beside it$"):
        check_encoder(Bag(size=4), lambda _: Leaky())
