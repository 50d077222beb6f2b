"""`make lock`: resolve pyproject's requirements into the lock files, with hashes.

`requirements.lock` is the fleet on one machine, `requirements-server.lock` the container image (no embedded PostgreSQL,
Valkey or Caddy), `requirements-dev.lock` the tools on top; what they share has one version. No index address gets into
the files, so they install from wherever pip is told to look.
"""

import subprocess
import sys

LOCAL = "requirements.lock"
SERVER = "requirements-server.lock"
DEV = "requirements-dev.lock"
RUNTIME = ("--extra", "server", "--extra", "local", "--extra", "cli", "--all-build-deps")
COMMAND = [
    sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--allow-unsafe", "--strip-extras",
    "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--no-emit-options",
    "--resolver", "backtracking", "pyproject.toml",
]  # fmt: skip


def main() -> None:
    """The runtime first; the others at the same versions."""
    _compile(*RUNTIME, output=LOCAL)
    _compile("--extra", "server", "--constraint", LOCAL, output=SERVER)
    _compile(*RUNTIME, "--extra", "dev", "--constraint", LOCAL, output=DEV)


def _compile(*options: str, output: str) -> None:
    subprocess.run([*COMMAND, *options, "--output-file", output], check=True)


if __name__ == "__main__":
    main()
