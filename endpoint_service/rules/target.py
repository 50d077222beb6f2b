"""What an endpoint's `url` may be: an http(s) address, or `host:port` or a host for the kinds below HTTP."""

import ipaddress
import re
from urllib.parse import quote, urlsplit

from ada_url import idna_to_ascii
from django.utils.translation import gettext as _

from endpoint_service.rules.invalid import Invalid

MAX_URL = 2048
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_NUMERIC_END = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_SAFE_IN_URL = "%/:=&?~+!$,;'@()*[]"
DEFAULT_PORTS = {"tls": 443}


def clean_target(kind: str, text: str) -> str:
    """The normal form of `url` for `kind`; raises `Invalid`.

    http: a missing scheme becomes https, scheme and host are lower case, international names become ASCII (IDNA),
    fragments go. tcp: `host:port`. tls: `host:port`, by default 443. dns, ping: a host.
    """
    text = text.strip()
    if not text:
        raise Invalid(_("Enter an address."))
    if re.search(r"[\s\\\x00-\x1f\x7f]", text):
        raise Invalid(_("An address has no spaces, backslashes or control characters in it."))
    cleaned = _http(text) if kind == "http" else _below_http(kind, text)
    if len(cleaned) > MAX_URL:
        raise Invalid(_("An address has at most %(most)d characters.") % {"most": MAX_URL})
    return cleaned


def host_of(kind: str, target: str) -> str:
    """The host of a clean target, without brackets and port."""
    if kind in {"dns", "ping"}:
        return target.strip("[]")
    return urlsplit(target if kind == "http" else f"//{target}").hostname or ""


def origin_of(kind: str, target: str) -> tuple[str, str, int | None]:
    """What a clean target's secrets are for: scheme (the kind below HTTP), host and port (RFC 6454, 4)."""
    if kind != "http":
        parts = urlsplit(f"//{target}") if kind in {"tcp", "tls"} else None
        return kind, host_of(kind, target), parts.port if parts else None
    parts = urlsplit(target)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def name_of(kind: str, target: str) -> str:
    """What a clean target is called where its owner says nothing: the host, and the port where the address has one.

    Not the path: names stand on status pages, and a path may be secret.
    """
    if kind in {"dns", "ping"}:
        return host_of(kind, target)
    where = urlsplit(target if kind == "http" else f"//{target}").netloc
    return where.removesuffix(":443") if kind == "tls" else where


def _http(text: str) -> str:
    scheme = _SCHEME.match(text)
    if scheme is None:
        text = f"https://{text}"
    elif scheme[1].lower() not in {"http", "https"}:
        raise Invalid(_("Only http:// and https:// addresses can be checked, not %(scheme)s.") % {"scheme": scheme[0]})
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise Invalid(_("This is no address of a web site.")) from error
    authority = _authority(parts.netloc, port_needed=False)
    path = quote(parts.path, safe=_SAFE_IN_URL)
    query = f"?{quote(parts.query, safe=_SAFE_IN_URL)}" if parts.query else ""
    return f"{parts.scheme.lower()}://{authority}{path}{query}"


def _below_http(kind: str, text: str) -> str:
    text = text.removeprefix(f"{kind}://").rstrip("/")
    if "/" in text or "?" in text or "#" in text:
        raise Invalid(_("This kind of endpoint takes a host without a path."))
    if kind in {"tcp", "tls"}:
        return _authority(text, port_needed=True, default_port=DEFAULT_PORTS.get(kind))
    if _is_ipv6(text.strip("[]")):
        return str(ipaddress.IPv6Address(text.strip("[]")))
    if ":" in text:
        raise Invalid(_("This kind of endpoint takes a host without a port."))
    return _host(text)


def _authority(text: str, *, port_needed: bool, default_port: int | None = None) -> str:
    """`host` or `host:port`, clean; IPv6 stands in brackets."""
    if "@" in text:
        raise Invalid(_("An address holds no user name or password. Use the authentication option or a header."))
    host, port = _split_port(text)
    if port is None:
        port = default_port
    if port is None and port_needed:
        raise Invalid(_("This kind of endpoint needs a port: host:port."))
    return _host(host) if port is None else f"{_host(host)}:{port}"


def _split_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        host, bracket, rest = text.partition("]")
        host += bracket
    elif text.count(":") > 1 and _is_ipv6(text):
        return f"[{text}]", None
    else:
        host, colon, port = text.partition(":")
        rest = colon + port
    if rest in {"", ":"}:
        return host, None
    number = rest[1:]
    if not (rest[0] == ":" and number.isascii() and number.isdigit() and len(number) <= 5 and 0 < int(number) < 65536):
        raise Invalid(_("The port must be a number from 1 to 65535."))
    return host, int(number)


def _host(text: str) -> str:
    """A DNS name in ASCII, an IPv4 address, or an IPv6 address in brackets."""
    if not text:
        raise Invalid(_("The address has no host."))
    if text.startswith("["):
        if not (text.endswith("]") and _is_ipv6(text[1:-1])):
            raise Invalid(_("What stands in the brackets is no IPv6 address."))
        return f"[{ipaddress.IPv6Address(text[1:-1])}]"
    try:
        # As browsers do (UTS 46), which also know the hosts of emoji that IDNA 2008 leaves out; empty where it cannot be.
        name = text.lower() if text.isascii() else idna_to_ascii(text).decode()
    except UnicodeError as error:
        raise Invalid(_("%(host)s is no valid host name.") % {"host": text[:100]}) from error
    labels = name.removesuffix(".").split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Invalid(_("%(host)s is no valid host name.") % {"host": text[:100]})
    if _NUMERIC_END.fullmatch(labels[-1]) and not _is_ipv4(name):
        # What ends in a number is an IPv4 address to resolvers (WHATWG URL, 3.5), and 127.1 or 0x7f.1 only hide one.
        raise Invalid(_("%(host)s is no valid IPv4 address.") % {"host": text[:100]})
    return name


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _is_ipv6(text: str) -> bool:
    """Without a zone: `fe80::1%eth0` means nothing to anybody else."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text
