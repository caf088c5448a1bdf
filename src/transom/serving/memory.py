"""Memory that a batch took and nobody needs any more goes back to the system, on systems that keep it otherwise.

glibc raises the bounds from which on it gives memory back with every large block that is freed, so that a server would
stay as large as its largest batches made it; a bound that is set once stays where it is. Source: mallopt(3). What the
network needs for a batch is in an arena of its own, which is kept: to ask for it anew each time doubles the time. It
stays small, as `padding` keeps batches small.
"""

import ctypes

_M_TRIM_THRESHOLD = -1
_KEPT_BYTES = 128 << 10
"""glibc's own default, before it raises it."""


def give_back_freed_memory() -> None:
    """Tells the C library to keep no more than a little of what is freed; others than glibc are left as they are."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
