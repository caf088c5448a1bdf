"""A request that is not answered: what is wrong, as other errors say it, with the HTTP status that it has."""

from transom.errors import Problem, TransomError


class RefusedError(TransomError):
    """A request that the server does not answer; `retry_after_s` says when it may be answered."""

    def __init__(
        self, status: int, code: str, message: str, *, pointer: str | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(code, message, pointer=pointer)
        self.status = status
        self.retry_after_s = retry_after_s


def refused(status: int, problem: Problem) -> RefusedError:
    """The refusal that a problem of a request is."""
    return RefusedError(status, problem.code, problem.message, pointer=problem.pointer)
