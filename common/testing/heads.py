"""Heads of requests as `common.serving` shows them to who decides by them alone."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from common.limits.early_refusals import head_wait
from common.serving.arriving import Head

METHODS = ("get", "post", "put", "patch", "delete")


def head_wait_of(method: str, path: str, *, user_id: int | None = None, address: str = "127.0.0.1") -> float:
    """Seconds that a request without its body would be told to wait; 0 where it would be read."""
    lines = [f"{method} /api{path} HTTP/1.1", "Host: testserver", "Content-Length: 100", f"X-Forwarded-For: {address}"]
    if user_id is not None:
        lines += [f"X-Consumer-Custom-ID: {user_id}", f"X-Gateway-Token: {settings.GATEWAY_TOKEN}"]
    return head_wait(Head("\r\n".join([*lines, "", ""]).encode()), "192.0.2.200")


def marked() -> set[tuple[str, str]]:
    """Method and route of all that say which bucket they take from."""
    return {
        (method.upper(), route.removeprefix("api"))
        for route, pattern in _patterns(get_resolver(), "")
        for method in METHODS
        if hasattr(getattr(getattr(pattern.callback, "cls", None), method, None), "takes_from")
    }


def _patterns(resolver: URLResolver, before: str) -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _patterns(one, route)
        else:
            yield route, one
