"""Mail by SMTP: one connection a thread, kept open between mails."""

import smtplib
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage

from email_service.errors import MailFailed, Refusal


@dataclass(frozen=True)
class Server:
    """Where mail goes. `tls` is `none`, `starttls` or `tls`; `timeout` (s) holds for each step."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = ""
    timeout: float = 10.0


class _Kept(threading.local):
    server: Server | None = None
    connection: smtplib.SMTP | None = None


_kept = _Kept()


def send(message: EmailMessage, *, server: Server, sender: str, to: Sequence[str]) -> list[Refusal]:
    """Hand the mail over; returns the addresses that were refused while others were taken.

    Raises `MailFailed` where nobody was taken. Permanent is only what the server says against the recipients or the
    content (5xx): its 5xx against our log-in or our sender's address is for the operator to mend, not the recipient.
    """
    try:
        refused = _connection(server).send_message(message, from_addr=sender, to_addrs=list(to))
    except smtplib.SMTPRecipientsRefused as error:
        _drop()
        refusals = _refusals(error.recipients)
        permanent = all(refusal.permanent for refusal in refusals)
        raise MailFailed(refusals[0].code, words_of(refusals), permanent=permanent, refused=refusals) from error
    except smtplib.SMTPDataError as error:
        _drop()
        raise _failure(error, permanent=error.smtp_code >= 500) from error
    except smtplib.SMTPResponseException as error:
        _drop()
        raise _failure(error, permanent=False) from error
    except (OSError, smtplib.SMTPException) as error:
        _drop()
        raise MailFailed(_code_of(error), f"{server.host}:{server.port}: {error}") from error
    return _refusals(refused)


def _connection(server: Server) -> smtplib.SMTP:
    """This thread's connection, when the server still answers on it, else a new one."""
    if _kept.connection is not None and _kept.server == server:
        try:
            if _kept.connection.noop()[0] == 250:
                return _kept.connection
        except (OSError, smtplib.SMTPException):
            pass  # closed by the server while idle, as servers do
    _drop()
    connection = _open(server)
    _kept.server, _kept.connection = server, connection
    return connection


def _open(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    try:
        if server.tls == "starttls":
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _drop() -> None:
    """Close this thread's connection without a word: whatever went wrong, the next mail begins anew."""
    if _kept.connection is not None:
        _kept.connection.close()
    _kept.server = _kept.connection = None


def _refusals(refused: dict[str, tuple[int, bytes]]) -> list[Refusal]:
    return [
        Refusal(address, f"SMTP_{code}", f"{code} {words.decode(errors='replace')}", code >= 500)
        for address, (code, words) in refused.items()
    ]


def words_of(refusals: Sequence[Refusal]) -> str:
    """All of them in one line."""
    return "; ".join(f"{refusal.address}: {refusal.message}" for refusal in refusals)


def _code_of(error: Exception) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "TIMEOUT"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "NOT_SUPPORTED"
    return "TLS_FAILED" if isinstance(error, ssl.SSLError) else "UNREACHABLE"


def _failure(error: smtplib.SMTPResponseException, *, permanent: bool) -> MailFailed:
    words = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
    return MailFailed(f"SMTP_{error.smtp_code}", f"{error.smtp_code} {words}", permanent=permanent)
