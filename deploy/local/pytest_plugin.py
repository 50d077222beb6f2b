"""pytest's side: picks the service under test, and gives it a real PostgreSQL and Valkey and a whole environment.

`pytest user_service` works by itself; `make test` starts the parts once for all services.
"""

import os
import sys
from pathlib import Path

from common.fleet import fleet

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


if service := _service_under_test():
    from deploy.local.testing import stand_in_environment, start_parts

    for name, value in stand_in_environment(service, start_parts()).items():
        os.environ.setdefault(name, value)
    # Celery's and Django's settings are read at import, so this has to stand before pytest-django looks.
    sys.path.insert(0, str(ROOT))
