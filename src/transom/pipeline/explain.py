"""What an error code means."""

from transom.errors import Explanation, UsageError, did_you_mean, explanations


def explain(code: str) -> Explanation:
    """The explanation of an error code such as `T012`.

    Raises:
        UsageError: there is no such code.
    """
    known = explanations()
    wanted = code.strip().upper()
    if wanted not in known:
        raise UsageError(
            "T171", f"{code!r} is not an error code.{did_you_mean(wanted, known)} Run transom explain to list them all."
        )
    return known[wanted]
