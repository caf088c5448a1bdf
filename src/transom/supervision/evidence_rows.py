"""The evidence on a task row by row: the votes as a matrix, the rows of train, and those whose class gold tells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from transom.schema.tasks import Bitvector, Multiclass, Spans, Task
from transom.supervision.evidence import Evidence
from transom.supervision.matrix import ABSTAINED, ClassTask, LabelMatrix, label_matrix, rows_of_examples, votes_for
from transom.supervision.statistics import examples_of_rows, with_patterns


@dataclass(frozen=True)
class GoldRows:
    """The rows of a split that have gold, what is true of them, and their examples."""

    rows: Int[np.ndarray, " n_gold"]
    truth: Int[np.ndarray, " n_gold"]
    examples: Int[np.ndarray, " n_gold"]


@dataclass(frozen=True)
class EvidenceRows:
    """The votes on a task of classes; `gold` are the rows of dev, then those of train, that have gold."""

    matrix: LabelMatrix
    train: Int[np.ndarray, " n_train"]
    examples: Int[np.ndarray, " n_rows"]
    gold: tuple[GoldRows, GoldRows]


def evidence_rows(task: ClassTask, evidence: Evidence) -> EvidenceRows:
    """The evidence on a task of classes, row by row."""
    matrix = with_patterns(label_matrix(task, evidence.votes, sources=evidence.sources, items=evidence.items))
    truth, examples = np.asarray(votes_for(task, evidence.gold)), examples_of_rows(matrix)
    in_dev, in_train = (rows_of_examples(matrix, split) for split in (evidence.dev, evidence.train))
    dev, train = (np.flatnonzero(split & (truth != ABSTAINED)) for split in (in_dev, in_train))
    gold = (GoldRows(dev, truth[dev], examples[dev]), GoldRows(train, truth[train], examples[train]))
    return EvidenceRows(matrix, np.flatnonzero(in_train), examples, gold)


def is_disputed(votes: Int[np.ndarray, "n_rows n_sources"]) -> Bool[np.ndarray, " n_rows"]:
    """The rows on which two sources vote for different classes."""
    if votes.shape[1] == 0:
        return np.zeros(len(votes), dtype=bool)
    abstention_is_highest = votes.view(f"u{votes.itemsize}")
    lowest = abstention_is_highest.min(axis=1).view(votes.dtype)
    return np.asarray((lowest != ABSTAINED) & (votes.max(axis=1) != lowest))


def vote_names(task: Task) -> Sequence[str]:
    """The names of the classes of a task's rows; members of sets have no names that last, and numbers none at all."""
    match task:
        case Multiclass(classes=classes):
            return classes
        case Bitvector():
            return ("no", "yes")
        case Spans(classes=classes):
            return ("O", *classes)
        case _:
            return ()
