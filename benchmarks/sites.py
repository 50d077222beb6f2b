"""The watched sites of the benchmarks: as cheap as Python allows, in a process whose CPU nobody counts."""

import array
import select
import socket
import subprocess
import sys
import time
from typing import Self

import requests

BODY = b"hello " * 102
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: site\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    % len(BODY)
    + BODY
)


def serve() -> None:
    """Print a port and answer there until killed: `/7` at once, `/hang/7` never, `/visits` who came and when."""
    server = socket.create_server(("127.0.0.1", 0), backlog=4096)
    server.setblocking(False)
    print(server.getsockname()[1], flush=True)
    poll, clients, visits = select.epoll(), dict[int, socket.socket](), array.array("d")
    poll.register(server, select.EPOLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == server.fileno():
                _accept(server, poll, clients)
                continue
            try:
                if _answer(clients[descriptor], visits):
                    continue
            except OSError:
                pass
            clients.pop(descriptor).close()


def _accept(server: socket.socket, poll: select.epoll, clients: dict[int, socket.socket]) -> None:
    try:
        while True:
            client, _ = server.accept()
            clients[client.fileno()] = client
            poll.register(client, select.EPOLLIN)
    except BlockingIOError:
        pass


def _answer(client: socket.socket, visits: "array.array[float]") -> bool:
    """Whether the client has to wait for ever."""
    request = client.recv(4096)
    if not request:
        return False
    path = request.partition(b" ")[2].partition(b" ")[0]
    if path == b"/visits":
        client.setblocking(True)
        content = visits.tobytes()
        client.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
        return False
    if path.startswith(b"/hang/"):
        return True
    visits.extend((float(path[1:] or -1), time.time()))
    client.send(_ANSWER)
    return False


class SiteProcess:
    """The `serve` of a module, in a process of its own, for the length of a `with` block: it prints its port."""

    module = ""
    url = ""

    def __enter__(self) -> Self:
        code = f"from {self.module} import serve; serve()"
        self._process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}/"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


class Site(SiteProcess):
    """Such a site."""

    module = "benchmarks.sites"

    def visits(self) -> list[tuple[int, float]]:
        """The number in the path and the time (s since 1970) of every request that was answered, in their order."""
        flat = array.array("d", requests.get(f"{self.url}visits", timeout=60).content)
        return [(int(number), moment) for number, moment in zip(flat[::2], flat[1::2], strict=True)]
