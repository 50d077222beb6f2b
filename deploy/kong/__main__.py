"""`python -m deploy.kong`: write kong.yaml anew; with `--check` only say whether it is up to date."""

import sys

from deploy.kong.declaration import FILE, text


def main() -> None:
    """Exit 1 where `--check` finds a difference."""
    if "--check" not in sys.argv:
        FILE.write_text(text())
    elif not FILE.exists() or FILE.read_text() != text():
        sys.exit("deploy/kong/kong.yaml is not what common/fleet.toml says. Run: make format")


if __name__ == "__main__":
    main()
