"""What a rule raises."""

from django.utils.functional import Promise


class Invalid(ValueError):
    """A value that a rule refuses; `path` says where inside of the value, such as `auth.kind` or `2.operator`."""

    def __init__(self, message: str | Promise, path: str = "") -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.path = path

    def below(self, prefix: str | int) -> "Invalid":
        """The same complaint, seen from the value around it."""
        return Invalid(self.message, f"{prefix}.{self.path}" if self.path else str(prefix))
