"""One slot of the engine: a libcurl handle that runs one probe after another, each request on a connection of its own."""

from typing import Any

import pycurl

from common.contracts.causes import because
from common.contracts.results import ErrorCode
from common.security.addresses import AddressRule
from common.security.guarded_curl import GuardedCurl
from endpoint_check.engine.certificates import Certificate, chain_of
from endpoint_check.engine.failures import Failure, explain, odd_status_line
from endpoint_check.engine.host_addresses import shown
from endpoint_check.engine.http.answer import Answer
from endpoint_check.engine.http.curl_info import added, of_hops, phases, watch
from endpoint_check.engine.http.received import Received
from endpoint_check.engine.http.redirects import Request, Unfollowable, first_request, next_request
from endpoint_check.engine.outcome import Outcome, Phases
from endpoint_check.engine.probes.base import CurlProbe
from endpoint_check.engine.sockets import Sockets
from endpoint_check.engine.spec import Spec

_ANSWERED = frozenset({0, pycurl.E_WRITE_ERROR})
"""libcurl's codes where an answer came; `Answer.write` refuses what is not worth reading."""
_SPOKEN = {1: "1.0", 2: "1.1", 3: "2", 30: "3"}
"""libcurl's numbers of the versions of HTTP."""
_NO_PHASES = Phases()
_NOWHERE = AddressRule(allow_private=False, fleet_ports=frozenset())
"""Until a probe brings its own."""


class Transfer(GuardedCurl):
    """A reusable probe: `prepare` it, let a multi handle run `curl`, then `finish` it, and again while it follows redirects."""

    __slots__ = (
        "_answer", "_chains", "_has_cookies", "_hops", "_lines", "_phases", "_plain", "_probe", "_request", "_sockets",
        "_spent", "_timeout", "_user_agent", "job", "spec",
    )  # fmt: skip

    def __init__(self, user_agent: str, sockets: Sockets) -> None:
        super().__init__(_NOWHERE)
        self._sockets = sockets
        self._user_agent = user_agent
        self.job: Any = None
        self._lines: list[bytes] = []
        self._has_cookies = False
        self._set_constants()

    def _set_constants(self) -> None:
        """What is the same for every request; it survives from one to the next."""
        self._plain, self._timeout = True, 0
        self.guard()
        set_option = self.curl.setopt
        set_option(pycurl.FRESH_CONNECT, 1)
        set_option(pycurl.FORBID_REUSE, 1)
        set_option(pycurl.DNS_CACHE_TIMEOUT, 0)
        set_option(pycurl.SSL_SESSIONID_CACHE, 0)  # a resumed session shows no certificate
        set_option(pycurl.OPT_CERTINFO, 1)
        set_option(pycurl.USERAGENT, self._user_agent)
        set_option(pycurl.ACCEPT_ENCODING, "")
        set_option(pycurl.HTTP_CONTENT_DECODING, 0)  # libcurl fails for codings that it does not know
        set_option(pycurl.HTTP09_ALLOWED, 1)  # shows what answers in no HTTP; see `Answer`
        set_option(pycurl.COOKIEFILE, "")  # a jar in memory, empty, of this handle alone
        set_option(pycurl.WRITEFUNCTION, self._write)
        set_option(pycurl.HEADERFUNCTION, self._lines.append)

    def prepare(self, spec: Spec, rule: AddressRule, job: Any, probe: CurlProbe) -> None:
        """Set the handle up for `spec`; raises `pycurl.error` for what libcurl does not take, `InvalidSpec` for what it
        cannot do.
        """
        self._probe, self.spec, self.job, self.rule = probe, spec, job, rule
        self._hops, self._spent, self._phases = 0, 0, _NO_PHASES
        self._chains: list[tuple[int, str, list[Certificate]]] = []
        if self._has_cookies:
            self.curl.setopt(pycurl.COOKIELIST, "ALL")
            self._has_cookies = False
        self._ask(first_request(spec))

    def _ask(self, request: Request) -> None:
        """Set the handle up for one request of the probe, within what is left of its time."""
        curl, spec = self.curl, self.spec
        self._request = request
        self.peer, self.blocked = None, ""
        self._lines.clear()
        self._answer = Answer(spec, self._lines)
        if not self._plain:
            curl.reset()
            self._set_constants()
        timeout = int(spec.timeout * 1000) - self._spent // 1000
        if timeout != self._timeout:
            self._timeout = timeout
            curl.setopt(pycurl.TIMEOUT_MS, max(1, timeout))
        # Until it is known: what raises has set something already.
        self._plain = False
        self._plain = self._probe.set_up(curl, spec, request)

    def opened(self, descriptor: int) -> None:
        """Watch it."""
        self._sockets.add(descriptor, self)

    def _write(self, chunk: bytes) -> int | None:
        return self._answer.write(chunk)

    def finish(self, code: int, text: str) -> tuple[Outcome, Received] | None:
        """What the request that ended with libcurl's `code` (0 is success) says by itself, and what is to be judged.

        None where the site redirects: the handle, which the multi handle has let go, is set up for the next request then.
        """
        curl, spec, answer = self.curl, self.spec, self._answer
        status: int = curl.getinfo(pycurl.RESPONSE_CODE)
        total: int = curl.getinfo(pycurl.TOTAL_TIME_T)
        failure: Failure | None = None
        if status and answer.head.special:
            self._has_cookies = self._has_cookies or answer.head.has_cookies
            location = answer.location(status) if code in _ANSWERED else b""
            if location:
                failure = self._go_on(status, location, total)
                if failure is None:
                    return None
        if code == pycurl.E_OPERATION_TIMEDOUT and answer.ends_with_time():
            code, total = 0, curl.getinfo(pycurl.STARTTRANSFER_TIME_T)
        outcome = Outcome(
            status="up",
            http_status=status or None,
            total_ms=(self._spent + total) / 1000,
            phases=self._look(total),
            resolved_ip=curl.getinfo(pycurl.PRIMARY_IP) or None,
        )
        if self._chains:
            certificates = of_hops(self._chains) if self._hops else self._chains[0][2]
            watch(outcome, certificates, spec.options.certificate_warnings)
        if code != 0 or failure is not None or answer.body is None:
            failure = failure or self._failure(code, text)
            if code not in _ANSWERED and odd_status_line(answer.lines):
                outcome.http_status = None
        if failure is None and spec.options.http_version != "auto":
            failure = self._version(outcome)
        if failure is not None:
            outcome.fail(*failure)
        return outcome, answer.received()

    def _go_on(self, status: int, location: bytes, total: int) -> Failure | None:
        """Set up the request that follows a redirect, or say why there is none."""
        most = self.spec.options.max_redirects
        if self._hops >= most:
            return ErrorCode.TOO_MANY_REDIRECTS, because("redirects", count=most)
        try:
            request = next_request(self.spec, self._request, status, location)
        except Unfollowable as error:
            return ErrorCode.INVALID_REDIRECT, because("not_followed", detail=str(error))
        self._phases = self._look(total)
        self._spent += total
        self._hops += 1
        self._ask(request)
        return None

    def _look(self, total: int) -> Phases:
        """The phases until now; the certificates of the last connection are kept."""
        url = self._request.url
        secure = url[:6].lower() == "https:"
        if secure:
            self._chains.append((self._hops, url, chain_of(self.curl)))
        last = phases(self.curl, total, secure=secure)
        return added(self._phases, last, spent=self._spent) if self._hops else last

    def _failure(self, code: int, text: str) -> Failure | None:
        """Why there is no answer, or none that can be read."""
        if code in _ANSWERED:
            return self._answer.failure() if self._probe.has_answer else None
        if code == pycurl.E_COULDNT_CONNECT and self.blocked and self.peer is None:
            return ErrorCode.BLOCKED_ADDRESS, because("blocked", address=self.blocked)
        if code == pycurl.E_URL_MALFORMAT and self._hops:
            return ErrorCode.INVALID_REDIRECT, because("not_followed", detail=self._request.url)
        lines, spent = self._answer.lines, self._spent
        return explain(self.curl, code, text, address=self._address, lines=lines, spent=spent)

    def _version(self, outcome: Outcome) -> Failure | None:
        """Whether the version of HTTP that was asked for was not spoken; the one that was is put down."""
        asked = self.spec.options.http_version
        if outcome.http_status is None:
            return None
        outcome.http_version = spoken = _SPOKEN.get(self.curl.getinfo(pycurl.INFO_HTTP_VERSION))
        if asked in {"1.1", spoken}:
            return None
        return ErrorCode.PROTOCOL_ERROR, because("version_differs", spoken=str(spoken), asked=asked)

    @property
    def _address(self) -> str:
        """The last one tried, for people; empty before there was one."""
        if self.peer is None:
            return ""
        return shown(*self.peer[:2])
