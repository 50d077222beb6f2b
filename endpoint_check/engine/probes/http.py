"""The http kind: how a request is put on a libcurl handle, with its method, body, headers, credentials and versions."""

from functools import lru_cache

import msgspec
import pycurl

from common.contracts.causes import because
from common.contracts.options import Auth, BasicAuth, Options
from common.security.secret_headers import is_secret_header
from endpoint_check.engine.http.redirects import Request
from endpoint_check.engine.probes.base import IP_VERSIONS, CurlProbe
from endpoint_check.engine.spec import InvalidSpec, Spec, hidden_headers

HTTP_VERSIONS: dict[str, int] = {
    "auto": pycurl.CURL_HTTP_VERSION_NONE,
    "1.1": pycurl.CURL_HTTP_VERSION_1_1,
    "2": pycurl.CURL_HTTP_VERSION_2_0,
    "3": pycurl.CURL_HTTP_VERSION_3,
}
_HTTP_FEATURES = {"2": pycurl.VERSION_HTTP2, "3": pycurl.VERSION_HTTP3}
"""What libcurl must have been built with."""
_HTTPAUTH_BEARER = 1 << 6
"""CURLAUTH_BEARER of libcurl's curl.h, which pycurl does not name."""
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_DEFAULTS = Options()


def _is_plain(spec: Spec, request: Request) -> bool:
    """Whether nothing but the address has to be said to a fresh handle."""
    return request.method == "GET" and not spec.headers and not request.body and spec.options == _DEFAULTS


def _set_up(curl: pycurl.Curl, spec: Spec, request: Request) -> bool:
    curl.setopt(pycurl.URL, request.url)
    if _is_plain(spec, request):
        return True
    options = spec.options
    _set_content(curl, spec, request)
    curl.setopt(pycurl.HTTP_VERSION, _http_version(options.http_version))
    curl.setopt(pycurl.IPRESOLVE, IP_VERSIONS[options.ip_version])
    if not options.verify_tls:
        curl.setopt(pycurl.SSL_VERIFYPEER, 0)
        curl.setopt(pycurl.SSL_VERIFYHOST, 0)
    if options.auth is not None and request.own:
        _log_in(curl, options.auth)
    return False


def _set_content(curl: pycurl.Curl, spec: Spec, request: Request) -> None:
    headers = _headers(spec, request)
    names = {name.lower() for name in headers}
    if request.method == "HEAD":
        curl.setopt(pycurl.NOBODY, 1)
    elif request.body or request.method in _WITH_BODY:
        # Content-Length: 0 where there is nothing to send (RFC 9110, 8.6).
        curl.setopt(pycurl.POSTFIELDS, request.body.encode())
        curl.setopt(pycurl.CUSTOMREQUEST, request.method)
        if "content-type" not in names:
            headers["Content-Type"] = content_type(request.body)
    elif request.method != "GET":
        curl.setopt(pycurl.CUSTOMREQUEST, request.method)
    if "cookie" in names:
        # With those of the handle's own jar in one line, as RFC 6265 (5.4) asks.
        given = next(headers.pop(name) for name in list(headers) if name.lower() == "cookie")
        curl.setopt(pycurl.COOKIE, _cookies(curl, given or "").encode())
    if headers:
        curl.setopt(pycurl.HTTPHEADER, [_header_line(*pair) for pair in headers.items()])


def _headers(spec: Spec, request: Request) -> dict[str, str | None]:
    """The spec's, but no secret for another origin, and nothing about a body that is not sent."""
    headers: dict[str, str | None] = dict(spec.headers)
    if not request.own:
        hidden = {name.lower() for name in hidden_headers(spec)}
        headers = {
            name: value for name, value in headers.items() if name.lower() not in hidden and not is_secret_header(name)
        }
    if spec.body and not request.body:
        headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
    return headers


def _header_line(name: str, value: str | None) -> bytes:
    """`Name;` is libcurl's way to send a header without a value, and `Name:` to send none of that name."""
    return (f"{name}:" if value is None else f"{name}: {value}" if value else f"{name};").encode()


@lru_cache(maxsize=256)
def content_type(body: str) -> str | None:
    """What a body is where its spec does not say: JSON where it parses, else text; None for an empty one."""
    if not body:
        return None
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return "text/plain; charset=utf-8"
    return "application/json"


def _cookies(curl: pycurl.Curl, given: str) -> str:
    """The spec's own `Cookie` header without those that the site has set anew on the way."""
    anew = {line.split(b"\t")[5] for line in curl.getinfo_raw(pycurl.INFO_COOKIELIST)}
    if not anew:
        return given
    pairs = [pair.strip() for pair in given.split(";")]
    return "; ".join(pair for pair in pairs if pair.partition("=")[0].strip().encode() not in anew)


def _log_in(curl: pycurl.Curl, auth: Auth) -> None:
    if isinstance(auth, BasicAuth):
        curl.setopt(pycurl.HTTPAUTH, pycurl.HTTPAUTH_BASIC)
        curl.setopt(pycurl.USERNAME, auth.username.encode())
        curl.setopt(pycurl.PASSWORD, auth.password.encode())
    else:
        curl.setopt(pycurl.HTTPAUTH, _HTTPAUTH_BEARER)
        curl.setopt(pycurl.XOAUTH2_BEARER, auth.token.encode())


def _http_version(asked: str) -> int:
    """libcurl's number for it; raises `InvalidSpec`, since another version than the one asked for would prove nothing."""
    needed = _HTTP_FEATURES.get(asked)
    if needed is not None and not pycurl.version_info()[4] & needed:
        raise InvalidSpec(because("libcurl_without", version=asked))
    return HTTP_VERSIONS[asked]


PROBE = CurlProbe(set_up=_set_up, has_answer=True)
