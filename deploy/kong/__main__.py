"""`python -m deploy.kong`: write kong.yaml and prune.sql anew; with `--check` only say whether they are up to date."""

import sys

from deploy.kong.declaration import FILE, PRUNING, pruning, text


def main() -> None:
    """Exit 1 where `--check` finds a difference."""
    for file, wanted in ((FILE, text()), (PRUNING, pruning())):
        if "--check" not in sys.argv:
            file.write_text(wanted)
        elif not file.exists() or file.read_text() != wanted:
            sys.exit(f"deploy/kong/{file.name} is not what common/fleet.toml says. Run: make format")


if __name__ == "__main__":
    main()
