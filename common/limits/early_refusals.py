"""Refusing a request by its head alone, where the bucket that it would take from is known to be empty.

A view says which bucket each of its requests takes one token from, whatever the body holds; `common.serving` asks here
before it reads a body. No token is taken here: that is the view's, once, of requests that get so far.
"""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils import translation

from common.api.errors import TooManyRequests
from common.limits.empty_buckets import empty_buckets
from common.limits.token_buckets import Bucket
from common.security.auth import consumer_of
from common.security.client_address import client_address, network_of
from common.serving.arriving import Head

F = TypeVar("F", bound=Callable[..., object])
_ATTRIBUTE = "takes_from"


def takes_from(*, user: str = "", network: str = "") -> Callable[[F], F]:
    """Marks a view's method: each request takes one token of the bucket of this purpose that is the caller's own.

    `user` is asked of who is logged in, `network` of everybody else, and of everybody where there is no `user`.
    """
    for purpose in filter(None, (user, network)):
        empty_buckets.watch(purpose)

    def mark(method: F) -> F:
        setattr(method, _ATTRIBUTE, (user, network))
        return method

    return mark


def head_wait(head: Head, peer: str) -> float:
    """Seconds until a token is there for this request, 0 where nothing says that there is none; `peer` is whose connection
    it is.
    """
    purposes = _purposes(head)
    if purposes is None:
        return 0.0
    user, network = purposes
    request = _request(head, peer)
    consumer = consumer_of(request) if user else None
    if consumer is not None:
        bucket = Bucket(user, str(consumer.id), 1)
    elif network:
        bucket = Bucket(network, network_of(client_address(request)), 1)
    else:
        return 0.0
    return empty_buckets.wait(bucket.key)


def head_refusal(head: Head) -> tuple[str, str]:
    """Code and message for it, in the client's language."""
    with translation.override(translation.get_language_from_request(_request(head, ""))):
        return TooManyRequests.code, str(TooManyRequests.message)


def _purposes(head: Head) -> tuple[str, str] | None:
    path, method = head.path, head.method.lower()
    if not path.startswith(f"{settings.PUBLIC_PREFIX}/"):
        return None
    try:
        view = getattr(resolve(path).func, "cls", None)
    except Resolver404:
        return None
    found: tuple[str, str] | None = getattr(getattr(view, method, None), _ATTRIBUTE, None)
    return found


def _request(head: Head, peer: str) -> HttpRequest:
    """As far as it says who asks; a header that came more than once is joined as WSGI has it."""
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": peer}
    for name, value in head.headers():
        key = f"HTTP_{name.upper().replace('-', '_')}"
        request.META[key] = f"{request.META[key]},{value}" if key in request.META else value
    return request
