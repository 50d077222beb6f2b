"""Which gateway, and who speaks to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.gateway_contract.echo import kong_echo, local_echo
from tests.gateway_contract.target import CHOSEN, PASSWORD, Account, Headers, Target


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    """The gateway that the command line named, else the local one of a fleet of our own."""
    chosen = request.config.stash.get(CHOSEN, None)
    if chosen is not None:
        return chosen
    fleet = request.getfixturevalue("pongpong")
    return Target(fleet.gateway_url, fleet.frontend_url.replace("127.0.0.1", "localhost"))


def _account(target: Target) -> Iterator[Account]:
    account = target.sign_up()
    yield account
    target.call("/user-service/users/me", {"password": PASSWORD}, account.headers, method="DELETE")


@pytest.fixture(scope="session")
def one(target: Target) -> Iterator[Account]:
    yield from _account(target)


@pytest.fixture(scope="session")
def another(target: Target) -> Iterator[Account]:
    yield from _account(target)


@dataclass(frozen=True)
class Seen:
    """What an upstream received."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body_bytes: int

    def all(self, name: str) -> list[str]:
        """Every value of a header under any spelling that WSGI takes for this name."""
        return [value for key, value in self.headers if key.lower().replace("_", "-") == name.lower()]

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query, keep_blank_values=True)


@dataclass(frozen=True)
class Echo:
    """An upstream behind the gateway that shows what reached it; `prefix` is its path."""

    target: Target
    prefix: str

    def see(self, path: str = "/x", headers: Headers = (), **options: Any) -> Seen:
        answer = self.target.send(f"{self.prefix}{path}", headers, **options)
        assert answer.status == 200, (answer.status, answer.body)
        body = answer.json()
        return Seen(
            body["method"], body["path"], [(name, value) for name, value in body["headers"]], body["body_bytes"]
        )


@pytest.fixture(scope="session")
def echo(request: pytest.FixtureRequest, target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Echo]:
    if request.config.stash.get(CHOSEN, None) is None:
        where = local_echo(request.getfixturevalue("pongpong"), target.origin, tmp_path_factory.mktemp("caddy"))
    elif target.admin:
        where = kong_echo(target)
    else:
        pytest.skip("what the upstream receives is seen with --admin only")
    with where as (gateway, prefix):
        yield Echo(gateway, prefix)


@pytest.fixture
def me(target: Target) -> Callable[[Headers], int | None]:
    """Whom user_service takes the sender of these headers for."""

    def ask(headers: Headers) -> int | None:
        answer = target.send("/user-service/users/me", headers)
        assert answer.status in {200, 401}, answer.body
        return int(answer.json()["id"]) if answer.status == 200 else None

    return ask
