"""docs/cli.md is what the commands say."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_page_is_made_from_the_commands():
    made = subprocess.run(
        [sys.executable, "-m", "pong_cli.reference"],
        cwd=ROOT, env={**os.environ, "LC_ALL": "C.UTF-8"}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert (ROOT / "docs" / "cli.md").read_text() == made.stdout, "LC_ALL=C python -m pong_cli.reference > docs/cli.md"
