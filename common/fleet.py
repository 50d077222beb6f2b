"""The fleet as data: reads `fleet.toml`, the one place that names every service, its port, database and queues."""

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

FLEET_FILE = Path(__file__).with_name("fleet.toml")


class Worker(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One Celery worker process of a service."""

    name: str
    queues: list[str]
    concurrency: int = 1
    egress: bool = False

    def queues_in(self, region: str) -> list[str]:
        """The queue names that this worker reads in `region`."""
        return [queue.format(region=region) for queue in self.queues]


class Beat(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """When beat sends a task: every `every` seconds; a message unread for `expires` seconds is dropped."""

    every: float
    expires: float
    queue: str = "default"


class Service(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One Django service, as `fleet.toml` describes it."""

    port: int
    threads: int
    public: bool
    database: bool
    calls: list[str] = []
    limits: dict[str, int] = {}
    bodies: dict[str, int] = {}
    egress: bool = False
    waits_for: list[Literal["postgres", "valkey"]] = []
    workers: list[Worker] = []
    schedule: dict[str, Beat] = {}

    @property
    def connections(self) -> int:
        """Database connections at most: one a thread, for HTTP and for each worker."""
        return (self.threads + sum(worker.concurrency + 1 for worker in self.workers)) if self.database else 0


class Part(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A part that is not ours: the database, the broker, the gateway, beat."""

    port: int = 0
    spare_connections: int = 0


class Fleet(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Everything that runs."""

    services: dict[str, Service]
    parts: dict[str, Part]
    body: int
    inside: int

    @property
    def largest_body(self) -> int:
        """Bytes that any request of a client may have."""
        return max([self.body, *(size for service in self.services.values() for size in service.bodies.values())])

    @property
    def public(self) -> dict[str, Service]:
        """The services that the gateway leads to."""
        return {name: service for name, service in self.services.items() if service.public}

    @property
    def databases(self) -> list[str]:
        """The services that own a database of their name."""
        return [name for name, service in self.services.items() if service.database]

    @property
    def max_connections(self) -> int:
        """What PostgreSQL must allow: every thread's connection, and some to spare for migrations and operators."""
        return sum(service.connections for service in self.services.values()) + self.parts["postgres"].spare_connections


@cache
def fleet() -> Fleet:
    """The fleet of `fleet.toml`; raises `msgspec.ValidationError` where the file names something unknown."""
    return msgspec.toml.decode(FLEET_FILE.read_bytes(), type=Fleet)


def host_name(service: str) -> str:
    """The service's name in addresses: `user_service` is `user-service` in DNS and in the gateway's paths."""
    return service.replace("_", "-")


def url_variable(service: str) -> str:
    """The environment variable that holds the service's address: `USER_SERVICE_URL`."""
    return f"{service.upper()}_URL"
