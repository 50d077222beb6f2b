"""How long each part of a transfer took."""

import pycurl

from endpoint_check.engine.outcome import Phases


def phases(curl: pycurl.Curl, total: int, *, plain: bool) -> Phases:
    """libcurl's running times (us), made into lengths; over redirects they add up, `redirect_ms` is the part before the
    last request. `plain` says that there was neither TLS nor a redirect.
    """
    get = curl.getinfo
    lookup, connect = get(pycurl.NAMELOOKUP_TIME_T), get(pycurl.CONNECT_TIME_T)
    first_byte = get(pycurl.STARTTRANSFER_TIME_T)
    secured = 0 if plain else get(pycurl.APPCONNECT_TIME_T)
    ready = max(secured, connect)
    return Phases(
        lookup / 1000,
        (connect - lookup) / 1000 if connect > lookup else 0.0,
        (secured - connect) / 1000 if secured > connect else 0.0,
        (first_byte - ready) / 1000 if first_byte > ready else 0.0,
        (total - first_byte) / 1000 if first_byte and total > first_byte else 0.0,
        0.0 if plain else get(pycurl.REDIRECT_TIME_T) / 1000,
    )
