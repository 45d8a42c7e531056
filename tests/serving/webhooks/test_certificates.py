from __future__ import annotations

import datetime
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from serving.webhooks.addresses import Addresses
from serving.webhooks.sending import Answer, Sender

NAME = "crm.example.com"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def write_certificate(file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    begin = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def send(tmp_path: Path) -> Iterator[Callable[..., Answer]]:
    """Send to an https receiver on loopback by any name, with or without its authority among the trusted ones."""
    file = tmp_path / "receiver.pem"
    write_certificate(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(file)
    server.socket = own.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def attempt(name: str, *, trusted: bool) -> Answer:
        with pytest.MonkeyPatch.context() as environment:
            if trusted:
                environment.setenv("SSL_CERT_FILE", str(file))
            sender = Sender(Addresses("127.0.0.0/8", resolver=lambda host, port: ["127.0.0.1"]), 5)
        url = f"https://{name}:{server.server_port}/hook"
        return anyio.run(sender.send, url, {}, b"{}", datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC))

    yield attempt
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_certificate_must_be_of_the_endpoints_name_though_the_address_is_pinned(
    send: Callable[..., Answer],
) -> None:
    assert send(NAME, trusted=True) == Answer(204)
    assert send("other.example.com", trusted=True) == Answer(None, "no answer (ConnectError)")


def test_an_authority_that_the_machine_does_not_know_is_not_trusted(send: Callable[..., Answer]) -> None:
    assert send(NAME, trusted=False) == Answer(None, "no answer (ConnectError)")
