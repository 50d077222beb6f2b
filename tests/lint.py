"""`make lint`: everything that can be said of the code without running the fleet. `--write` brings made files up to date.

Each step prints its name and how long it took; what it found only where it failed.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from common.fleet import fleet
from tests.environment import placeholder_environment

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ROOT / "docs" / "openapi"
PYTHON = sys.executable
WITH_DOCUMENTS = [name for name in fleet().services if name != "frontend"]


def run(*command: str, service: str | None = None) -> str:
    """What the command printed where it failed, else nothing."""
    environment = placeholder_environment(service) if service else None
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=900)
    return "" if done.returncode == 0 else f"$ {' '.join(command)}\n{done.stdout}{done.stderr}".strip()


def manage(service: str, *command: str) -> str:
    """One of Django's commands for a service, with warnings as errors; the one of an absent database is no warning."""
    warnings = ["-W", "error", "-W", "ignore:Got an error checking a consistent migration history:RuntimeWarning"]
    return run(PYTHON, *warnings, "manage.py", service, *command, service=service)


def each_service(step: Callable[[str], str], services: list[str] | None = None) -> str:
    """The step for every service, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return "\n".join(found for found in pool.map(step, services or list(fleet().services)) if found)


def openapi_drift() -> str:
    """The committed OpenAPI documents against what the services answer."""
    with tempfile.TemporaryDirectory() as folder:
        failed = each_service(lambda service: manage(service, "openapi", folder), WITH_DOCUMENTS)
        if failed:
            return failed
        made = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    committed = {path.name: path.read_bytes() for path in DOCUMENTS.glob("*.json")}
    differing = sorted(name for name in made.keys() | committed.keys() if made.get(name) != committed.get(name))
    return f"Not up to date in docs/openapi: {', '.join(differing)}. Run: make format" if differing else ""


def write_openapi() -> str:
    """Write the OpenAPI documents anew."""
    DOCUMENTS.mkdir(exist_ok=True)
    return each_service(lambda service: manage(service, "openapi", str(DOCUMENTS)), WITH_DOCUMENTS)


def tool(name: str, *arguments: str) -> str:
    """A command that a package of the lock brings beside the interpreter."""
    return run(str(Path(PYTHON).with_name(name)), *arguments)


def host_files() -> str:
    """What a public host reads, against the host's own schemas; workflows for what would let a stranger in, too.

    actionlint, which knows more, fetches its program when it is installed: CI runs it, where there is a network.
    """
    schemas = {
        "workflows": "workflows/*.yml",
        "issue-forms": "ISSUE_TEMPLATE/[!c]*.yml",
        "issue-config": "ISSUE_TEMPLATE/config.yml",
    }
    found = [
        tool(
            "check-jsonschema", "--builtin-schema", f"vendor.github-{schema}", *map(str, (ROOT / ".github").glob(files))
        )
        for schema, files in schemas.items()
    ]
    found += [tool("zizmor", "--offline", "--quiet", ".github"), tool("pre-commit", "validate-config")]
    return "\n".join(filter(None, found))


def write_reference() -> str:
    """Write docs/cli.md; returns nothing, or what went wrong. A test of pong holds the page to the commands."""
    made = subprocess.run(
        [PYTHON, "-m", "pong_cli.reference"],
        cwd=ROOT, env=os.environ | {"LC_ALL": "C.UTF-8"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        return made.stderr
    (ROOT / "docs" / "cli.md").write_text(made.stdout)
    return ""


STEPS: dict[str, Callable[[], str]] = {
    "ruff check": lambda: run(PYTHON, "-m", "ruff", "check", "."),
    "ruff format": lambda: run(PYTHON, "-m", "ruff", "format", "--check", "."),
    "templates": lambda: tool("djangofmt", "--quiet", "--check", "."),
    "template rules": lambda: tool("djangofmt", "check", "--quiet", "."),
    "mypy --strict": lambda: run(PYTHON, "-m", "mypy", "."),
    "imports": lambda: tool("lint-imports"),
    "migrations": lambda: each_service(
        lambda service: manage(service, "makemigrations", "--check", "--dry-run"), fleet().databases
    ),
    "migrations only add": lambda: each_service(
        lambda service: run(PYTHON, "-m", "tests.migration_rules", service, service=service), fleet().databases
    ),
    "check --deploy": lambda: each_service(
        lambda service: manage(service, "check", "--deploy", "--fail-level", "WARNING")
    ),
    "OpenAPI drift": openapi_drift,
    "deploy/kong/kong.yaml": lambda: run(PYTHON, "-m", "deploy.kong", "--check"),
    "chart's README": lambda: run(PYTHON, "-m", "tests.chart.readme", "--check"),
    "pong.schema.json": lambda: run(PYTHON, "-m", "pong_cli.as_code.make_schema", "--check"),
    "docs/endpoints.md, docs/channels.md": lambda: run(PYTHON, "-m", "tests.contract_page", "--check"),
    "translations": lambda: run(PYTHON, "-m", "tests.messages"),
    "files of the host": host_files,
}
WRITING: dict[str, Callable[[], str]] = {
    "OpenAPI documents": write_openapi,
    "docs/api.md": lambda: run(PYTHON, "-m", "tests.api_page"),
    "deploy/kong/kong.yaml": lambda: run(PYTHON, "-m", "deploy.kong"),
    "chart's README": lambda: run(PYTHON, "-m", "tests.chart.readme"),
    "pong.schema.json": lambda: run(PYTHON, "-m", "pong_cli.as_code.make_schema"),
    "docs/endpoints.md, docs/channels.md": lambda: run(PYTHON, "-m", "tests.contract_page"),
    "docs/cli.md": write_reference,
    "translations": lambda: run(PYTHON, "-m", "tests.messages", "--write"),
}


def main() -> None:
    """Every step, even after one has failed; exit 1 where one has."""
    failed = 0
    for name, step in (WRITING if "--write" in sys.argv else STEPS).items():
        started = time.monotonic()
        found = step()
        print(f"{'FAILED' if found else 'ok':6} {name} ({time.monotonic() - started:.1f} s)", flush=True)
        if found:
            failed += 1
            print(found, flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
