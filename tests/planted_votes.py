"""Votes of known truth in which some sources copy others, and rules that fire seldom and for one class only."""

import numpy as np

from transom.data.items import one_each
from transom.supervision.matrix import ABSTAINED, LabelMatrix
from transom.testing.label_models import draw_votes, matrix_of


def with_edges(matrix, edges, *, share, seed):
    """The matrix in which the second of each pair votes, or abstains, as the first on a share of the rows."""
    random = np.random.default_rng(seed)
    votes = matrix.votes.copy()
    for one, other in edges:
        copied = random.random(len(votes)) < share
        votes[copied, other] = votes[copied, one]
    return matrix_of(votes, matrix.n_classes)


def draw_rules(n_rules, *, n_classes=2, n_rows, precision=(0.6, 0.9), coverage=(0.03, 0.06), seed):
    """Rules that vote for one class each, in turn, on about the share `coverage` of rows; and the truth."""
    random = np.random.default_rng(seed)
    truth = random.integers(n_classes, size=n_rows)
    votes = np.full((n_rows, n_rules), ABSTAINED, dtype=np.int8)
    for rule in range(n_rules):
        right, often = random.uniform(*precision), random.uniform(*coverage)
        is_class = truth == rule % n_classes
        rate = np.where(is_class, right * n_classes, (1 - right) * n_classes / (n_classes - 1)) * often
        votes[random.random(n_rows) < rate, rule] = rule % n_classes
    return matrix_of(votes, n_classes), truth


def duplicated(accuracies, n_copies, *, n_rows, share=1.0, seed):
    """Independent sources, the last of which has copies that repeat it on a share of the rows; and the truth."""
    source = len(accuracies) - 1
    drawn, truth = draw_votes(np.array([*accuracies, *[accuracies[-1]] * n_copies]), n_rows=n_rows, seed=seed)
    edges = [(source, source + 1 + copy) for copy in range(n_copies)]
    return with_edges(drawn, edges, share=share, seed=seed), truth


def members_of(votes, n_members):
    """A select task's matrix of rows with so many members each, and "none of them"; votes count members."""
    named = matrix_of(votes, n_members + 1)
    n_options = np.full(len(votes), n_members + 1)
    return LabelMatrix(named.votes, named.sources, n_members + 1, one_each(len(votes)), n_options=n_options)
