"""What the API answered, twice: as far as `pong` knows it, and whole, as it is shown to programs."""

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import msgspec

from pong_cli.errors import CliError
from pong_cli.labels import _

T = TypeVar("T")
Whole = dict[str, object]


@dataclass(frozen=True)
class Answered(Generic[T]):
    """`known` is a struct of `common.contracts.answers`; `whole` has what is new to this `pong`, too."""

    known: T
    whole: Whole

    def beside(self, **fields: object) -> "Answered[T]":
        """With fields that other answers tell, for programs."""
        return replace(self, whole=self.whole | fields)


def known(raw: object, struct: type[T]) -> T:
    """JSON as `struct`; raises `CliError` for what is no such answer."""
    try:
        return msgspec.convert(raw, struct)
    except msgspec.ValidationError as error:
        raise CliError(
            _("The API's answer is not understood: %(problem)s") % {"problem": error},
            _("Is this pong as new as the API? pong --version says how old it is."),
        ) from error


def answered(raw: object, struct: type[T]) -> Answered[T]:
    """An object of the API; raises `CliError` for what is no such answer."""
    return Answered(known(raw, struct), known(raw, Whole))
