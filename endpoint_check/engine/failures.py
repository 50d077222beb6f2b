"""Why a transfer brought no answer: from what libcurl tells to an error code and a sentence."""

import errno
import json
import os
import re
from collections.abc import Sequence

import pycurl

from common.contracts.results import ErrorCode

Failure = tuple[ErrorCode, str]
_ERRNO = {
    errno.ECONNREFUSED: (ErrorCode.CONNECTION_REFUSED, "Connection refused by"),
    errno.ECONNRESET: (ErrorCode.CONNECTION_RESET, "Connection reset by"),
    errno.ENETUNREACH: (ErrorCode.NETWORK_UNREACHABLE, "No route to the network of"),
    errno.EHOSTUNREACH: (ErrorCode.NETWORK_UNREACHABLE, "No route to"),
    errno.ETIMEDOUT: (ErrorCode.CONNECT_TIMEOUT, "No answer to the connection from"),
}
_RESET = os.strerror(errno.ECONNRESET)
_BROKEN = {
    pycurl.E_RECV_ERROR: "The connection broke while receiving",
    pycurl.E_SEND_ERROR: "The connection broke while sending",
}
_OF_CONNECTIONS = ("Recv failure", "Send failure", "OpenSSL SSL_", "Failed sending", "Failure when")
"""How libcurl's text begins where a connection broke; it has the same codes for some answers that are broken."""
_HANDSHAKE = (ErrorCode.TLS_ERROR, "The TLS handshake failed")
_ADDRESS = (ErrorCode.INVALID_SPEC, "The address cannot be checked")
_REASONS = {
    pycurl.E_COULDNT_RESOLVE_HOST: (ErrorCode.DNS_FAILURE, "The name could not be resolved"),
    pycurl.E_SSL_CONNECT_ERROR: _HANDSHAKE,
    pycurl.E_SSL_CIPHER: _HANDSHAKE,
    pycurl.E_SSL_CERTPROBLEM: _HANDSHAKE,
    pycurl.E_URL_MALFORMAT: _ADDRESS,
    pycurl.E_UNSUPPORTED_PROTOCOL: _ADDRESS,
}
_WORDLESS = {100: "it has a header that is too long"}
"""What libcurl says nothing about; 100 is its CURLE_TOO_LARGE, which pycurl does not name."""
_STATUS_LINE = re.compile(rb"HTTP/[0-9](?:\.[0-9])? [1-9][0-9][0-9](?: .*)?\r?\n", re.IGNORECASE | re.DOTALL)
_SEEN = 60
"""Characters that a sentence shows of an answer that is none."""


def explain(curl: pycurl.Curl, code: int, text: str, *, address: str, lines: Sequence[bytes], spent: int) -> Failure:
    """The reason and a sentence for libcurl's error `code`; `address` is the last one tried, `text` libcurl's own.

    `lines` are the header lines that came before it, `spent` the us of the requests before.
    """
    after = f"after {(spent + curl.getinfo(pycurl.TOTAL_TIME_T)) / 1000:.0f} ms"
    connected = curl.getinfo(pycurl.CONNECT_TIME) > 0
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return timed_out(address, after, connected=connected)
    if code == pycurl.E_COULDNT_CONNECT:
        return unconnected(curl.getinfo(pycurl.OS_ERRNO), address, after)
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        return not_accepted(text, expired="expired" in text)
    if code in _REASONS and not (code == pycurl.E_UNSUPPORTED_PROTOCOL and connected):
        reason, words = _REASONS[code]
        return reason, f"{words}: {text}"
    return _broken(code, text, address, after, lines)


def _broken(code: int, text: str, address: str, after: str, lines: Sequence[bytes]) -> Failure:
    """After the connection was made."""
    status = odd_status_line(lines)
    if status:
        return no_http(status)
    if code == pycurl.E_GOT_NOTHING:
        sentence = f"The server closed the connection without an answer ({address}, {after})"
        return ErrorCode.CONNECTION_RESET, sentence
    if code in _BROKEN and text.startswith(_OF_CONNECTIONS):
        if _RESET in text:
            return ErrorCode.CONNECTION_RESET, f"Connection reset by {address} {after}"
        return ErrorCode.CONNECTION_RESET, f"{_BROKEN[code]} ({address}, {after}): {text}"
    return ErrorCode.PROTOCOL_ERROR, f"The answer is broken: {text or _WORDLESS.get(code, f'error {code} of libcurl')}"


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
    return ErrorCode.PROTOCOL_ERROR, f"The answer is no HTTP; it begins with {shown}"


def not_accepted(text: str, *, expired: bool) -> Failure:
    """The failure of a certificate that does not hold; `text` is OpenSSL's."""
    reason = ErrorCode.CERTIFICATE_EXPIRED if expired else ErrorCode.CERTIFICATE_INVALID
    return reason, f"The certificate is not accepted: {text}"


def timed_out(address: str, after: str, *, connected: bool) -> Failure:
    """The failure of a probe whose time was over; `address` is the one that it waited for, empty before there was one."""
    if connected:
        return ErrorCode.READ_TIMEOUT, f"No complete answer from {address} {after}"
    if not address:
        return ErrorCode.DNS_FAILURE, f"The name was not resolved {after}"
    return ErrorCode.CONNECT_TIMEOUT, f"No connection to {address} {after}"


def unconnected(number: int, address: str, after: str) -> Failure:
    """The failure of a connection that was not made; `number` is the system's errno, 0 where it is not known."""
    if number in _ERRNO:
        reason, words = _ERRNO[number]
        return reason, f"{words} {address} {after}"
    detail = os.strerror(number) if number else "no connection"
    return ErrorCode.CONNECTION_FAILED, f"Connecting to {address} failed {after}: {detail}"
