"""What those see who watch a server: a request that was answered, when and by whom, and nothing of what it said."""

from collections.abc import Callable
from dataclasses import dataclass

from transom.serving.http import Answered


@dataclass(frozen=True)
class Observed:
    """A request that was answered; `started` and `ended` are seconds on the clock of `time.perf_counter`.

    `traceparent` is the client's span, as W3C Trace Context writes it; empty where there is none.
    """

    request_id: str
    route: str
    status: str
    started: float
    ended: float
    answered: Answered | None = None
    traceparent: str = ""


Observer = Callable[[Observed], None]
