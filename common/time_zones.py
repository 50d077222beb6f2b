"""The names of the IANA time zones that this machine knows."""

import zoneinfo
from functools import cache


@cache
def time_zones() -> frozenset[str]:
    """Names such as `Asia/Seoul`. To find them is to read some 600 files, so they are found once a process."""
    return frozenset(zoneinfo.available_timezones())
