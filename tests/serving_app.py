"""A WSGI application for `test_serving`: it shows what it was given, and answers with as much as it is asked for."""

import time
from collections.abc import Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """`/size/N` answers N bytes, `/stream/N` N blocks of 64 KiB, `/sleep/S` after S seconds, all else what it read."""
    _, kind, *rest = environ["PATH_INFO"].split("/")
    number = float(rest[0]) if rest and rest[0].replace(".", "").isdigit() else 0
    body = environ["wsgi.input"].read()
    headers = [("Content-Type", "text/plain"), ("X-Started", str(time.monotonic()))]
    if kind == "stream":
        start_response("200 OK", headers)
        return (b"s" * 65536 for _ in range(int(number)))
    if kind == "sleep":
        time.sleep(number)
    answer = b"a" * int(number) if kind == "size" else f"{environ['REQUEST_METHOD']} {len(body)}".encode()
    start_response("200 OK", [*headers, ("Content-Length", str(len(answer)))])
    return [answer]
