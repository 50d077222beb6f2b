"""One slot of the engine: a libcurl handle that runs one probe after another, each on a connection of its own."""

import _socket
import os
from datetime import UTC, datetime
from typing import Any

import certifi
import pycurl

from common.addresses import AddressRule
from endpoint_check.engine.certificates import Certificate, chain_of, due, first_to_end
from endpoint_check.engine.failures import explain
from endpoint_check.engine.outcome import ErrorCode, Outcome
from endpoint_check.engine.reading import phases
from endpoint_check.engine.received import Received
from endpoint_check.engine.sockets import Sockets
from endpoint_check.engine.spec import InvalidSpec, Options, Spec

MAX_BODY = 1024 * 1024
_WEB = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
_HTTP_VERSIONS: dict[str, int] = {
    "auto": pycurl.CURL_HTTP_VERSION_NONE,
    "1.1": pycurl.CURL_HTTP_VERSION_1_1,
    "2": pycurl.CURL_HTTP_VERSION_2_0,
    "3": pycurl.CURL_HTTP_VERSION_3,
}
_HTTP_FEATURES = {"2": pycurl.VERSION_HTTP2, "3": pycurl.VERSION_HTTP3}
"""What libcurl must have been built with."""
_IP_VERSIONS = {"auto": pycurl.IPRESOLVE_WHATEVER, "4": pycurl.IPRESOLVE_V4, "6": pycurl.IPRESOLVE_V6}
_FAMILIES = frozenset({_socket.AF_INET, _socket.AF_INET6})
_NONBLOCK: int = getattr(_socket, "SOCK_NONBLOCK", 0)
"""Spares libcurl the call that makes a socket so; macOS has no such flag, there libcurl makes the call."""
_ANSWERED = frozenset({0, pycurl.E_WRITE_ERROR})
"""libcurl's codes where an answer came; `_write` refuses what is beyond MAX_BODY."""
_HTTPAUTH_BEARER = 1 << 6
"""CURLAUTH_BEARER of libcurl's curl.h, which pycurl does not name."""
_SCHEMES = {"tcp": "http", "tls": "https"}


def authorities() -> str:
    """The file of certificate authorities: SSL_CERT_FILE, or the one that comes with certifi."""
    return os.environ.get("SSL_CERT_FILE") or certifi.where()


class _Socket(_socket.socket):
    """libcurl gets a duplicate of the descriptor, so ours is closed as soon as it is let go; without a word of warning."""

    __slots__ = ()
    __del__ = _socket.socket.close


class Transfer:
    """A reusable probe. `prepare` it, let a multi handle run `curl`, then `finish` it."""

    __slots__ = (
        "_blocked",
        "_body",
        "_lines",
        "_peer",
        "_plain",
        "_rule",
        "_sockets",
        "_timeout",
        "curl",
        "job",
        "spec",
    )

    def __init__(self, user_agent: str, sockets: Sockets) -> None:
        self.curl = pycurl.Curl()
        self._sockets = sockets
        self.job: Any = None
        self._lines: list[bytes] = []
        self._body = bytearray()
        self._set_constants(user_agent)

    def _set_constants(self, user_agent: str) -> None:
        """What is the same for every probe; it survives from one to the next."""
        self._plain, self._timeout = True, 0
        set_option = self.curl.setopt
        set_option(pycurl.NOSIGNAL, 1)
        set_option(pycurl.PROTOCOLS, _WEB)
        set_option(pycurl.REDIR_PROTOCOLS, _WEB)
        set_option(pycurl.PROXY, "")  # no proxy of the environment: the address rule must see the real peer
        set_option(pycurl.FRESH_CONNECT, 1)
        set_option(pycurl.FORBID_REUSE, 1)
        set_option(pycurl.DNS_CACHE_TIMEOUT, 0)
        set_option(pycurl.SSL_SESSIONID_CACHE, 0)  # a resumed session shows no certificate
        set_option(pycurl.CAINFO, authorities())
        set_option(pycurl.OPT_CERTINFO, 1)
        set_option(pycurl.USERAGENT, user_agent)
        set_option(pycurl.ACCEPT_ENCODING, "")
        set_option(pycurl.FOLLOWLOCATION, 1)
        set_option(pycurl.MAXREDIRS, 10)
        set_option(pycurl.OPENSOCKETFUNCTION, self._open_socket)
        set_option(pycurl.WRITEFUNCTION, self._write)
        # libcurl itself refuses more than 300 KiB of them.
        set_option(pycurl.HEADERFUNCTION, self._lines.append)

    def prepare(self, spec: Spec, rule: AddressRule, job: Any, user_agent: str) -> None:
        """Set the handle up for `spec`; raises `pycurl.error` for what libcurl does not take, `InvalidSpec` for what it
        cannot do.
        """
        self.spec, self.job, self._rule = spec, job, rule
        self._peer, self._blocked = None, ""
        self._body.clear()
        self._lines.clear()
        curl = self.curl
        if not self._plain:
            curl.reset()
            self._set_constants(user_agent)
        timeout = int(spec.timeout * 1000)
        if timeout != self._timeout:
            self._timeout = timeout
            curl.setopt(pycurl.TIMEOUT_MS, timeout)
            curl.setopt(pycurl.CONNECTTIMEOUT_MS, timeout)
        if spec.kind in _SCHEMES:
            self._plain = False
            curl.setopt(pycurl.URL, f"{_SCHEMES[spec.kind]}://{spec.url}")
            curl.setopt(pycurl.CONNECT_ONLY, 1)
        else:
            curl.setopt(pycurl.URL, spec.url)
        if spec.method != "GET" or spec.headers or spec.body or spec.options != _DEFAULT_OPTIONS:
            self._plain = False
            self._set_request(spec)

    def _set_request(self, spec: Spec) -> None:
        curl, options = self.curl, spec.options
        if spec.headers:
            curl.setopt(pycurl.HTTPHEADER, [_header_line(*pair) for pair in spec.headers.items()])
        if spec.method == "HEAD":
            curl.setopt(pycurl.NOBODY, 1)
        elif spec.body:
            curl.setopt(pycurl.POSTFIELDS, spec.body.encode())
            curl.setopt(pycurl.CUSTOMREQUEST, spec.method)
        elif spec.method != "GET":
            curl.setopt(pycurl.CUSTOMREQUEST, spec.method)
        curl.setopt(pycurl.FOLLOWLOCATION, int(options.follow_redirects))
        curl.setopt(pycurl.MAXREDIRS, options.max_redirects)
        curl.setopt(pycurl.HTTP_VERSION, _http_version(options.http_version))
        curl.setopt(pycurl.IPRESOLVE, _IP_VERSIONS[options.ip_version])
        if not options.verify_tls:
            curl.setopt(pycurl.SSL_VERIFYPEER, 0)
            curl.setopt(pycurl.SSL_VERIFYHOST, 0)
        if options.auth is not None and options.auth.kind == "basic":
            curl.setopt(pycurl.HTTPAUTH, pycurl.HTTPAUTH_BASIC)
            curl.setopt(pycurl.USERNAME, options.auth.username.encode())
            curl.setopt(pycurl.PASSWORD, options.auth.password.encode())
        elif options.auth is not None:
            # Unlike a header of ours, libcurl never shows it to another host that a redirect leads to.
            curl.setopt(pycurl.HTTPAUTH, _HTTPAUTH_BEARER)
            curl.setopt(pycurl.XOAUTH2_BEARER, options.auth.token.encode())

    def _open_socket(self, _purpose: int, address: Any) -> Any:
        """The one place through which every connection goes, redirects too; a bare socket halves its cost."""
        family, kind, protocol, peer = address
        if family not in _FAMILIES:
            return pycurl.SOCKET_BAD
        if not self._rule.allows(peer[0], peer[1]):
            self._blocked = peer[0]
            return pycurl.SOCKET_BAD
        self._peer = peer
        opened = _Socket(family, kind | _NONBLOCK, protocol)
        self._sockets.add(opened.fileno(), self)
        return opened

    def _write(self, chunk: bytes) -> int | None:
        body = self._body
        if len(body) + len(chunk) <= MAX_BODY:
            body += chunk
            return None
        body += chunk[: MAX_BODY - len(body)]
        return 0

    def finish(self, code: int, text: str) -> tuple[Outcome, Received]:
        """What the transfer that ended with libcurl's `code` (0 is success) says by itself, and what is to be judged."""
        curl, spec = self.curl, self.spec
        total = curl.getinfo(pycurl.TOTAL_TIME_T)
        secure = spec.url[:6].lower() == "https:" or spec.kind == "tls" or curl.getinfo(pycurl.REDIRECT_COUNT) > 0
        outcome = Outcome(
            status="up",
            http_status=curl.getinfo(pycurl.RESPONSE_CODE) or None,
            total_ms=total / 1000,
            phases=phases(curl, total, plain=not secure),
            resolved_ip=curl.getinfo(pycurl.PRIMARY_IP) or None,
        )
        if secure:
            self._look_at(chain_of(curl), outcome)
        if self._blocked and code == pycurl.E_COULDNT_CONNECT:
            outcome.fail(ErrorCode.BLOCKED_ADDRESS, f"The address {self._blocked} may not be checked")
        elif code not in _ANSWERED:
            outcome.fail(*explain(curl, code, text, address=self._address, spec=spec))
        return outcome, Received(self._lines, self._body)

    def _look_at(self, certificates: list[Certificate], outcome: Outcome) -> None:
        first = first_to_end(certificates)
        if first is not None:
            outcome.certificate, outcome.certificate_expires_at = first, first.expires_at
            outcome.certificate_issuer = first.issuer
            outcome.certificates_due = due(certificates, datetime.now(UTC), self.spec.options.certificate_warnings)

    @property
    def _address(self) -> str:
        """The last one tried, for people; empty before there was one."""
        if self._peer is None:
            return ""
        host, port = self._peer[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


_DEFAULT_OPTIONS = Options()


def _http_version(asked: str) -> int:
    """libcurl's number for it; raises `InvalidSpec`, since another version than the one asked for would prove nothing."""
    needed = _HTTP_FEATURES.get(asked)
    if needed is not None and not pycurl.version_info()[4] & needed:
        raise InvalidSpec(f"The libcurl that checks this endpoint does not speak HTTP/{asked}")
    return _HTTP_VERSIONS[asked]


def _header_line(name: str, value: str) -> bytes:
    """`Name;` is libcurl's way to send a header without a value."""
    return (f"{name}: {value}" if value else f"{name};").encode()
