"""Why a transfer brought no answer: from what libcurl tells to an error code and a cause."""

import errno
import json
import os
import re
from collections.abc import Sequence

import pycurl

from common.contracts.causes import Cause, because
from common.contracts.results import ErrorCode

Failure = tuple[ErrorCode, Cause]
_ERRNO = {
    errno.ECONNREFUSED: (ErrorCode.CONNECTION_REFUSED, "refused"),
    errno.ECONNRESET: (ErrorCode.CONNECTION_RESET, "reset"),
    errno.ENETUNREACH: (ErrorCode.NETWORK_UNREACHABLE, "no_route_to_network"),
    errno.EHOSTUNREACH: (ErrorCode.NETWORK_UNREACHABLE, "no_route"),
    errno.ETIMEDOUT: (ErrorCode.CONNECT_TIMEOUT, "no_answer_to_connection"),
}
_RESET = os.strerror(errno.ECONNRESET)
_BROKEN = {
    pycurl.E_RECV_ERROR: "broke_receiving",
    pycurl.E_SEND_ERROR: "broke_sending",
}
_OF_CONNECTIONS = ("Recv failure", "Send failure", "OpenSSL SSL_", "Failed sending", "Failure when")
"""How libcurl's text begins where a connection broke; it has the same codes for some answers that are broken."""
_HANDSHAKE = (ErrorCode.TLS_ERROR, "handshake_failed")
_ADDRESS = (ErrorCode.INVALID_SPEC, "address_odd")
_REASONS = {
    pycurl.E_COULDNT_RESOLVE_HOST: (ErrorCode.DNS_FAILURE, "name_not_resolved"),
    pycurl.E_SSL_CONNECT_ERROR: _HANDSHAKE,
    pycurl.E_SSL_CIPHER: _HANDSHAKE,
    pycurl.E_SSL_CERTPROBLEM: _HANDSHAKE,
    pycurl.E_URL_MALFORMAT: _ADDRESS,
    pycurl.E_UNSUPPORTED_PROTOCOL: _ADDRESS,
}
_TOO_LARGE = 100
"""libcurl's CURLE_TOO_LARGE, of which it says nothing and which pycurl does not name."""
_STATUS_LINE = re.compile(rb"HTTP/[0-9](?:\.[0-9])? [1-9][0-9][0-9](?: .*)?\r?\n", re.IGNORECASE | re.DOTALL)
_SEEN = 60
"""Characters that a sentence shows of an answer that is none."""


def explain(curl: pycurl.Curl, code: int, text: str, *, address: str, lines: Sequence[bytes], spent: int) -> Failure:
    """The reason and the cause for libcurl's error `code`; `address` is the last one tried, `text` libcurl's own.

    `lines` are the header lines that came before it, `spent` the us of the requests before.
    """
    after = (spent + curl.getinfo(pycurl.TOTAL_TIME_T)) / 1000
    connected = curl.getinfo(pycurl.CONNECT_TIME) > 0
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return timed_out(address, after, connected=connected)
    if code == pycurl.E_COULDNT_CONNECT:
        return unconnected(curl.getinfo(pycurl.OS_ERRNO), address, after)
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        return not_accepted(text, expired="expired" in text)
    if code in _REASONS and not (code == pycurl.E_UNSUPPORTED_PROTOCOL and connected):
        reason, cause = _REASONS[code]
        return reason, because(cause, detail=text)
    return _broken(code, text, address, after, lines)


def _broken(code: int, text: str, address: str, after: float, lines: Sequence[bytes]) -> Failure:
    """After the connection was made."""
    status = odd_status_line(lines)
    if status:
        return no_http(status)
    if code == pycurl.E_GOT_NOTHING:
        return ErrorCode.CONNECTION_RESET, because("closed", address=address, time=round(after))
    if code in _BROKEN and text.startswith(_OF_CONNECTIONS):
        if _RESET in text:
            return ErrorCode.CONNECTION_RESET, because("reset", address=address, time=round(after))
        return ErrorCode.CONNECTION_RESET, because(_BROKEN[code], address=address, time=round(after), detail=text)
    if code == _TOO_LARGE and not text:
        return ErrorCode.PROTOCOL_ERROR, because("header_too_long")
    return ErrorCode.PROTOCOL_ERROR, because("answer_broken", detail=text or f"error {code} of libcurl")


def odd_status_line(lines: Sequence[bytes]) -> bytes:
    """The last status line where it is none that HTTP knows, else nothing."""
    status = next((line for line in reversed(lines) if line[:5].upper() == b"HTTP/"), b"")
    return b"" if _STATUS_LINE.fullmatch(status) else status


def no_http(seen: bytes | bytearray) -> Failure:
    """The failure of what answers, but not in HTTP; `seen` is how it begins."""
    text = bytes(seen[: 4 * _SEEN]).decode(errors="replace")
    # JSON's escapes show line ends and control characters.
    shown = json.dumps(
        "".join(letter if letter.isprintable() or letter < " " else "�" for letter in text)[:_SEEN], ensure_ascii=False
    )
    return ErrorCode.PROTOCOL_ERROR, because("no_http", seen=shown)


def not_accepted(text: str, *, expired: bool) -> Failure:
    """The failure of a certificate that does not hold; `text` is OpenSSL's."""
    reason = ErrorCode.CERTIFICATE_EXPIRED if expired else ErrorCode.CERTIFICATE_INVALID
    return reason, because("certificate_not_accepted", detail=text)


def timed_out(address: str, after: float, *, connected: bool) -> Failure:
    """The failure of a probe whose time was over; `address` is the one that it waited for, empty before there was one;
    `after` so many ms.
    """
    if connected:
        return ErrorCode.READ_TIMEOUT, because("no_complete_answer", address=address, time=round(after))
    if not address:
        return ErrorCode.DNS_FAILURE, because("name_unresolved_in_time", time=round(after))
    return ErrorCode.CONNECT_TIMEOUT, because("no_connection", address=address, time=round(after))


def unconnected(number: int, address: str, after: float) -> Failure:
    """The failure of a connection that was not made; `number` is the system's errno, 0 where it is not known."""
    if number in _ERRNO:
        reason, cause = _ERRNO[number]
        return reason, because(cause, address=address, time=round(after))
    detail = os.strerror(number) if number else "no connection"
    return ErrorCode.CONNECTION_FAILED, because("not_connected", address=address, time=round(after), detail=detail)
