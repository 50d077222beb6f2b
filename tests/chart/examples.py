"""The committed renderings: what each profile makes, to be read and compared."""

import re
from pathlib import Path

from tests.chart.rendering import EXAMPLES, PROFILES, fixed_secrets, profile, template

HEAD = "# What `helm template` makes of the profile {name}; made by `make format`, the secrets are placeholders.\n"


_FILES = re.compile(r"^  ([a-z_-]+\.json|kong\.yaml|prune\.sql): \|.*\n(?:(?:    .*)?\n)+", re.MULTILINE)
_KONG_DIGEST = re.compile(r"(checksum/kong\.yaml): \w+")
"""Whole files stand in the repository already, and Kong's changes with the fleet."""


def file(name: str) -> Path:
    """Where a profile's example is."""
    return EXAMPLES / f"{name}.yaml"


def rendered(name: str) -> str:
    """What it should hold."""
    text = _FILES.sub(r"  \1: see the file\n", template(profile(name), *fixed_secrets()))
    return HEAD.format(name=name) + _KONG_DIGEST.sub(r"\1: its digest", text)


def write() -> None:
    """Write every example anew."""
    EXAMPLES.mkdir(exist_ok=True)
    for one in PROFILES:
        file(one.name).write_text(rendered(one.name))
