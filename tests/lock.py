"""`make lock`: resolve pyproject's requirements into the lock files, with hashes.

`requirements.lock` is the fleet on one machine, `requirements-server.lock` the container image (no embedded PostgreSQL,
Valkey or Caddy), `requirements-tracing.lock` the image with what traces need, `requirements-dev.lock` the tools on top; what they share has one version. `requirements-chart.lock`
has the packages that bring Helm and Kubernetes' schemas, installed without their dependencies. No index address gets
into the files, so they install from wherever pip is told to look.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.utils import parse_wheel_filename

LOCAL = "requirements.lock"
SERVER = "requirements-server.lock"
TRACING = "requirements-tracing.lock"
DEV = "requirements-dev.lock"
CHART = "requirements-chart.lock"
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
    _compile("--extra", "server", "--extra", "tracing", "--constraint", SERVER, output=TRACING)
    known = ("--constraint", LOCAL, "--constraint", TRACING)
    _compile(*RUNTIME, "--extra", "tracing", "--extra", "dev", *known, output=DEV)
    chart_lock()


def chart_lock() -> None:
    """The newest of each package of pyproject's `chart`, without what it depends on."""
    wanted = tomllib.loads(Path("pyproject.toml").read_text())["project"]["optional-dependencies"]["chart"]
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "download", "--quiet", "--no-deps", "--dest", folder, *wanted], check=True)
        lines = ["# Made by `make lock`; installed with --no-deps."]
        for wheel in sorted(Path(folder).glob("*.whl")):
            name, version, *_ = parse_wheel_filename(wheel.name)
            digest = subprocess.run([*pip, "hash", str(wheel)], check=True, capture_output=True, text=True).stdout
            lines.append(f"{name}=={version} \\\n    {digest.split()[-1]}")
    Path(CHART).write_text("\n".join(lines) + "\n")


def _compile(*options: str, output: str) -> None:
    subprocess.run([*COMMAND, *options, "--output-file", output], check=True)


if __name__ == "__main__":
    main()
