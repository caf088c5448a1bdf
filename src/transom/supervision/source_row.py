"""What is known of one source: a row of the table of sources."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class SourceRow:
    """One source on one task; shares are of the items of train (of a bitvector: of its bits).

    `coverage` is the share on which it votes, `overlap` on which another one does, too, `conflict` on which another one
    votes for something else (None for numbers, which do not conflict). `polarity` names the classes that it votes for.
    `accuracy_estimated` is the label model's opinion. `accuracy_gold`, with its 95 % interval, is the share of its
    `n_gold` votes on dev that are right, or on train where it has none on dev; it is never measured on test.
    `copies` are sources that it copies, or that copy it.
    """

    task: str
    source: str
    coverage: float
    overlap: float
    conflict: float | None
    polarity: tuple[str, ...] = ()
    accuracy_estimated: float | None = None
    accuracy_gold: float | None = None
    low: float | None = None
    high: float | None = None
    n_gold: int = 0
    copies: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, str | float | int | list[str] | None]:
        """The row as `--json` prints it."""
        return {**asdict(self), "polarity": list(self.polarity), "copies": list(self.copies)}
