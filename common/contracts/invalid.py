"""What a rule of a contract raises."""

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from common.contracts.texts import Sentence

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Invalid(ValueError):
    """A value that a rule refuses; `path` says where inside of the value, such as `auth.kind` or `2.operator`."""

    def __init__(self, text: str | Sentence, path: str | int = "", **values: str | float) -> None:
        self.sentence = text if isinstance(text, Sentence) else Sentence(text, values)
        self.path = str(path)
        super().__init__(str(self.sentence))

    def below(self, prefix: str | int) -> "Invalid":
        """The same complaint, seen from the value around it."""
        return Invalid(self.sentence, f"{prefix}.{self.path}" if self.path else prefix)


def at(path: str | int, rule: Callable[[*Ts], T], *values: *Ts) -> T:
    """The rule's answer; what it raises is said of this place."""
    try:
        return rule(*values)
    except Invalid as error:
        raise error.below(path) from error
