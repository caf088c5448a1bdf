"""What a network is traced with."""

import torch

from transom.export.tracing import dynamic_axes


def test_axes_of_other_payloads_have_other_names_whatever_payloads_are_called():
    ids = torch.zeros(2, 3, dtype=torch.int64)
    axes = dynamic_axes({f"{key}.ids": ids for key in ("text.ngrams", "text_ngrams", "text__ngrams", "text_ngrams_")})
    names = [dim.__name__ for each in axes.values() for dim in each.values()]
    assert len(set(names)) == len(names) == 8
    assert all(name.isidentifier() for name in names)
