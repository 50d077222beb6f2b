"""Why Slack did not take a message."""


class SlackFailed(Exception):
    """Slack, or the way to it, failed; `reason` is Slack's own (`channel_not_found`).

    `permanent` tells that the same message will never be taken; `retry_after` (s) is when Slack asks us to come again.
    """

    def __init__(self, reason: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after

    @property
    def code(self) -> str:
        """The reason in the form of our error codes."""
        return "".join(letter if letter.isalnum() else "_" for letter in self.reason[:64].upper()) or "FAILED"
