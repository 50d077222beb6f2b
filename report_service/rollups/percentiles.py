"""Histograms of durations: added up by the hundred, and percentiles out of them."""

import struct
from collections import defaultdict

from report_service.rollups import rollup_columns

Histogram = dict[int, int]
"""How many results took about `base ** bucket` ms, by bucket."""
_LANE = 8
"""Bytes of an element in PostgreSQL's binary form of an array: its own length (always 4) and its value, big-endian."""
_EMPTY, _HEADER = 12, struct.Struct(">5i")
"""Its header (arrayfuncs.c): dimensions, NULL flag, type, and unless it is empty, the length and the lowest bucket."""


def added(data: bytes | memoryview | None) -> Histogram:
    """One histogram of many: of arrays in PostgreSQL's binary form (`array_send`), one behind the other.

    Each array is taken as one long number with a bucket in every 64 bits, so that a single addition adds them all;
    counts stay below 2**32, so nothing is carried into the next bucket.
    """
    arrays = bytes(data or b"") + bytes(_HEADER.size - _EMPTY)
    sums: defaultdict[int, int] = defaultdict(int)
    offset, end = 0, len(arrays) - (_HEADER.size - _EMPTY)
    while offset < end:
        dimensions, _, _, length, lowest = _HEADER.unpack_from(arrays, offset)
        if dimensions:
            start = offset + _HEADER.size
            offset = start + length * _LANE
            sums[lowest + length - 1] += int.from_bytes(arrays[start:offset], "big")
        else:
            offset += _EMPTY
    top = max(sums, default=0)
    total = sum(found << 8 * _LANE * (top - highest) for highest, found in sums.items())
    lanes = memoryview(total.to_bytes((total.bit_length() + 63) // 64 * _LANE, "little")).cast("Q")
    counts = {top - place: lane & 0xFFFFFFFF for place, lane in enumerate(lanes)}
    return {bucket: count for bucket, count in counts.items() if count}


def percentile(histogram: Histogram, share: float, base: float = rollup_columns.HISTOGRAM_BASE) -> float | None:
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
    middle = 2 / (rollup_columns.HISTOGRAM_BASE + 1)
    return sum(
        count for bucket, count in histogram.items() if middle * rollup_columns.HISTOGRAM_BASE**bucket <= limit_ms
    )
