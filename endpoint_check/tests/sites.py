"""Real TCP and TLS peers on 127.0.0.1, with certificates made for the test."""

import socket
import ssl
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Link:
    """One certificate of a chain: the name in it, and from when to when it is valid."""

    name: str
    ends: datetime
    begins: datetime | None = None


def days(number: float) -> datetime:
    """So many days from now, which may be past."""
    return datetime.now(UTC) + timedelta(days=number)


def chain_into(folder: Path, *links: Link, host: str = "localhost", root: bool = False) -> Path:
    """The chain of `links` (the root first, the site's own last) and the site's key in one file, as a server takes it.

    The root is served too where it is the only one or `root` says so; it lies in `root.pem` beside.
    """
    issuer, signing, served = None, None, list[x509.Certificate]()
    for link in links:
        key = ec.generate_private_key(ec.SECP256R1())
        own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, link.name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(own)
            .issuer_name(issuer or own)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(link.begins or min(link.ends - timedelta(days=90), days(-1)))
            .not_valid_after(link.ends)
            .add_extension(x509.BasicConstraints(ca=link is not links[-1] or len(links) == 1, path_length=None), True)
        )
        if link is links[-1]:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        served.insert(0, builder.sign(signing or key, hashes.SHA256()))
        issuer, signing = own, key
    assert signing is not None
    (folder / "root.pem").write_bytes(served[-1].public_bytes(Encoding.PEM))
    path = folder / f"{host}-{links[-1].name}-{time.monotonic_ns()}.pem"
    private = signing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    sent = served if root or len(served) == 1 else served[:-1]
    path.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in sent) + private)
    return path


def certificate_into(folder: Path, *, days: float, name: str = "localhost") -> Path:
    """A self-signed certificate for `name` and its key in one file; it ends `days` from now, which may be past."""
    return chain_into(folder, Link("Test authority", datetime.now(UTC) + timedelta(days=days)), host=name)


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


class Site:
    """Accepts connections; with a certificate it shakes hands and answers one HTTP request, without it says nothing.

    With several it takes them in turn, as the nodes behind one address do.
    """

    def __init__(self, *certificates: Path) -> None:
        self._contexts = cycle([_context(certificate) for certificate in certificates] or [None])
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A thread within accept is not woken by close alone.
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._server.close()
        for held in self._held:
            held.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            connection.settimeout(5)
            context = next(self._contexts)
            if context is None:
                self._held.append(connection)
                continue
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    if secured.recv(4096):
                        secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
            except OSError:
                connection.close()
