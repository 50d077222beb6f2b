"""What an operator does beside the running fleet: accounts from the command line, and the administration in a browser.

The administration is a process of its own, on 127.0.0.1 and only for as long as its command runs; the gateway knows
nothing of it.
"""

import os
import subprocess
import sys
from typing import NoReturn

from deploy.local import ports
from deploy.local.data_dir import DataDir, Refused
from deploy.local.programs import CODE, service_environment

PORT = 9100
SERVICE = "user_service"
SETTINGS = "user_service.operators.settings"


def user(data: DataDir, arguments: list[str]) -> NoReturn:
    """Become `manage.py user_service user ...`."""
    _become([sys.executable, str(CODE / "manage.py"), "user", *arguments], _environment(data))


def add(data: DataDir, name: str) -> NoReturn:
    """Ask for a password and make an operator; one from DJANGO_SUPERUSER_PASSWORD is taken without asking."""
    environment = _prepared(data)
    options = ["--no-input"] if "DJANGO_SUPERUSER_PASSWORD" in environment else []
    command = ["createsuperuser", "--username", name, "--email", "", *options]
    _become([sys.executable, str(CODE / "manage.py"), *command], environment)


def serve(data: DataDir, port: int) -> NoReturn:
    """Become the administration's server."""
    environment = _prepared(data) | {"BIND": f"127.0.0.1:{port}", "HTTP_THREADS": "2"}
    ports.require_free(port, "127.0.0.1", "--port")
    print(f"The operators' administration: http://127.0.0.1:{port}", flush=True)
    server = ["-m", "gunicorn", "--config", "python:common.gunicorn", "user_service.operators.wsgi:application"]
    _become([sys.executable, *server], environment)


def _environment(data: DataDir) -> dict[str, str]:
    if data.running_pid() is None:
        raise Refused(f"Nothing runs on {data.root}. Start it first: pongpong up")
    return os.environ | service_environment(data, SERVICE)


def _prepared(data: DataDir) -> dict[str, str]:
    """The administration's environment, with its tables made."""
    environment = _environment(data) | {"DJANGO_SETTINGS_MODULE": SETTINGS}
    migrate = [sys.executable, str(CODE / "manage.py"), "migrate", "--no-input", "--verbosity", "0"]
    if subprocess.run(migrate, check=False, cwd=CODE, env=environment).returncode != 0:
        raise Refused("The administration's tables could not be made; see the lines above.")
    return environment


def _become(argv: list[str], environment: dict[str, str]) -> NoReturn:
    os.chdir(CODE)
    os.execve(argv[0], argv, environment)  # noqa: S606  no shell is wanted
