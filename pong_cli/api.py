"""The public API: JSON over HTTP with the key in a header, patient with 429, 502 and 503, errors as one sentence."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar, overload

import msgspec
import requests

from common.contracts.answers.base import Error
from pong_cli import profiles
from pong_cli.answers import Answered, Whole, answered, known
from pong_cli.errors import ApiError, CliError, NotLoggedIn
from pong_cli.labels import _, language
from pong_cli.profiles import Profile

PER_PAGE = 100
CONNECT_TIMEOUT, READ_TIMEOUT = 10.0, 90.0
ATTEMPTS = 5
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds."""
_AGAIN = {429, 502, 503}
_SAFE = {"GET", "HEAD"}
Body = Mapping[str, object]
Param = str | int | Sequence[str] | None
"""What is None is not sent."""
T = TypeVar("T")


class _Count(msgspec.Struct):
    total_count: int


class _Items(msgspec.Struct):
    """A list's envelope."""

    items: list[Whole]


class _Page(_Items):
    page: _Count


class Api:
    """One installation as one user. `path` begins with the service: `/endpoint-service/endpoints`.

    `answer` is the struct as which the answer is read.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", "Accept-Language": language()})

    def get(self, path: str, *, answer: type[T], **params: Param) -> Answered[T]:
        return answered(self.request("GET", path, params=params), answer)

    @overload
    def post(self, path: str, body: Body | None = None, *, answer: None = None, **params: Param) -> object: ...
    @overload
    def post(self, path: str, body: Body | None = None, *, answer: type[T], **params: Param) -> Answered[T]: ...
    def post(self, path: str, body: Body | None = None, *, answer: type[T] | None = None, **params: Param) -> object:
        raw = self.request("POST", path, json=body, params=params)
        return answered(raw, answer) if answer else raw

    @overload
    def patch(self, path: str, body: Body) -> object: ...
    @overload
    def patch(self, path: str, body: Body, *, answer: type[T]) -> Answered[T]: ...
    def patch(self, path: str, body: Body, *, answer: type[T] | None = None) -> object:
        raw = self.request("PATCH", path, json=body)
        return answered(raw, answer) if answer else raw

    def delete(self, path: str) -> None:
        self.request("DELETE", path)

    def items(self, path: str, *, answer: type[T], **params: Param) -> list[Answered[T]]:
        """Of a list that comes as one page."""
        return [answered(item, answer) for item in known(self.request("GET", path, params=params), _Items).items]

    def every(self, path: str, *, answer: type[T], most: int | None = None, **params: Param) -> Iterator[Answered[T]]:
        """The items of all pages, at most `most`."""
        return (answered(item, answer) for item in self.objects(path, most=most, **params))

    def objects(self, path: str, *, most: int | None = None, **params: Param) -> Iterator[Whole]:
        """The same as they came."""
        number = seen = 0
        while True:
            number += 1
            raw = self.request(
                "GET", path, params={"page": number, "per_page": min(PER_PAGE, most or PER_PAGE), **params}
            )
            found = known(raw, _Page)
            for item in found.items:
                yield item
                seen += 1
                if seen == most:
                    return
            if not found.items or seen >= found.page.total_count:
                return

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Body | None = None,
        params: Mapping[str, Param] | None = None,
        anonymous: bool = False,
    ) -> object:
        """The answer's JSON. Raises `NotLoggedIn`, `ApiError` for what is refused, `CliError` where nobody answers."""
        headers = {} if anonymous else {"apikey": profiles.require_key(self.profile)}
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._session.request(
                    method, self.profile.host + path, json=json, params=params, headers=headers,
                    timeout=(CONNECT_TIMEOUT, READ_TIMEOUT), allow_redirects=False,
                )  # fmt: skip
            except requests.RequestException as error:
                if method in _SAFE and attempt < ATTEMPTS and isinstance(error, requests.ConnectionError):
                    time.sleep(_wait(attempt))
                    continue
                raise _unreachable(self.profile.host, error) from error
            if answer.status_code not in _AGAIN or attempt == ATTEMPTS:
                break
            time.sleep(_wait(attempt, answer.headers.get("Retry-After")))
        return _read(answer, self.profile.host)


def _wait(attempt: int, asked: str | None = None) -> float:
    """What the server asks for, else doubling with jitter so that many clients do not come back together."""
    if asked and asked.isdigit():
        return min(float(asked), LONGEST_WAIT)
    return float(min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT) * random.uniform(0.5, 1))


def _read(answer: requests.Response, host: str) -> object:
    if answer.status_code == 204:
        return None
    try:
        body: object = answer.json()
    except ValueError:
        body = None
    if answer.ok and body is not None:
        return body
    try:
        error = msgspec.convert(body, Error)
    except msgspec.ValidationError as cause:
        raise ApiError(
            _("%(host)s answered %(status)d without saying why. Is it a pongpong API?")
            % {"host": host, "status": answer.status_code},
            status=answer.status_code,
        ) from cause
    if answer.status_code == 401:
        raise NotLoggedIn(error.message, _("The key is unknown or has expired. Run pong login."))
    raise ApiError(error.message, status=answer.status_code, code=error.code, errors=error.errors)


def _unreachable(host: str, error: requests.RequestException) -> CliError:
    if isinstance(error, requests.Timeout):
        message = _("%(host)s did not answer in time.") % {"host": host}
    elif isinstance(error, requests.exceptions.SSLError):
        message = _("The TLS certificate of %(host)s is not accepted.") % {"host": host}
    else:
        message = _("%(host)s cannot be reached.") % {"host": host}
    return CliError(message, _("Check the address (pong profiles) and the network; --debug says more."))
