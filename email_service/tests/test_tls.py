"""STARTTLS and implicit TLS against a real mail server with a certificate of the test's own."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from common.testing.contracts import assert_ok
from email_service.tests.test_emails import send

LOGIN = LoginPassword(b"pongpong", b"correct horse")


def certificate(folder, name):
    """A self-signed certificate for a name or address, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    host: x509.GeneralName
    try:
        host = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        host = x509.DNSName(name)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    file.write_bytes(key.private_bytes(pem, *private) + made.public_bytes(pem))
    return file


def server_context(file):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture
def serve_tls(serve, tmp_path, monkeypatch):
    """Start a mail server whose certificate is for `name`; trusted, as a public one would be, unless `trusted` is off."""

    def start(tls, *, name="127.0.0.1", trusted=True, **options):
        file = certificate(tmp_path, name)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(file))
        context = {"tls": "ssl_context", "starttls": "tls_context"}[tls]
        return serve(tls, **{context: server_context(file)}, **options)

    return start


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mails_go_encrypted_and_over_one_connection(internal, serve_tls, tls):
    mailbox = serve_tls(tls)
    for number in range(3):
        assert_ok(send(internal, idempotency_key=str(number)))
    assert mailbox.encrypted == [True] * 3
    assert len(mailbox.peers) == 1


@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest.mark.parametrize("wrong", [{"name": "mail.example.com"}, {"trusted": False}])
def test_a_certificate_of_somebody_else_is_refused_and_no_mail_leaves(internal, serve_tls, tls, wrong):
    mailbox = serve_tls(tls, **wrong)
    body = send(internal).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "TLS_FAILED", False)
    assert "certificate verify failed" in body["message"]
    assert mailbox.mails == []


def test_a_server_that_does_not_offer_starttls_gets_nothing_in_the_clear(internal, serve):
    mailbox = serve("starttls")
    body = send(internal).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "NOT_SUPPORTED", False)
    assert mailbox.mails == []


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_we_log_in_behind_the_encryption(internal, serve_tls, settings, tls):
    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=data == LOGIN, handled=False, auth_data=data.login)

    # aiosmtpd does not count implicit TLS as TLS.
    mailbox = serve_tls(tls, authenticator=authenticate, auth_require_tls=tls == "starttls")
    settings.SMTP_USER, settings.SMTP_PASSWORD = "pongpong", "correct horse"
    assert_ok(send(internal))
    assert mailbox.users == [b"pongpong"]
    settings.SMTP_PASSWORD = "wrong"
    body = send(internal).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "SMTP_535", False)
    assert "correct horse" not in body["message"]
    assert "wrong" not in body["message"]
