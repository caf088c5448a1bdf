"""Tokens: who may ask for predictions, and who may tell the server what to do."""

import hmac
from dataclasses import dataclass, field
from pathlib import Path

from transom.errors import Location, UsageError
from transom.serving.refusal import RefusedError

SHORTEST = 16


@dataclass(frozen=True)
class Tokens:
    """What a request must show; without `serving` anybody may ask, without `admin` nobody may administer."""

    serving: str | None = field(default=None, repr=False)
    admin: str | None = field(default=None, repr=False)

    def require_serving(self, authorization: str) -> None:
        """Refuses a request for predictions or figures without the token of either kind.

        Raises:
            RefusedError: it is missing, or another.
        """
        known = [token for token in (self.serving, self.admin) if token is not None]
        if self.serving is not None and not _shows(authorization, known):
            raise _unknown()

    def require_admin(self, authorization: str) -> None:
        """Refuses an administrator's request without the token for that.

        Raises:
            RefusedError: it is missing, or another, or there is none to show.
        """
        if self.admin is None:
            message = "this server takes no orders. Start it with --admin-token-file FILE."
            raise RefusedError(403, "T196", message)
        if not _shows(authorization, [self.admin]):
            raise _unknown()


def read_token(file: Path | None) -> str | None:
    """The token in a file, without the space around it.

    Raises:
        UsageError: the file cannot be read, or holds no token that is hard to guess.
    """
    if file is None:
        return None
    try:
        token = file.read_text(encoding="ascii").strip()
    except OSError as problem:
        message = f"the token cannot be read: {problem.strerror}."
        raise UsageError("T196", message, Location(str(file))) from problem
    except UnicodeDecodeError:
        token = ""
    if len(token) < SHORTEST or not token.isprintable() or " " in token:
        rule = f"Write one of at least {SHORTEST} letters and digits, such as `openssl rand -hex 32` makes."
        raise UsageError("T196", f"the file holds no token that is hard to guess. {rule}", Location(str(file)))
    return token


def _shows(authorization: str, tokens: list[str]) -> bool:
    """Whether it is one of the tokens; how long that takes does not tell how much of it was right."""
    scheme, _, shown = authorization.partition(" ")
    found = [hmac.compare_digest(shown.strip().encode(), token.encode()) for token in tokens]
    return scheme.lower() == "bearer" and any(found)


def _unknown() -> RefusedError:
    return RefusedError(401, "T196", "the token is missing or wrong. Send Authorization: Bearer TOKEN.")
