"""The repository's shape: every service folder has the same files, and nothing else of its own at the top."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from common.beat import queue_of, schedule
from common.fleet import fleet
from tests.environment import placeholder_environment

ROOT = Path(__file__).resolve().parents[1]
SERVICES = list(fleet().services)
REQUIRED = {"README.md", "__init__.py", "apps.py", "settings.py", "tests", "urls.py"}
KNOWN = REQUIRED | {
    "errors.py", "internal_views.py", "locale", "migrations", "models.py", "serializers.py", "services.py", "tasks.py",
    "views.py",
}  # fmt: skip
SETTINGS_LINES = 25
CODE_LINES = 300
TEMPLATE_COLUMNS = 160
TEMPLATE_COLUMNS_OF_MOST = 120


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_same_files_as_every_other(service: str) -> None:
    present = {path.name for path in (ROOT / service).iterdir() if path.name != "__pycache__"}
    assert present >= REQUIRED
    assert ("migrations" in present) == ("models.py" in present)
    assert ("tasks.py" in present) == bool(fleet().services[service].workers)


@pytest.mark.parametrize("service", SERVICES)
def test_no_file_of_a_service_is_empty(service: str) -> None:
    empty = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / service).rglob("*.py")
        if path.name != "__init__.py" and not path.read_text().strip()
    ]
    assert empty == []


@pytest.mark.parametrize("service", SERVICES)
def test_settings_say_only_what_differs(service: str) -> None:
    text = (ROOT / service / "settings.py").read_text()
    assert "from common.settings import *" in text
    assert len(text.splitlines()) <= SETTINGS_LINES


def test_no_file_of_code_is_longer_than_a_room() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for folder in ("common", "deploy", *SERVICES)
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > CODE_LINES
    }
    assert long == {}


def test_templates_have_an_element_a_line() -> None:
    """What the formatter cannot break, such as a long sentence or a crowded attribute, is a person's to break."""
    lines = [
        (len(line), f"{path.relative_to(ROOT).as_posix()}:{number}")
        for folder in ("common", *SERVICES)
        for path in (ROOT / folder).rglob("templates/**/*.html")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
    ]
    assert [place for columns, place in lines if columns > TEMPLATE_COLUMNS] == []
    assert sorted(lines)[len(lines) * 9 // 10][0] <= TEMPLATE_COLUMNS_OF_MOST


def test_every_schedule_entry_names_a_task_and_a_queue_that_a_worker_reads() -> None:
    read = {
        queue for service in fleet().services.values() for worker in service.workers for queue in worker.queues_in("r")
    }
    for entry in schedule("r").values():
        service, _, name = entry["task"].partition(".tasks.")
        assert f"def {name}(" in (ROOT / service / "tasks.py").read_text(), entry["task"]
        assert queue_of(entry["task"], "r") in read


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_http_process_starts(service: str) -> None:
    """In a process of its own: what is imported before the models are known fails nowhere else."""
    done = subprocess.run(
        [sys.executable, "-c", "import common.wsgi"],
        cwd=ROOT, env=placeholder_environment(service), check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_fleet_allows_a_connection_for_every_thread() -> None:
    assert fleet().max_connections >= sum(service.threads for service in fleet().services.values() if service.database)


def test_services_call_only_what_the_fleet_knows() -> None:
    for service in fleet().services.values():
        assert set(service.calls) <= {*fleet().services, "gateway"}


def test_the_lock_names_no_index() -> None:
    for file in ROOT.glob("requirements*.lock"):
        assert "://" not in "".join(line for line in file.read_text().splitlines() if not line.lstrip().startswith("#"))


def test_the_project_needs_nothing_for_the_terminal_client_but_its_own_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == []
    assert not any("django" in requirement for requirement in project["optional-dependencies"]["cli"])
