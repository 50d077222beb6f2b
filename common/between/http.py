"""Calls from one service to another: timeouts, bounded retries of what is safe to repeat, the token and request id."""

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from common.api.errors import PeerError
from common.fleet import host_name
from common.security.internal import HEADER
from common.telemetry import tracing
from common.telemetry.logs import request_id

Param: TypeAlias = str | int | float | Sequence[str] | Sequence[int] | None
CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 10.0
_RETRIES = 2
_local = threading.local()


def _session(*, retried: bool) -> requests.Session:
    """This thread's session, one for calls that may be repeated and one for those that may not."""
    name = "retried" if retried else "once"
    session: requests.Session | None = getattr(_local, name, None)
    if session is None:
        session = requests.Session()
        session.trust_env = False  # no proxy and no netrc stand between two services
        session.mount(
            "http://",
            HTTPAdapter(
                max_retries=Retry(
                    total=_RETRIES if retried else 0,
                    backoff_factor=0.1,
                    status_forcelist=(502, 503, 504),
                    allowed_methods=None,
                    raise_on_status=False,
                )
            ),
        )
        setattr(_local, name, session)
    return session


class Peer:
    """Another service, by its name in the fleet: `Peer("user_service").get("/users/1")`.

    Every method returns the decoded JSON body (None for 204) and raises `PeerError` when the peer does not answer in
    time, or answers with 4xx or 5xx. GET, PUT and DELETE are tried up to three times; a POST only with
    `idempotent=True`, which says that the peer takes the same one twice without harm.
    """

    def __init__(self, service: str) -> None:
        self.service = service

    @property
    def base_url(self) -> str:
        """Where it is, from `<SERVICE>_URL`."""
        return settings.SERVICE_URLS[self.service]

    def get(self, path: str, *, params: Mapping[str, Param] | None = None, read_timeout: float = READ_TIMEOUT) -> Any:
        return self.request("GET", path, params=params, idempotent=True, read_timeout=read_timeout)

    def post(
        self, path: str, *, json: object = None, idempotent: bool = False, read_timeout: float = READ_TIMEOUT
    ) -> Any:
        return self.request("POST", path, json=json, idempotent=idempotent, read_timeout=read_timeout)

    def delete(self, path: str) -> Any:
        return self.request("DELETE", path, idempotent=True)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Param] | None = None,
        json: object = None,
        data: bytes | None = None,
        idempotent: bool = False,
        read_timeout: float = READ_TIMEOUT,
    ) -> Any:
        """One call; `data` is a JSON body that is encoded already. `read_timeout` in seconds."""
        call = partial(
            self._request,
            method,
            path,
            params=params,
            json=json,
            data=data,
            idempotent=idempotent,
            timeout=read_timeout,
        )
        if not tracing.ON:
            return call()
        facts = {"http.request.method": method, "peer.service": host_name(self.service)}
        with tracing.span(f"{method} {host_name(self.service)}", "client", attributes=facts):
            return call()

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Param] | None,
        json: object,
        data: bytes | None,
        idempotent: bool,
        timeout: float,
    ) -> object:
        headers = {HEADER: settings.INTERNAL_TOKEN, "Accept": "application/json", "X-Request-ID": request_id.get()}
        headers |= tracing.carrier()
        if data is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = _session(retried=idempotent).request(
                method,
                f"{self.base_url}{path}",
                params=params,
                json=json,
                data=data,
                headers=headers,
                timeout=(CONNECT_TIMEOUT, timeout),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise PeerError(self.service, f"{method} {path}: {type(error).__name__}") from error
        if not response.ok or response.is_redirect:
            raise PeerError(
                self.service,
                f"{method} {path}: {response.status_code}",
                status=response.status_code,
                body=_body(response),
            )
        return None if response.status_code == 204 else _decoded(self.service, response)


def _body(response: requests.Response) -> object:
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError:
        return None


def _decoded(service: str, response: requests.Response) -> object:
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError as error:
        raise PeerError(service, "answered something that is not JSON") from error
