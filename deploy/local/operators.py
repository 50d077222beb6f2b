"""What an operator does beside the running fleet: accounts from the command line, and the administration in a browser.

The administration is a process of its own, on 127.0.0.1 and only for as long as its command runs; the gateway knows
nothing of it.
"""

import os
import subprocess
import sys
from typing import NoReturn

from common.fleet import fleet
from deploy.local import ports, supervisor
from deploy.local.data_dir import DataDir, Refused
from deploy.local.programs import CODE, fleet_ports, programs, service_environment

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
    _keep_checks_away(data, port)
    print(f"The operators' administration: http://127.0.0.1:{port}", flush=True)
    server = ["-m", "gunicorn", "--config", "python:common.gunicorn", "user_service.operators.wsgi:application"]
    _become([sys.executable, *server], environment)


def _keep_checks_away(data: DataDir, port: int) -> None:
    """Start what reaches out for users anew where it does not know yet that `port` is the fleet's own."""
    if port in fleet_ports(data):
        return
    data.save_settings(data.settings() | {"admin_port": port})
    print(f"Restarting what checks and sends, so that none of it reaches port {port}.", flush=True)
    names = {name for name, service in fleet().services.items() if service.egress}
    names |= {worker.name for service in fleet().services.values() for worker in service.workers if worker.egress}
    with supervisor.control(data) as control:
        for name, program in programs(data).items():
            if name in names:
                control.stopProcess(supervisor.full_name(program))
                control.startProcess(supervisor.full_name(program))


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
