"""The public API as the web app calls it: the user's key, the user's address and language on every call."""

import contextvars
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import msgspec
import requests
from django.conf import settings
from django.utils.translation import get_language, override

from common.client_address import HEADER, signed_address
from common.errors import TooLarge, TooManyRequests
from common.logs import request_id
from frontend.errors import GatewayDown, Refused

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 10.0
"""Seconds; a check now may take as long as its own timeout, see CHECK_TIMEOUT."""
CHECK_TIMEOUT = 75.0
OURS = {error.status: error for error in (TooLarge, TooManyRequests)}
"""What Kong refuses by itself it tells in English and without a code; people are told what a service would say."""
_local = threading.local()
_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="gateway")
"""As many calls at once as a service has threads for; it starts its threads when they are needed."""


def together(**calls: Callable[[], Any]) -> dict[str, Any]:
    """Make independent calls at the same time; the answers by name. Raises what the first of them raised."""
    language = get_language()

    def spoken(call: Callable[[], Any]) -> Any:
        with override(language):
            return call()

    futures = {name: _pool.submit(contextvars.copy_context().run, spoken, call) for name, call in calls.items()}
    wait(futures.values())  # none is left to speak for a request that has been answered
    return {name: future.result() for name, future in futures.items()}


def _session() -> requests.Session:
    """One connection pool a thread; no cookies, no proxies, no netrc from the environment."""
    session: requests.Session | None = getattr(_local, "session", None)
    if session is None:
        session = _local.session = requests.Session()
        session.trust_env = False
    return session


@dataclass(frozen=True)
class Gateway:
    """Calls as one visitor; `key` is None for nobody, `address` is the visitor's own."""

    key: str | None
    address: str

    def get(self, path: str, **params: Any) -> Any:
        """The JSON at `path`; parameters that are None or empty are left out."""
        return self.call("GET", path, params={k: v for k, v in params.items() if v not in {None, ""}})

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, timeout: float = READ_TIMEOUT) -> Any:
        return self.call("POST", path, body=body or {}, timeout=timeout)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        return self.call("PATCH", path, body=body)

    def delete(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self.call("DELETE", path, body=body)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        timeout: float = READ_TIMEOUT,
    ) -> Any:
        """One call; `path` is `/<service>/<rest>`, `timeout` in seconds. Raises `Refused` or `GatewayDown`."""
        try:
            response = _session().request(
                method,
                f"{settings.SERVICE_URLS['gateway']}{path}",
                params=params,
                json=body,
                headers=self._headers(),
                timeout=(CONNECT_TIMEOUT, timeout),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise GatewayDown(f"{method} {path}: {type(error).__name__}") from error
        finally:
            if _local.session.cookies:
                _local.session.cookies.clear()
        return _answer(response, f"{method} {path}")

    def _headers(self) -> dict[str, str]:
        headers = {
            HEADER: signed_address(self.address),
            "X-Forwarded-For": self.address,  # for a gateway that counts by address and trusts ours
            "X-Request-ID": request_id.get(),
            "Accept-Language": get_language() or "ko",
            "Accept": "application/json",
        }
        return headers | {"apikey": self.key} if self.key else headers


def _answer(response: requests.Response, call: str) -> Any:
    if response.status_code == 204:
        return None
    try:
        body = msgspec.json.decode(response.content)
    except msgspec.DecodeError as error:
        raise GatewayDown(f"{call}: {response.status_code} without JSON") from error
    if response.ok and not response.is_redirect:
        return body
    if 400 <= response.status_code < 500 and isinstance(body, dict):
        retry_after = response.headers.get("Retry-After", "")
        if "code" not in body and (ours := OURS.get(response.status_code)):
            body = {"code": ours.code, "message": ours.message}
        raise Refused(
            status=response.status_code,
            code=str(body.get("code", "")),
            message=str(body.get("message", "")),
            errors=body.get("errors"),
            retry_after=int(retry_after) if retry_after.isdigit() else None,
        )
    raise GatewayDown(f"{call}: {response.status_code}")
