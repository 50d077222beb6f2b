"""pytest's side: picks the service under test, and gives it a real PostgreSQL and Valkey and a whole environment.

`pytest user_service` works by itself; `make test` starts the parts once for all services.
"""

import os
import sys
from pathlib import Path

from common.fleet import fleet, url_variable

ROOT = Path(__file__).resolve().parents[2]


def _service_under_test() -> str:
    """The service whose folder the command line names first; `tests` itself drives a running fleet.

    `common` is tested under the settings of a service that has everything: `user_service`.
    """
    for argument in sys.argv[1:]:
        parts = Path(argument.partition("::")[0]).parts
        for part in parts:
            if part in fleet().services:
                return part
            if part == "common":
                return "user_service"
    return ""


def _environment(service: str) -> dict[str, str]:
    from deploy.local.testing import start_parts  # noqa: PLC0415

    parts = start_parts()
    environment = {
        "DJANGO_SETTINGS_MODULE": f"{service}.settings",
        "SECRET_KEY": "test-secret-key-" + "k" * 40,
        "INTERNAL_TOKEN": "test-internal-token-" + "t" * 30,
        "ENCRYPTION_KEYS": "test-encryption-key-" + "e" * 30,
        "DATABASE_URL": f"{parts.database_server}/postgres",
        "BROKER_URL": parts.broker_url,
        "LOG_LEVEL": "WARNING",
    }
    # No test talks to a peer by accident: the discard port of loopback refuses at once.
    environment |= {url_variable(peer): "http://127.0.0.1:9" for peer in fleet().services}
    return environment


if service := _service_under_test():
    for name, value in _environment(service).items():
        os.environ.setdefault(name, value)
    # Celery's and Django's settings are read at import, so this has to stand before pytest-django looks.
    sys.path.insert(0, str(ROOT))
