"""The public API as the web app calls it: the user's key, the user's address and language on every call."""

import contextvars
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeAlias, TypeVar

import msgspec
import requests
from django.conf import settings
from django.utils.translation import get_language, override

from common.api.errors import TooLarge, TooManyRequests
from common.contracts.answers.base import Error
from common.security.client_address import HEADER, signed_address
from common.telemetry.logs import request_id
from frontend.errors import GatewayDown, Refused

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 10.0
"""Seconds; a check now may take as long as its own timeout, see CHECK_TIMEOUT."""
CHECK_TIMEOUT = 75.0
OURS = {error.status: error for error in (TooLarge, TooManyRequests)}
"""What Kong refuses by itself it tells in English and without a code; people are told what a service would say."""
Param: TypeAlias = str | int | None
Body: TypeAlias = Mapping[str, object]
P = ParamSpec("P")
T = TypeVar("T")
_local = threading.local()
_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="gateway")
"""As many calls at once as a service has threads for; it starts its threads when they are needed."""


class Together:
    """Independent calls at the same time. At the end of `with` all have ended; it raises what the first of them raised."""

    def __init__(self) -> None:
        self._started: list[Future[Any]] = []

    def __enter__(self) -> Self:
        return self

    def start(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The call in a thread of its own, in this language; its `result()` is there after the `with`."""
        language = get_language()

        def spoken() -> T:
            with override(language):
                return call(*args, **kwargs)

        future = _pool.submit(contextvars.copy_context().run, spoken)
        self._started.append(future)
        return future

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        wait(self._started)  # none is left to speak for a request that has been answered
        if error is None:
            for future in self._started:
                future.result()


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

    def get(self, path: str, answer: type[T], **params: Param) -> T:
        """What is at `path`; parameters that are None or empty are left out."""
        said = {name: value for name, value in params.items() if value not in {None, ""}}
        return _decoded(self.call("GET", path, params=said), answer, f"GET {path}")

    def post(self, path: str, answer: type[T], body: Body | None = None, *, timeout: float = READ_TIMEOUT) -> T:
        return _decoded(self.call("POST", path, body=body or {}, timeout=timeout), answer, f"POST {path}")

    def patch(self, path: str, answer: type[T], body: Body) -> T:
        return _decoded(self.call("PATCH", path, body=body), answer, f"PATCH {path}")

    def delete(self, path: str, body: Body | None = None) -> None:
        self.call("DELETE", path, body=body)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Param] | None = None,
        body: Body | None = None,
        timeout: float = READ_TIMEOUT,
    ) -> bytes:
        """The JSON of one call's answer; `path` is `/<service>/<rest>`, `timeout` in seconds.

        Raises `Refused` or `GatewayDown`.
        """
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
        return _content(response, f"{method} {path}")

    def _headers(self) -> dict[str, str]:
        headers = {
            HEADER: signed_address(self.address),
            "X-Forwarded-For": self.address,  # for a gateway that counts by address and trusts ours
            "X-Request-ID": request_id.get(),
            "Accept-Language": get_language() or "ko",
            "Accept": "application/json",
        }
        return headers | {"apikey": self.key} if self.key else headers


def _decoded(content: bytes, answer: type[T], call: str) -> T:
    """Fields that we do not know are passed over; one that is not as documented makes the answer no answer."""
    try:
        return msgspec.json.decode(content, type=answer)
    except msgspec.DecodeError as error:
        raise GatewayDown(f"{call}: not as documented: {error}") from error


def _content(response: requests.Response, call: str) -> bytes:
    if response.ok and not response.is_redirect:
        return response.content
    if not 400 <= response.status_code < 500:
        raise GatewayDown(f"{call}: {response.status_code}")
    try:
        said = msgspec.json.decode(response.content, type=Error)
    except msgspec.DecodeError as error:
        raise GatewayDown(f"{call}: {response.status_code} without an error's JSON") from error
    ours = None if said.code else OURS.get(response.status_code)
    retry_after = response.headers.get("Retry-After", "")
    raise Refused(
        status=response.status_code,
        code=ours.code if ours else said.code,
        message=str(ours.message) if ours else said.message,
        errors=said.errors,
        retry_after=int(retry_after) if retry_after.isdigit() else None,
    )
