"""The demo's sites, alive on loopback: each path answers as its character does."""

import math
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from deploy.local.demo.sites import SITES, Site

BODY = b'{"status": "ok"}\n'
SLOW = 2.2
"""How much longer a slow site takes; enough for its threshold."""
_by_path = {f"/{site.path}": site for site in SITES}


def took_ms(site: Site, chance: random.Random, *, day_share: float, factor: float = 1) -> float:
    """A believable response time: the afternoon is busy, and now and then one is far off."""
    busy = 1 + site.swing * max(0.0, math.sin((day_share - 0.25) * 2 * math.pi))
    far_off = chance.uniform(2, 4) if chance.random() < 0.004 else 1
    return site.typical * factor * busy * far_off * chance.lognormvariate(0, site.spread)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        site = _by_path.get(self.path)
        if site:
            factor = SLOW if site.now == "slow" else 1
            time.sleep(took_ms(site, random.Random(), day_share=time.time() % 86400 / 86400, factor=factor) / 1000)
        self.send_response(404 if site is None else 503 if site.now == "down" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[int]:
    """Serve on a free port of loopback; yields the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
