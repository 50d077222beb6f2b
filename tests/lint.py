"""`make lint`: everything that can be said of the code without running the fleet. `--write` brings made files up to date.

Each step prints its name and how long it took; what it found only where it failed.
"""

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


STEPS: dict[str, Callable[[], str]] = {
    "ruff check": lambda: run(PYTHON, "-m", "ruff", "check", "."),
    "ruff format": lambda: run(PYTHON, "-m", "ruff", "format", "--check", "."),
    "templates": lambda: run(str(Path(PYTHON).with_name("djangofmt")), "--quiet", "--check", "."),
    "template rules": lambda: run(str(Path(PYTHON).with_name("djangofmt")), "check", "--quiet", "."),
    "mypy --strict": lambda: run(PYTHON, "-m", "mypy", "."),
    "imports": lambda: run(str(Path(PYTHON).with_name("lint-imports"))),
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
    "translations": lambda: run(PYTHON, "-m", "tests.messages"),
}
WRITING: dict[str, Callable[[], str]] = {
    "OpenAPI documents": write_openapi,
    "docs/api.md": lambda: run(PYTHON, "-m", "tests.api_page"),
    "deploy/kong/kong.yaml": lambda: run(PYTHON, "-m", "deploy.kong"),
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
