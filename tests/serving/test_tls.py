"""With a certificate, both protocols are encrypted, and clients who trust it know whom they ask."""

import http.client
import socket
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tritonclient.grpc import InferenceServerClient, InferInput

from served import ask, serving
from transom.errors import UsageError
from transom.serving.tls import Tls, read_tls

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8


def write_certificate(folder, password=None):
    """A certificate of this machine that it signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "transom")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    folder.mkdir(exist_ok=True)
    (folder / "cert.pem").write_bytes(certificate.public_bytes(PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(PEM, PKCS8, lock))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def encrypted(two_versions, files):
    certificate, key = files
    options = ("--tls-cert", str(certificate), "--tls-key", str(key), "--grpc-port", "0", "--set", "serve.log=false")
    with serving(two_versions, *options) as running:
        yield running


def over_tls(running, trusted):
    return closing(http.client.HTTPSConnection("127.0.0.1", running.port, timeout=30, context=trusted))


def test_a_client_who_trusts_the_certificate_is_answered(encrypted, files):
    with over_tls(encrypted, ssl.create_default_context(cafile=files[0])) as connection:
        assert ask(connection, "/v1/predict", {"payloads": {"text": "love"}}).status == 200


def test_a_client_who_does_not_trust_it_turns_away(encrypted):
    with over_tls(encrypted, ssl.create_default_context()) as connection, pytest.raises(ssl.SSLCertVerificationError):
        ask(connection, "/healthz")


def test_a_client_who_speaks_no_tls_is_answered_nothing(encrypted):
    with socket.create_connection(("127.0.0.1", encrypted.port), timeout=30) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"alive" not in connection.recv(1 << 16)


def test_grpc_is_encrypted_with_the_same_certificate(encrypted, files):
    text = InferInput("text", [1, 1], "BYTES")
    text.set_data_from_numpy(np.array([[b"love"]], dtype=object))

    with InferenceServerClient(encrypted.grpc, ssl=True, root_certificates=str(files[0])) as client:
        assert client.infer("moods", [text]).as_numpy("mood.label") == [[b"good"]]


def test_without_files_there_is_no_tls():
    assert read_tls(None, None) is None


def test_files_that_belong_together_are_taken(files):
    assert read_tls(*files) == Tls(*files)


def test_one_file_is_not_enough(files):
    for given, message in (
        ((files[0], None), "there is a certificate alone. Give --tls-key FILE as well."),
        ((None, files[1]), "there is a key alone. Give --tls-cert FILE as well."),
    ):
        with pytest.raises(UsageError) as refusal:
            read_tls(*given)
        assert (refusal.value.problem.code, refusal.value.problem.message) == ("T218", message)


def test_files_that_cannot_be_used_are_refused(files, tmp_path):
    certificate, key = files
    _, others_key = write_certificate(tmp_path / "other")
    locked = write_certificate(tmp_path / "locked", password=b"secret")
    nothing = tmp_path / "nothing"
    unusable = "the files are no certificate and no key in PEM, or the key is locked by a password."

    def said(*given):
        with pytest.raises(UsageError) as refusal:
            read_tls(*given)
        return refusal.value.problem.message, refusal.value.problem.at.file

    assert said(certificate, nothing) == ("the file cannot be read: No such file or directory.", str(nothing))
    assert said(tmp_path, key) == ("the file cannot be read: Is a directory.", str(tmp_path))
    assert said(certificate, others_key) == (
        "the key does not belong to the certificate in 'cert.pem'. Give the two that do.", str(others_key)
    )  # fmt: skip
    assert said(key, certificate) == (unusable, str(key))
    assert said(*locked) == (unusable, str(locked[0]))
