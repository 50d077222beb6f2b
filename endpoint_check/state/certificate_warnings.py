"""Warning of certificates that end soon: each certificate at each of its thresholds once, whichever node shows it. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from common.contracts.causes import encoded
from common.contracts.results import ErrorCode
from common.formats.ids import uuid7
from endpoint_check.engine.certificates import Due, warning
from endpoint_check.state.monitor_state import MonitorEvent, MonitorState, Observation

REMEMBERED = 20
"""Certificates of one monitor; the one that was warned of the longest ago is forgotten first."""
MOST, SPAN = 5, timedelta(days=1)
"""At most so many warnings of one monitor within SPAN: some sites make a new certificate for every connection."""
_Memory = dict[str, tuple[float, datetime]]
"""By fingerprint, the threshold of the last warning (days before the end) and when it was given."""
_decode = msgspec.json.Decoder(_Memory).decode
_KEY = 32
"""Characters of a fingerprint that are kept."""


def certificates_due(status: MonitorState, seen: Observation) -> list[Due]:
    """What is to be told now."""
    if not seen.certificates:
        return []
    memory = _memory(status)
    recent = sum(seen.at - at < SPAN for _, at in memory.values())
    return [one for one in seen.certificates if not _is_known(one, status, memory)][: max(0, MOST - recent)]


def certificates_warn(status: MonitorState, seen: Observation) -> tuple[MonitorState, tuple[MonitorEvent, ...]]:
    """Tell and remember what is new."""
    expires = seen.certificate_expires_at
    if expires is not None and expires != status.certificate_expires_at:
        status = replace(status, certificate_expires_at=expires, certificate_warned=None)
    told = certificates_due(status, seen)
    if not told:
        return status, ()
    memory = _memory(status)
    for one in told:
        key = one.certificate.fingerprint[:_KEY]
        memory.pop(key, None)
        memory[key] = (one.days, seen.at)
        if one.certificate.expires_at == status.certificate_expires_at:
            status = replace(status, certificate_warned=int(one.days))
    kept = dict(list(memory.items())[-REMEMBERED:])
    return replace(status, certificates_warned=msgspec.json.encode(kept).decode()), tuple(_events(told, seen.at))


def _memory(status: MonitorState) -> _Memory:
    return _decode(status.certificates_warned) if status.certificates_warned else {}


def _is_known(one: Due, status: MonitorState, memory: _Memory) -> bool:
    known = memory.get(one.certificate.fingerprint[:_KEY])
    if known is not None:
        return known[0] <= one.days
    if memory or one.certificate.expires_at != status.certificate_expires_at:
        return False
    # The version before remembered no fingerprint.
    return status.certificate_warned is not None and status.certificate_warned <= one.days


def _events(told: Sequence[Due], at: datetime) -> list[MonitorEvent]:
    causes = [warning(one.certificate, at) for one in told]
    return [
        MonitorEvent(
            "certificate",
            str(uuid7(at)),
            str(cause),
            ErrorCode.CERTIFICATE_EXPIRED.value if (one.certificate.expires_at or at) < at else "",
            at,
            moves=False,
            cause_data=encoded(cause),
        )
        for one, cause in zip(told, causes, strict=True)
    ]
