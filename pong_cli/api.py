"""The public API: JSON over HTTP with the key in a header, patient with 429, 502 and 503, errors as one sentence."""

import random
import time
from collections.abc import Iterator
from typing import Any

import requests

from pong_cli import profiles
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
Object = dict[str, Any]


class Api:
    """One installation as one user."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", "Accept-Language": language()})

    def get(self, path: str, **params: Any) -> Any:
        """The answer's JSON; `path` begins with the service: `/endpoint-service/endpoints`."""
        return self.request("GET", path, params=params)

    def post(self, path: str, body: Any = None, **params: Any) -> Any:
        return self.request("POST", path, json=body, params=params)

    def patch(self, path: str, body: Any) -> Any:
        return self.request("PATCH", path, json=body)

    def delete(self, path: str) -> None:
        self.request("DELETE", path)

    def every(self, path: str, *, most: int | None = None, **params: Any) -> Iterator[Object]:
        """The items of all pages, at most `most`."""
        number = seen = 0
        while True:
            number += 1
            answer = self.get(path, page=number, per_page=min(PER_PAGE, most or PER_PAGE), **params)
            for item in answer["items"]:
                yield item
                seen += 1
                if seen == most:
                    return
            if not answer["items"] or seen >= answer["page"]["total_count"]:
                return

    def request(self, method: str, path: str, *, json: Any = None, params: Any = None, anonymous: bool = False) -> Any:
        """Raises `NotLoggedIn`, `ApiError` for what is refused, `CliError` where nobody answers."""
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


def _read(answer: requests.Response, host: str) -> Any:
    if answer.status_code == 204:
        return None
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.ok and body is not None:
        return body
    if not isinstance(body, dict) or "message" not in body:
        raise ApiError(
            _("%(host)s answered %(status)d without saying why. Is it a pongpong API?")
            % {"host": host, "status": answer.status_code},
            status=answer.status_code,
        )
    if answer.status_code == 401:
        raise NotLoggedIn(str(body["message"]), _("The key is unknown or has expired. Run pong login."))
    raise ApiError(
        str(body["message"]), status=answer.status_code, code=str(body.get("code", "")), errors=body.get("errors")
    )


def _unreachable(host: str, error: requests.RequestException) -> CliError:
    if isinstance(error, requests.Timeout):
        message = _("%(host)s did not answer in time.") % {"host": host}
    elif isinstance(error, requests.exceptions.SSLError):
        message = _("The TLS certificate of %(host)s is not accepted.") % {"host": host}
    else:
        message = _("%(host)s cannot be reached.") % {"host": host}
    return CliError(message, _("Check the address (pong profiles) and the network; --debug says more."))
