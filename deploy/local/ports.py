"""Free ports of loopback for what only the fleet itself talks to."""

import random
import socket
from collections.abc import Iterable

from deploy.local.data_dir import Refused

FIRST, LAST = 20000, 29999
"""Below the range that systems take for outgoing connections, so that a restarting service finds its port free."""


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def pick(names: Iterable[str], known: dict[str, int]) -> dict[str, int]:
    """A free port for each name: the known one while it is free, else a random one."""
    picked: dict[str, int] = {}
    for name in names:
        port = known.get(name, 0)
        while not port or port in picked.values() or not is_free(port):
            port = random.randint(FIRST, LAST)
        picked[name] = port
    return picked


def require_free(port: int, host: str, option: str) -> None:
    """Raise `Refused` where somebody listens on a port that the user chose."""
    if not is_free(port, host):
        raise Refused(f"Port {port} is taken by another program. Stop it, or choose another port: {option} PORT.")
