"""Hypothesis strategies that several tests share."""

import numpy as np
from hypothesis import strategies as st


@st.composite
def votes(draw, max_rows=12, max_sources=5, max_classes=4):
    """Any votes (n_rows, n_sources) and the number of classes: silent rows and sources, no rows, one source, one class."""
    n_classes = draw(st.integers(1, max_classes))
    n_sources = draw(st.integers(1, max_sources))
    row = st.lists(st.integers(-1, n_classes - 1), min_size=n_sources, max_size=n_sources)
    rows = draw(st.lists(row, max_size=max_rows))
    return np.array(rows, dtype=np.int8).reshape(len(rows), n_sources), n_classes
