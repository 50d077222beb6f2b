"""What the gateway's answers mean to a page: refused (tell the user why), or not there (try later)."""

from collections.abc import Mapping, Sequence


class GatewayError(Exception):
    """A call through the gateway did not do what was asked."""


class GatewayDown(GatewayError):
    """No answer, an answer that is no JSON, or a 5xx: nothing that the user did."""


class Refused(GatewayError):
    """A 4xx in the fleet's envelope. `errors` maps field names to messages, `retry_after` is in seconds."""

    def __init__(
        self,
        *,
        status: int,
        code: str,
        message: str,
        errors: Mapping[str, Sequence[str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors or {}
        self.retry_after = retry_after
