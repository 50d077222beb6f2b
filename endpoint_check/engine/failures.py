"""Why a transfer brought no answer: from what libcurl tells to an error code and a sentence."""

import errno
import os

import pycurl

from endpoint_check.engine.outcome import ErrorCode
from endpoint_check.engine.spec import Spec

_ERRNO = {
    errno.ECONNREFUSED: (ErrorCode.CONNECTION_REFUSED, "Connection refused by"),
    errno.ECONNRESET: (ErrorCode.CONNECTION_RESET, "Connection reset by"),
    errno.ENETUNREACH: (ErrorCode.NETWORK_UNREACHABLE, "No route to the network of"),
    errno.EHOSTUNREACH: (ErrorCode.NETWORK_UNREACHABLE, "No route to"),
    errno.ETIMEDOUT: (ErrorCode.CONNECT_TIMEOUT, "No answer to the connection from"),
}
_BROKEN = {
    pycurl.E_GOT_NOTHING: "The server closed the connection without an answer",
    pycurl.E_RECV_ERROR: "The connection broke while receiving",
    pycurl.E_SEND_ERROR: "The connection broke while sending",
}
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
_INVALID_ADDRESS = {pycurl.E_URL_MALFORMAT, pycurl.E_UNSUPPORTED_PROTOCOL}


def explain(curl: pycurl.Curl, code: int, text: str, *, address: str, spec: Spec) -> tuple[ErrorCode, str]:
    """The reason and a sentence for libcurl's error `code`; `address` is the last one tried, `text` libcurl's own."""
    after = f"after {curl.getinfo(pycurl.TOTAL_TIME) * 1000:.0f} ms"
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return _timed_out(address, after, connected=curl.getinfo(pycurl.CONNECT_TIME) > 0)
    if code in {pycurl.E_COULDNT_CONNECT, *_BROKEN}:
        return _broken(curl, code, address, after)
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        reason = ErrorCode.CERTIFICATE_EXPIRED if "expired" in text else ErrorCode.CERTIFICATE_INVALID
        return reason, f"The certificate is not accepted: {text}"
    if code == pycurl.E_TOO_MANY_REDIRECTS:
        return ErrorCode.TOO_MANY_REDIRECTS, f"More than {spec.options.max_redirects} redirects"
    if code in _INVALID_ADDRESS and curl.getinfo(pycurl.RESPONSE_CODE):
        return ErrorCode.INVALID_REDIRECT, f"Redirected to an address that is not followed: {text}"
    reason, words = _REASONS.get(code, (ErrorCode.PROTOCOL_ERROR, "The answer is broken"))
    return reason, f"{words}: {text}"


def _timed_out(address: str, after: str, *, connected: bool) -> tuple[ErrorCode, str]:
    if connected:
        return ErrorCode.READ_TIMEOUT, f"No complete answer from {address} {after}"
    if not address:
        return ErrorCode.DNS_FAILURE, f"The name was not resolved {after}"
    return ErrorCode.CONNECT_TIMEOUT, f"No connection to {address} {after}"


def _broken(curl: pycurl.Curl, code: int, address: str, after: str) -> tuple[ErrorCode, str]:
    number = curl.getinfo(pycurl.OS_ERRNO)
    if number in _ERRNO:
        reason, words = _ERRNO[number]
        return reason, f"{words} {address} {after}"
    if code in _BROKEN:
        return ErrorCode.CONNECTION_RESET, f"{_BROKEN[code]} ({address}, {after})"
    detail = os.strerror(number) if number else "no connection"
    return ErrorCode.CONNECTION_FAILED, f"Connecting to {address} failed {after}: {detail}"
