"""What extension can do for a task, and what it did."""

from dataclasses import asdict, dataclass

from transom.data.items import is_elementwise
from transom.schema.payloads import Payload
from transom.schema.tasks import Bitvector, Multiclass, Task


@dataclass(frozen=True)
class ExtensionRow:
    """What extension did to the votes on one task.

    `n_added` votes were added. Coverage is the share of rows of the label matrix with a vote; `dev_before` and
    `dev_after` are the share of dev rows whose label is right, None where dev had no say. A threshold is None where no
    similarity is enough; `threshold_alone` is for rows without any vote, `threshold_beside` for the others. Sources in
    `stricter` have a higher one. `is_fitted_again` says that the label model learned from the added votes, too.
    """

    task: str
    n_added: int
    coverage_before: float
    coverage_after: float
    threshold_alone: float | None
    threshold_beside: float | None
    stricter: tuple[str, ...]
    is_whitened: bool
    is_fitted_again: bool
    dev_before: float | None
    dev_after: float | None

    def as_dict(self) -> dict[str, object]:
        """The row as `--json` prints it."""
        return asdict(self)


def is_extendable(task: Task, payload: Payload | None) -> bool:
    """Whether a task has a class, or bits, for each example as a whole: what near examples can say of each other."""
    return isinstance(task, Multiclass | Bitvector) and not is_elementwise(task, payload)
