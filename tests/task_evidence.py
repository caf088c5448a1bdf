"""Evidence on a task, written down as a column of votes a source."""

import numpy as np

from transom.data.items import one_each
from transom.data.labels import Labels
from transom.supervision.evidence import Evidence


def evidence_of(task, columns, gold, splits, items=None):
    """What sources vote and gold says; `splits` has a letter an example, t for train, d for dev, x for test."""
    items = one_each(len(splits)) if items is None else items
    return Evidence(
        task=task,
        items=items,
        keys=np.arange(len(splits), dtype=np.uint64),
        sources=tuple(columns),
        votes=tuple(Labels(items, np.array(column)) for column in columns.values()),
        gold=Labels(items, np.array(gold)),
        train=np.array([split == "t" for split in splits], dtype=bool),
        dev=np.array([split == "d" for split in splits], dtype=bool),
    )
