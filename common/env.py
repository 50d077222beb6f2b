"""Strict readers of environment variables: a missing or malformed value stops the process with one clear sentence.

A secret may also come from a file: `NAME_FILE=/path` instead of `NAME=value` (both at once is an error).
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

KNOWN: set[str] = set()
"""Every variable that was read, for the test that holds `docs/configuration.md` to the code."""


def string(name: str, default: str | None = None) -> str:
    """The variable's text; without a default it must be set and not empty."""
    KNOWN.add(name)
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} must be set.")
    return default


def secret(name: str, default: str | None = None) -> str:
    """Like `string`, but also read from the file that `NAME_FILE` names (its last newline is not part of it)."""
    path = os.environ.get(f"{name}_FILE", "")
    if not path:
        return string(name, default)
    KNOWN.add(name)
    if os.environ.get(name):
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; set one of them.")
    try:
        value = Path(path).read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error.strerror}.") from error
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE: {path} is empty.")
    return value


def boolean(name: str, *, default: bool) -> bool:
    """`true` or `false`, nothing else."""
    value = string(name, "true" if default else "false")
    if value not in {"true", "false"}:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return value == "true"


def integer(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    """A whole number within `least` and `most`."""
    return _number(name, default, int, "a whole number", least, most)


def number(name: str, default: float, *, least: float = 0, most: float | None = None) -> float:
    """A decimal number within `least` and `most`."""
    return _number(name, default, float, "a number", least, most)


def strings(name: str, default: str = "") -> list[str]:
    """A comma-separated list; blanks around the items are dropped, empty items refused."""
    value = string(name, default)
    if not value:
        return []
    items = [item.strip() for item in value.split(",")]
    if not all(items):
        raise ImproperlyConfigured(f"{name} must be a comma-separated list without empty items, not {value!r}.")
    return items


def ports(name: str) -> list[int]:
    """A comma-separated list of TCP ports; without one, none."""
    items = strings(name)
    if not all(item.isascii() and item.isdigit() and 1 <= int(item) <= 65_535 for item in items):
        raise ImproperlyConfigured(
            f"{name} must be a comma-separated list of ports (1 to 65535), not {', '.join(items)}."
        )
    return [int(item) for item in items]


def secrets(name: str, default: str | None = None) -> list[str]:
    """A comma-separated list of secrets, the current one first."""
    value = secret(name, default)
    if not value:
        return []
    items = [item.strip() for item in value.split(",")]
    if not all(items):
        raise ImproperlyConfigured(f"{name} must be a comma-separated list without empty items.")
    return items


def choice(name: str, default: str, choices: set[str]) -> str:
    """One of `choices`."""
    value = string(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(sorted(choices))}, not {value!r}.")
    return value


def url(name: str, default: str | None = None) -> str:
    """An http(s) address without a trailing slash."""
    value = string(name, default)
    if not value.startswith(("http://", "https://")):
        raise ImproperlyConfigured(f"{name} must begin with http:// or https://, not {value!r}.")
    return value.rstrip("/")


def _number(  # noqa: PLR0917
    name: str, default: T, kind: Callable[[str], T], what: str, least: float, most: float | None
) -> T:
    text = string(name, str(default))
    try:
        value = kind(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be {what}, not {text!r}.") from error
    if not (least <= value and (most is None or value <= most)):  # type: ignore[operator]
        limits = f"at least {least}" if most is None else f"between {least} and {most}"
        raise ImproperlyConfigured(f"{name} must be {limits}, not {text}.")
    return value
