"""`python -m tests.gateway_contract --gateway URL --admin URL`: the contract, asked of any gateway.

Without `--admin` (Kong's Admin API) what the services behind the gateway receive cannot be seen, and those tests are
skipped. The gateway has to reach this machine under `--echo-host`, and sign-up must not ask for a confirmation by mail.
"""

import argparse
import sys
from pathlib import Path

import pytest

from tests.gateway_contract.target import CHOSEN, Target

HERE = Path(__file__).resolve().parent


class _Chosen:
    """Tells the fixtures which gateway was asked for."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[CHOSEN] = self.target


def main() -> int:
    """pytest's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.gateway_contract", description=__doc__)
    parser.add_argument("--gateway", required=True, help="where clients call, such as http://127.0.0.1:8000")
    parser.add_argument("--admin", default="", help="Kong's Admin API, such as http://127.0.0.1:8001")
    parser.add_argument("--echo-host", default="", help="this machine's name or address as the gateway reaches it")
    parser.add_argument("--origin", default="https://pongpong.io", help="a web page that may call the API")
    arguments, rest = parser.parse_known_args()
    target = Target(
        arguments.gateway.rstrip("/"), arguments.origin, arguments.admin.rstrip("/"), echo_host=arguments.echo_host
    )
    own = ["--config-file", str(HERE / "pytest.ini"), "--rootdir", str(HERE), "--confcutdir", str(HERE)]
    return int(pytest.main([*own, str(HERE), "-rs", *rest], plugins=[_Chosen(target)]))


if __name__ == "__main__":
    sys.exit(main())
