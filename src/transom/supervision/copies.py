"""Sources that copy each other, and what a vote of each is therefore worth."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

STRONG = 0.5
"""The correlation from which a source may be called a copy: about the share of votes that it repeats.

Rules with words in common, and people who find the same items hard, have something in common beyond the class, too.
That is discounted as far as it goes, but nobody copies anybody.
"""


@dataclass(frozen=True)
class Copies:
    """Pairs of sources that copy each other, and how alike their votes are given the class.

    Attributes:
        edges: pairs of sources that copy directly, in order; two that copy the same third one are no pair.
        correlations: of votes given the class, also of sources that copy through others; 0 for strangers, 1 on the
            diagonal.
        worth: what a vote of each source counts for beside those of its copies: 1 without any, 1 / 6 for six sources
            that always say the same.
    """

    edges: tuple[tuple[int, int], ...]
    correlations: Float[np.ndarray, "n_sources n_sources"]
    worth: Float[np.ndarray, " n_sources"]

    @property
    def strangers(self) -> Bool[np.ndarray, "n_sources n_sources"]:
        """Which sources have nothing in common but the class."""
        return np.asarray(self.correlations == 0)

    def of(self, source: int) -> tuple[int, ...]:
        """The sources that repeat at least half of what one source says, or the other way round."""
        strong = [edge for edge in self.edges if source in edge and self.correlations[edge] >= STRONG]
        return tuple(sorted({other for edge in strong for other in edge} - {source}))


def copies_among(
    edges: tuple[tuple[int, int], ...],
    correlations: Float[np.ndarray, "n_sources n_sources"],
    both: Float[np.ndarray, "n_sources n_sources"],
) -> Copies:
    """Copies, discounted by how often they vote on the same rows; `both` counts those for each pair of sources.

    Source: Kish (1965), Survey sampling, sec. 5.4: as many independent votes as tell the same as correlated ones. We
    count only the copies that may be expected to vote where a source does.
    """
    n_votes = np.maximum(np.diag(both), 1)[:, None]
    meets = both / n_votes
    np.fill_diagonal(meets, 1.0)
    return Copies(edges, correlations, 1 / (correlations * meets).sum(axis=1))
