"""`python -m tests.manage SERVICE COMMAND`: Django's command line where no fleet runs, as for `makemigrations`."""

import os
import runpy
import sys
from pathlib import Path

from tests.environment import placeholder_environment


def main() -> None:
    """Run manage.py under placeholder values."""
    os.environ.update(placeholder_environment(sys.argv[1]))
    runpy.run_path(str(Path(__file__).resolve().parents[1] / "manage.py"), run_name="__main__")


if __name__ == "__main__":
    main()
