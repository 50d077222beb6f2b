"""`make lock`: resolve pyproject's requirements into `requirements.lock` and `requirements-dev.lock`, with hashes.

No index address gets into the files, so they install from wherever pip is told to look.
"""

import subprocess
import sys

COMMON = [
    sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--allow-unsafe", "--strip-extras",
    "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--no-emit-options",
    "--resolver", "backtracking", "pyproject.toml",
]  # fmt: skip


def main() -> None:
    """The runtime first; the tools on top of it, at the same versions."""
    runtime = ["--extra", "server", "--extra", "local", "--extra", "cli"]
    build = ["--all-build-deps"]
    subprocess.run([*COMMON, *runtime, *build, "--output-file", "requirements.lock"], check=True)
    subprocess.run(
        [
            *COMMON,
            *runtime,
            *build,
            "--extra",
            "dev",
            "-c",
            "requirements.lock",
            "--output-file",
            "requirements-dev.lock",
        ],
        check=True,
    )


if __name__ == "__main__":
    main()
