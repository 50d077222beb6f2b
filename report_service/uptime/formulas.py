"""What the numbers mean: uptime, downtime, mean response time, Apdex."""

from typing import TypedDict

from report_service.rollups.percentiles import Histogram, share_below


class Apdex(TypedDict):
    """The score from 0 to 1, None without results, and T in ms."""

    score: float | None
    satisfied_ms: float


def uptime(covers_ms: int, down_ms: int) -> float | None:
    """The percentage of the covered time that was not down, rounded down to four digits; None without any.

    So 100 means that there was no downtime at all.
    """
    if not covers_ms:
        return None
    return (covers_ms - down_ms) * 1_000_000 // covers_ms / 10_000 if down_ms else 100.0


def measured_down(covers_ms: float, down_ms: float) -> int | None:
    """The downtime (ms) of a day or an hour; None where nothing was watched."""
    return int(down_ms) if covers_ms else None


def mean(total: float, count: float) -> float | None:
    """In ms, to a tenth; None without any."""
    return round(total / count, 1) if count else None


def apdex(histogram: Histogram, satisfied_ms: float, *, down: int) -> Apdex:
    """Apdex (apdex.org): satisfied up to T, tolerating up to 4 T at one half; what was down is frustrated."""
    satisfied = share_below(histogram, satisfied_ms)
    tolerating = share_below(histogram, 4 * satisfied_ms) - satisfied
    samples = sum(histogram.values()) + down
    score = round((satisfied + tolerating / 2) / samples, 4) if samples else None
    return {"score": score, "satisfied_ms": satisfied_ms}
