"""What an endpoint is made of once its fields are validated, and what is stored of it."""

from typing import TypedDict

from msgspec import convert

from common.contracts.endpoint import default_spec


class Secrets(TypedDict, total=False):
    """What a mask stands for: the values of secret headers, and `options.auth` whole."""

    headers: dict[str, str]
    auth: dict[str, str] | None


class EndpointValues(TypedDict, total=False):
    """The fields of an endpoint that somebody set, by the name of its column."""

    key: str
    name: str
    tags: list[str]
    kind: str
    url: str
    method: str
    headers: dict[str, str]
    body: str
    interval: int
    timeout: int
    expected_status: str
    assertions: list[dict[str, object]]
    failure_threshold: int
    recovery_threshold: int
    enabled: bool
    options: dict[str, object]
    secrets: Secrets | None


class EndpointFilters(TypedDict, total=False):
    """What a list of endpoints is asked for, as `EndpointQuery` reads it."""

    state: list[str]
    kind: list[str]
    tag: list[str]
    enabled: bool | None
    search: str
    sort: str


def new_values() -> EndpointValues:
    """What an endpoint is where nobody says; only `url` has no default."""
    return convert(default_spec(), EndpointValues)
