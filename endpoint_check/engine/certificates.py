"""The certificates that a site served: who issued them, when they end, and whether that is soon enough to warn of."""

import hashlib
import re
import ssl
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import pycurl

from common.contracts.causes import Cause, because

WARN_DAYS: tuple[float, ...] = (30, 14, 7, 1)
"""At so many days before its end a certificate is warned of, where its endpoint says nothing else."""
_LEAST_SHARES = (3, 6, 12, 48)
"""But not before the last third (sixth, ...) of its lifetime, so that those of 6 days or 24 hours are not always warned of."""
MAX_CHAIN = 10
_FACTS = (b"Cert", b"Subject", b"Issuer", b"Start date", b"Expire date")
_MAX_NAME = 200
_DAY = timedelta(days=1)
_FIRST, _LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""What every part of the fleet can store and show in any zone."""
_NO_END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""RFC 5280, 4.1.2.5: no well-defined expiration date."""
_DER = 2
"""Python's `_ssl.ENCODING_DER`."""
_SHORT = {
    "commonName": "CN", "countryName": "C", "localityName": "L", "organizationName": "O", "organizationalUnitName": "OU",
    "stateOrProvinceName": "ST",
}  # fmt: skip
_ESCAPE = re.compile(rb"\\([0-9A-F]{2}|.)", re.DOTALL)
_COMMON_NAME = re.compile(rb'(?:^|[,+] )CN ?= ?("(?:\\.|[^"\\])*"|(?:\\.|[^,+\\])*)', re.DOTALL)


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate of a chain. `fingerprint` is the SHA-256 of its DER form; an end of None is none that is defined.

    `hop` is the number of redirects before it, `host` who served it.
    """

    fingerprint: str
    subject: str
    issuer: str
    name: str
    begins_at: datetime | None
    expires_at: datetime | None
    intermediate: bool = False
    hop: int = 0
    host: str = ""


class Due(msgspec.Struct, frozen=True):
    """A certificate whose end is within `days`, the last threshold that it has crossed."""

    certificate: Certificate
    days: float


def chain_of(curl: pycurl.Curl) -> list[Certificate]:
    """The certificates that libcurl's last connection was shown; empty where it was no TLS, or was not finished."""
    served = []
    for entry in curl.getinfo_raw(pycurl.INFO_CERTINFO)[:MAX_CHAIN]:
        facts = dict(pair for pair in entry if len(pair) == 2)
        if b"Cert" in facts:
            served.append(_read(*(facts.get(name, b"") for name in _FACTS)))
    return _linked(served)


def chain_of_tls(connection: ssl.SSLObject) -> list[Certificate]:
    """The certificates that a connection of Python's own was shown."""
    # Before Python 3.13 there is no public way, and what is there now gives no names and dates.
    shown = connection._sslobj.get_unverified_chain()  # type: ignore[attr-defined]  # noqa: SLF001
    return _linked([_read_info(one) for one in shown[:MAX_CHAIN]])


def _linked(served: Sequence[Certificate]) -> list[Certificate]:
    """The site's own certificate, and each one's issuer next to it.

    What some servers send along besides has no part in their own certificate's being valid.
    """
    chain = list(served[:1])
    while chain and chain[-1].issuer != chain[-1].subject:
        issuer = next((one for one in served if one.subject == chain[-1].issuer and one not in chain), None)
        if issuer is None:
            break
        chain.append(issuer)
    return chain[:1] + [msgspec.structs.replace(one, intermediate=True) for one in chain[1:]]


def first_to_end(certificates: Iterable[Certificate]) -> Certificate | None:
    """The one with the earliest end; one without an end only where there is no other."""
    return min(certificates, key=lambda one: one.expires_at or _NO_END, default=None)


def due(certificates: Iterable[Certificate], at: datetime, days: Sequence[float] | None) -> tuple[Due, ...]:
    """Those that have crossed a threshold at `at`, the first to end first; `days` are the endpoint's own thresholds."""
    found: dict[str, Due] = {}
    for one in certificates:
        crossed = threshold_crossed(one, at, days)
        if crossed is not None:
            found.setdefault(one.fingerprint, Due(one, crossed))
    return tuple(sorted(found.values(), key=lambda one: one.certificate.expires_at or _NO_END))


def threshold_crossed(certificate: Certificate, at: datetime, days: Sequence[float] | None) -> float | None:
    """The last threshold that lies behind `at`, in days before the end; None before the first one."""
    begins, ends = certificate.begins_at, certificate.expires_at
    if ends is None:
        return None
    thresholds = WARN_DAYS if days is None else days
    if days is None and begins is not None and begins < ends:
        lifetime = (ends - begins) / _DAY
        thresholds = [min(most, lifetime / share) for most, share in zip(WARN_DAYS, _LEAST_SHARES, strict=True)]
    left = (ends - at) / _DAY
    return min((threshold for threshold in thresholds if left <= threshold), default=None)


def warning(certificate: Certificate, at: datetime) -> Cause:
    """The cause that says when it ends, or has ended."""
    what, ends = _what(certificate), certificate.expires_at or _LAST
    if ends <= at:
        return because("expired", what=what, span=_span(at - ends), date=f"{ends:%Y-%m-%d}")
    return because("expires", what=what, span=_span(ends - at), date=f"{ends:%Y-%m-%d}")


def _what(certificate: Certificate) -> Cause:
    name, host = certificate.name, certificate.host
    if certificate.intermediate:
        return because("intermediate_of", name=name, host=host) if host else because("intermediate", name=name)
    return because("certificate_of", host=host) if host else because("certificate")


def _span(span: timedelta) -> Cause:
    """In days, or in hours where it is less than two days, or in minutes."""
    for unit, least in (("day", 2), ("hour", 2), ("minute", 0)):
        count = span // timedelta(**{f"{unit}s": 1})
        if count >= least:
            return because(unit) if count == 1 else because(f"{unit}s", **{f"{unit}s": count})
    raise AssertionError(span)


@lru_cache(maxsize=2048)
def _read(pem: bytes, subject: bytes, issuer: bytes, begins: bytes, ends: bytes) -> Certificate:
    """The same few come every interval."""
    return Certificate(
        fingerprint=hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode("ascii").strip())).hexdigest(),
        subject=_name(subject),
        issuer=_name(issuer),
        name=_name(found[1]).strip('"') if (found := _COMMON_NAME.search(subject)) else _name(subject),
        begins_at=_moment(begins.decode("ascii", "replace")),
        expires_at=_moment(ends.decode("ascii", "replace")),
    )


def _read_info(shown: Any) -> Certificate:
    """The same of a certificate of Python's `_ssl`, which has read it already."""
    info = shown.get_info()
    subject, issuer = ([pair for part in info[field] for pair in part] for field in ("subject", "issuer"))
    common = next((value for name, value in subject if name == "commonName"), None)
    return Certificate(
        fingerprint=hashlib.sha256(shown.public_bytes(_DER)).hexdigest(),
        subject=_joined(subject),
        issuer=_joined(issuer),
        name=_joined(subject) if common is None else _printable(common),
        begins_at=_moment(info["notBefore"]),
        expires_at=_moment(info["notAfter"]),
    )


def _joined(name: Sequence[tuple[str, str]]) -> str:
    return _printable(", ".join(f"{_SHORT.get(kind, kind)} = {value}" for kind, value in name))


def _name(text: bytes) -> str:
    r"""libcurl's text of a name, in UTF-8: OpenSSL writes what is not ASCII as `\ED\95\9C`."""
    plain = _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()) if len(found[1]) == 2 else found[1], text)
    return _printable(plain.decode(errors="replace"))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:_MAX_NAME])


def _moment(text: str) -> datetime | None:
    """What OpenSSL writes of a time; None for none at all, for what cannot be read, and for no defined end."""
    try:
        moment = datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
    return None if moment == _NO_END else min(max(moment, _FIRST), _LAST)
