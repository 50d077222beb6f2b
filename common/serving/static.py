"""Links to static files that work behind any prefix: relative to the page that holds them.

The gateway strips `/user-service` and adds `/api`, so an absolute link made by the service would miss. A page three
segments below the prefix links `../../static/...`, which is right at the gateway and at the service alike.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.contrib.staticfiles.storage import StaticFilesStorage

_root: ContextVar[str | None] = ContextVar("static_root", default=None)


@contextmanager
def static_root(root: str) -> Iterator[None]:
    """Within it, links to static files begin with `root`."""
    token = _root.set(root)
    try:
        yield
    finally:
        _root.reset(token)


class RelativeStaticStorage(StaticFilesStorage):
    """Django's storage with links relative to the page that is being rendered."""

    def url(self, name: str | None) -> str:
        """`../static/<name>`; the configured STATIC_URL outside of a request."""
        root = _root.get()
        return super().url(name) if root is None else f"{root}static/{name}"
