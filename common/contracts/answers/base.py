"""What all answers share."""

import msgspec


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A schema of the OpenAPI documents; fields that are new to the reader are passed over."""


class Status(Answer, frozen=True, kw_only=True):
    """Of a call that is no CRUD: `ok`, or `fail` with what is the matter."""

    status: str
    code: str = ""
    message: str = ""

    @property
    def is_ok(self) -> bool:
        return self.status == "ok"


class Error(Answer, frozen=True, kw_only=True):
    """Why a call was refused: for people, for programs, and by field. What a gateway refuses by itself has no code."""

    message: str
    code: str = ""
    errors: dict[str, list[str]] = {}


class Usage(Answer, frozen=True, kw_only=True):
    """What one uses of what one may; `period` in seconds, None for what is counted at a time."""

    name: str
    label: str
    unit: str
    used: int
    most: int
    period: int | None = None
