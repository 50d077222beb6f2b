"""The committed renderings: what each profile makes, to be read and compared."""

from pathlib import Path

from tests.chart.rendering import EXAMPLES, PROFILES, fixed_secrets, profile, template

HEAD = "# What `helm template` makes of the profile {name}; made by `make format`, the secrets are placeholders.\n"


def file(name: str) -> Path:
    """Where a profile's example is."""
    return EXAMPLES / f"{name}.yaml"


def rendered(name: str) -> str:
    """What it should hold."""
    return HEAD.format(name=name) + template(profile(name), *fixed_secrets())


def write() -> None:
    """Write every example anew."""
    EXAMPLES.mkdir(exist_ok=True)
    for one in PROFILES:
        file(one.name).write_text(rendered(one.name))
