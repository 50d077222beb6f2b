"""Histograms of durations: added up by the hundred, and percentiles out of them."""

import struct
from collections.abc import Iterator

from report_service import columns

Histogram = dict[int, int]
"""How many results took about `base ** bucket` ms, by bucket."""
_LANE = 8
"""Bytes of an element in PostgreSQL's binary form of an array: its own length (always 4) and its value, big-endian."""


def added(data: bytes | memoryview | None) -> Histogram:
    """One histogram of many: of arrays in PostgreSQL's binary form (`array_send`), one behind the other.

    Each array is taken as one long number with a bucket in every 64 bits, so that a single addition adds them all;
    counts stay below 2**32, so nothing is carried into the next bucket.
    """
    arrays = list(_arrays(data or b""))
    if not arrays:
        return {}
    top = max(highest for highest, _ in arrays)
    total = sum(int.from_bytes(elements, "big") << 8 * _LANE * (top - highest) for highest, elements in arrays)
    lanes = memoryview(total.to_bytes((total.bit_length() + 63) // 64 * _LANE, "little")).cast("Q")
    counts = {top - place: lane & 0xFFFFFFFF for place, lane in enumerate(lanes)}
    return {bucket: count for bucket, count in counts.items() if count}


def _arrays(data: bytes | memoryview) -> Iterator[tuple[int, bytes | memoryview]]:
    """Of each that is not empty the highest bucket, and its elements. Headers are those of arrayfuncs.c."""
    offset = 0
    while offset < len(data):
        (dimensions,) = struct.unpack_from(">i", data, offset)
        if not dimensions:
            offset += 12
            continue
        length, lowest = struct.unpack_from(">ii", data, offset + 12)
        end = offset + 20 + length * _LANE
        yield lowest + length - 1, data[offset + 20 : end]
        offset = end


def percentile(histogram: Histogram, share: float, base: float = columns.HISTOGRAM_BASE) -> float | None:
    """The value below which `share` (0 to 1) of the results lie, at most 2 % off; None without results.

    With the `base` of the phases, 1.1, at most 5 %.
    """
    total = sum(histogram.values())
    rank, seen = share * (total - 1), 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen > rank:
            return 2 * base**bucket / (base + 1)
    return None


def share_below(histogram: Histogram, limit_ms: float) -> int:
    """How many results took at most about `limit_ms`."""
    middle = 2 / (columns.HISTOGRAM_BASE + 1)
    return sum(count for bucket, count in histogram.items() if middle * columns.HISTOGRAM_BASE**bucket <= limit_ms)
