"""How long each part of a transfer took, and what its certificates say."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pycurl
from ada_url import URL

from endpoint_check.engine.certificates import Certificate, due, first_to_end
from endpoint_check.engine.outcome import Outcome, Phases


def phases(curl: pycurl.Curl, total: int, *, secure: bool) -> Phases:
    """libcurl's running times (us) of one request, made into lengths; `secure` says that it was over TLS."""
    get = curl.getinfo
    lookup, connect = get(pycurl.NAMELOOKUP_TIME_T), get(pycurl.CONNECT_TIME_T)
    first_byte = get(pycurl.STARTTRANSFER_TIME_T)
    secured = get(pycurl.APPCONNECT_TIME_T) if secure else 0
    ready = max(secured, connect)
    return Phases(
        lookup / 1000,
        (connect - lookup) / 1000 if connect > lookup else 0.0,
        (secured - connect) / 1000 if secured > connect else 0.0,
        (first_byte - ready) / 1000 if first_byte > ready else 0.0,
        (total - first_byte) / 1000 if first_byte and total > first_byte else 0.0,
    )


def added(before: Phases, last: Phases, *, spent: int) -> Phases:
    """The phases of a probe with redirects: those of all its requests, `spent` us of them before the last one."""
    return Phases(
        before.name_lookup_ms + last.name_lookup_ms,
        before.connect_ms + last.connect_ms,
        before.tls_ms + last.tls_ms,
        before.first_byte_ms + last.first_byte_ms,
        before.transfer_ms + last.transfer_ms,
        spent / 1000,
    )


def watch(outcome: Outcome, certificates: Sequence[Certificate], days: Sequence[float] | None) -> None:
    """Put down which certificate ends first, and which are to be warned of at the endpoint's thresholds."""
    first = first_to_end(certificates)
    if first is not None:
        outcome.certificate, outcome.certificate_expires_at = first, first.expires_at
        outcome.certificate_issuer = first.issuer
        outcome.certificates_due = due(certificates, datetime.now(UTC), days)


def of_hops(chains: Sequence[tuple[int, str, list[Certificate]]]) -> list[Certificate]:
    """All certificates of a probe's connections, each with the number of redirects before it and its host."""
    return [
        msgspec.structs.replace(one, hop=hop, host=URL(url).hostname) for hop, url, chain in chains for one in chain
    ]
