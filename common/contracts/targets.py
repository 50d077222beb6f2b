"""What an endpoint's `url` may be: a web address, or `host:port` or a host for the kinds below HTTP."""

import ipaddress
import re
from typing import Protocol
from urllib.parse import quote, urlsplit

from common.contracts.invalid import Invalid
from common.contracts.texts import N_

MAX_URL = 2048
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_NUMERIC_END = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_SAFE_IN_URL = "%/:=&?~+!$,;'@()*[]"
Origin = tuple[str, str, int | None]
"""What secrets are given for: scheme (the kind below HTTP), host and port (RFC 6454, 4)."""


class Target(Protocol):
    """A grammar of addresses. All but `clean` take a clean one."""

    schemes: tuple[str, ...]
    """What an address of it may begin with, before `://`."""

    def clean(self, text: str) -> str:
        """The normal form of a text without spaces and control characters; raises `Invalid`."""

    def host(self, target: str) -> str:
        """Without brackets and port."""

    def origin(self, target: str) -> Origin:
        """Whom secrets go to."""

    def name(self, target: str) -> str:
        """What it is called where its owner says nothing: the host, and the port where the address has one.

        Not the path: names stand on status pages, and a path may be secret.
        """


class WebAddress:
    """`scheme://host[:port][/path][?query]`.

    A missing scheme becomes the first one, scheme and host are lower case, international names become ASCII (IDNA),
    fragments go.
    """

    def __init__(self, **ports: int) -> None:
        """The schemes with their usual ports, the default first."""
        self._ports = ports
        self.schemes: tuple[str, ...] = tuple(ports)

    def clean(self, text: str) -> str:
        scheme = _SCHEME.match(text)
        if scheme is None:
            text = f"{next(iter(self._ports))}://{text}"
        elif scheme[1].lower() not in self._ports:
            raise Invalid(
                N_("Only %(schemes)s addresses can be checked so, not %(scheme)s."),
                schemes=", ".join(f"{name}://" for name in sorted(self._ports)),
                scheme=scheme[0],
            )
        try:
            parts = urlsplit(text)
        except ValueError as error:
            raise Invalid(N_("This is no address of a web site.")) from error
        authority = _authority(parts.netloc, port_needed=False)
        path = quote(parts.path, safe=_SAFE_IN_URL)
        query = f"?{quote(parts.query, safe=_SAFE_IN_URL)}" if parts.query else ""
        return f"{parts.scheme.lower()}://{authority}{path}{query}"

    def host(self, target: str) -> str:
        return urlsplit(target).hostname or ""

    def origin(self, target: str) -> Origin:
        parts = urlsplit(target)
        return parts.scheme, parts.hostname or "", parts.port or self._ports.get(parts.scheme)

    def name(self, target: str) -> str:
        return urlsplit(target).netloc


class HostAndPort:
    """`host:port`."""

    def __init__(self, kind: str, default_port: int | None = None) -> None:
        self._kind, self._default = kind, default_port
        self.schemes: tuple[str, ...] = (kind,)

    def clean(self, text: str) -> str:
        return _authority(_without_path(self._kind, text), port_needed=True, default_port=self._default)

    def host(self, target: str) -> str:
        return urlsplit(f"//{target}").hostname or ""

    def origin(self, target: str) -> Origin:
        return self._kind, self.host(target), urlsplit(f"//{target}").port

    def name(self, target: str) -> str:
        return target.removesuffix(f":{self._default}") if self._default else target


class Host:
    """A host alone."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.schemes: tuple[str, ...] = (kind,)

    def clean(self, text: str) -> str:
        text = _without_path(self._kind, text)
        if _is_ipv6(text.strip("[]")):
            return str(ipaddress.IPv6Address(text.strip("[]")))
        if ":" in text:
            raise Invalid(N_("This kind of endpoint takes a host without a port."))
        return _host(text)

    def host(self, target: str) -> str:
        return target.strip("[]")

    def origin(self, target: str) -> Origin:
        return self._kind, self.host(target), None

    name = host


def refuse_unspeakable(text: str) -> str:
    """The text without blanks around it; raises `Invalid` for what no address has in it."""
    text = text.strip()
    if not text:
        raise Invalid(N_("Enter an address."))
    if re.search(r"[\s\\\x00-\x1f\x7f]", text):
        raise Invalid(N_("An address has no spaces, backslashes or control characters in it."))
    return text


def _without_path(kind: str, text: str) -> str:
    text = text.removeprefix(f"{kind}://").rstrip("/")
    if "/" in text or "?" in text or "#" in text:
        raise Invalid(N_("This kind of endpoint takes a host without a path."))
    return text


def _authority(text: str, *, port_needed: bool, default_port: int | None = None) -> str:
    """`host` or `host:port`, clean; IPv6 stands in brackets."""
    if "@" in text:
        raise Invalid(N_("An address holds no user name or password. Use the authentication option or a header."))
    host, port = _split_port(text)
    if port is None:
        port = default_port
    if port is None and port_needed:
        raise Invalid(N_("This kind of endpoint needs a port: host:port."))
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
        raise Invalid(N_("The port must be a number from 1 to 65535."))
    return host, int(number)


def _host(text: str) -> str:
    """A DNS name in ASCII, an IPv4 address, or an IPv6 address in brackets."""
    if not text:
        raise Invalid(N_("The address has no host."))
    if text.startswith("["):
        if not (text.endswith("]") and _is_ipv6(text[1:-1])):
            raise Invalid(N_("What stands in the brackets is no IPv6 address."))
        return f"[{ipaddress.IPv6Address(text[1:-1])}]"
    # Loaded where it is needed: the terminal client looks at no address.
    from ada_url import idna_to_ascii  # noqa: PLC0415

    try:
        # As browsers do (UTS 46), which also know the hosts of emoji that IDNA 2008 leaves out; empty where it cannot be.
        name = text.lower() if text.isascii() else idna_to_ascii(text).decode()
    except UnicodeError as error:
        raise Invalid(N_("%(host)s is no valid host name."), host=text[:100]) from error
    labels = name.removesuffix(".").split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Invalid(N_("%(host)s is no valid host name."), host=text[:100])
    if _NUMERIC_END.fullmatch(labels[-1]) and not _is_ipv4(name):
        # What ends in a number is an IPv4 address to resolvers (WHATWG URL, 3.5), and 127.1 or 0x7f.1 only hide one.
        raise Invalid(N_("%(host)s is no valid IPv4 address."), host=text[:100])
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
