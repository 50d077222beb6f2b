"""A WSGI application for `test_serving`: it shows what it was given, and answers with as much as it is asked for."""

import time
from collections.abc import Iterable
from typing import Any

import django
from django.urls import get_resolver

from common.api.errors import TooManyRequests
from common.limits.token_buckets import Bucket, take

django.setup()
get_resolver().url_patterns  # noqa: B018  the views say which buckets they take from
TOKENS = 2
taken: list[str] = []


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """`/size/N` answers N bytes, `/stream/N` N blocks of 64 KiB, `/sleep/S` after S seconds, all else what it read.

    `/api/checks` takes a token of the caller's first, as the view there does.
    """
    _, kind, *rest = environ["PATH_INFO"].split("/")
    number = float(rest[0]) if rest and rest[0].replace(".", "").isdigit() else 0
    body = environ["wsgi.input"].read()
    headers = [("Content-Type", "text/plain"), ("X-Started", str(time.monotonic()))]
    if environ["PATH_INFO"] == "/api/checks":
        taken.append(environ["HTTP_X_CONSUMER_CUSTOM_ID"])
        try:
            take(Bucket("check_user", environ["HTTP_X_CONSUMER_CUSTOM_ID"], TOKENS, 600))
        except TooManyRequests:
            start_response("429 Too Many Requests", [("X-By", "view"), ("Content-Length", "0")])
            return [b""]
    if kind == "taken":
        body = b"x" * taken.count(rest[0])
    if kind == "stream":
        start_response("200 OK", headers)
        return (b"s" * 65536 for _ in range(int(number)))
    if kind == "sleep":
        time.sleep(number)
    answer = b"a" * int(number) if kind == "size" else f"{environ['REQUEST_METHOD']} {len(body)}".encode()
    start_response("200 OK", [*headers, ("Content-Length", str(len(answer)))])
    return [answer]
