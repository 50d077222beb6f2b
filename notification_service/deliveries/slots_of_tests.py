"""How many test messages one process sends at once: they hold threads that alerts come in by."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from notification_service.errors import TestsBusy

AT_ONCE = 2
"""Of the four threads of this service's HTTP process."""
_lock = threading.Lock()
_owners: set[int] = set()


@contextmanager
def tests_slot(user_id: int) -> Iterator[None]:
    """A place for one test of this owner; raises `TestsBusy` where theirs, or all, are taken."""
    with _lock:
        if user_id in _owners or len(_owners) >= AT_ONCE:
            raise TestsBusy(retry_after=10)
        _owners.add(user_id)
    try:
        yield
    finally:
        with _lock:
            _owners.discard(user_id)
