"""TLS of the probes that are not libcurl's: what they accept, and why a handshake failed."""

import asyncio.sslproto
import ssl

from common.contracts.causes import because
from common.contracts.results import ErrorCode
from common.security.guarded_curl import authorities
from endpoint_check.engine.failures import Failure, not_accepted, timed_out, unconnected

GOODBYE = 0.5
"""Seconds that a server has for its own goodbye."""
asyncio.sslproto.SSLProtocol.max_size = 16 * 1024
"""Bytes of a connection that asyncio decrypts in one go. It makes a buffer of that size for each record, of which some have a
byte: with its own 256 KiB a server holds up the loop for ten times as long.
"""
_EXPIRED = 10
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED."""


class TlsContexts:
    """Those of one engine. Reading the authorities takes as long as some hundred handshakes."""

    def __init__(self) -> None:
        self._contexts: dict[bool, ssl.SSLContext] = {}

    def of(self, *, verify: bool) -> ssl.SSLContext:
        """For connections without ALPN, which strict servers refuse (RFC 7301, 3.2)."""
        if verify not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            # What OpenSSL takes by default, as the other probes do; Python leaves out what many servers still speak.
            # But for those with finite fields, which no browser speaks any more: a server that chooses 8192 bits makes
            # its client compute for a third of a second.
            context.set_ciphers("DEFAULT:!kDHE")
            context.options |= ssl.OP_NO_RENEGOTIATION
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            if verify:
                context.load_verify_locations(authorities())
            else:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self._contexts[verify] = context
        return self._contexts[verify]


def unsecured(error: OSError, where: str, after: float, *, connected: bool) -> Failure:
    """Why there is no TLS connection to `where` after so many ms; `connected` says that the one below was there."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return not_accepted(error.verify_message, expired=error.verify_code == _EXPIRED)
    if isinstance(error, TimeoutError):
        return timed_out(where, after, connected=connected)
    if not connected:
        return unconnected(error.errno or 0, where, after)
    if isinstance(error, ssl.SSLError):
        detail = (error.reason or "unknown").replace("_", " ").lower()
    else:
        detail = error.strerror or "the server closed the connection"
    return ErrorCode.TLS_ERROR, because("handshake_failed", detail=detail)
