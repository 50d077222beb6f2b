"""The tcp kind: whether a port takes connections; nothing is sent over them."""

import pycurl

from endpoint_check.engine.http.redirects import Request
from endpoint_check.engine.probes.base import IP_VERSIONS, CurlProbe
from endpoint_check.engine.spec import Spec


def _set_up(curl: pycurl.Curl, spec: Spec, request: Request) -> bool:
    curl.setopt(pycurl.URL, f"http://{request.url}")  # libcurl knows ports by URLs alone
    curl.setopt(pycurl.CONNECT_ONLY, 1)
    curl.setopt(pycurl.IPRESOLVE, IP_VERSIONS[spec.options.ip_version])
    return False


PROBE = CurlProbe(set_up=_set_up, has_answer=False)
