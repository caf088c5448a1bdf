"""The certificate by which clients know the server, and its key."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from transom.errors import Location, UsageError


@dataclass(frozen=True)
class Tls:
    """Files in PEM: the certificate, followed by those that lead to a known authority, and its key."""

    certificate: Path
    key: Path


def read_tls(certificate: Path | None, key: Path | None) -> Tls | None:
    """The files, after they were found to belong together; None where neither is given.

    Raises:
        UsageError: one is missing, cannot be read, or does not belong to the other.
    """
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        given, missing = ("a key", "--tls-cert FILE") if certificate is None else ("a certificate", "--tls-key FILE")
        raise UsageError("T218", f"there is {given} alone. Give {missing} as well.")
    for file in (certificate, key):
        _require_readable(file)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as problem:
        if problem.reason == "KEY_VALUES_MISMATCH":
            message = f"the key does not belong to the certificate in {certificate.name!r}. Give the two that do."
            raise UsageError("T218", message, Location(str(key))) from problem
        message = "the files are no certificate and no key in PEM, or the key is locked by a password."
        raise UsageError("T218", message, Location(str(certificate))) from problem
    return Tls(certificate, key)


def _require_readable(file: Path) -> None:
    try:
        file.read_bytes()
    except OSError as problem:
        message = f"the file cannot be read: {problem.strerror}."
        raise UsageError("T218", message, Location(str(file))) from problem


def _no_password() -> str:
    """Instead of a question on the terminal, which a server has not."""
    return ""
