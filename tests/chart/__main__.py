"""`python -m tests.chart --write` renders the committed examples anew; without it, says which are out of date."""

import sys

from tests.chart import examples, readme
from tests.chart.rendering import PROFILES, parse


def main() -> None:
    """Write, or compare."""
    if "--write" in sys.argv:
        examples.write()
        readme.main()
        return
    old = [one.name for one in PROFILES if not _is_current(one.name)]
    if old:
        sys.exit(f"Not up to date in deploy/helm/examples: {', '.join(old)}. Run: make format")


def _is_current(name: str) -> bool:
    path = examples.file(name)
    return path.exists() and parse(path.read_text()) == parse(examples.rendered(name))


if __name__ == "__main__":
    main()
