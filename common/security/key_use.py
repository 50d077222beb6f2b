"""When keys were last used, told to user_service in batches: where Kong checks the keys, only services see their use.

Best effort: what is not delivered is forgotten, since the next use tells it again.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.utils import timezone

from common.api.errors import PeerError
from common.between.http import Peer

logger = logging.getLogger(__name__)
MOST = 5000
"""Keys in one call, as user_service takes them."""
Uses = Mapping[UUID, datetime]


def post(used: Uses) -> None:
    """Tell user_service."""
    entries = [{"credential": str(credential), "used_at": at.isoformat()} for credential, at in used.items()]
    for start in range(0, len(entries), MOST):
        Peer("user_service").post("/keys/used", json={"keys": entries[start : start + MOST]}, idempotent=True)


class KeyUse:
    """Collects uses; the first one starts a timer, which delivers all after KEY_USE_EVERY seconds (0 is never)."""

    def __init__(self) -> None:
        self.deliver: Callable[[Uses], None] = post
        self._used: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def note(self, credential: str) -> None:
        """The key was used now; costs next to nothing."""
        if not settings.KEY_USE_EVERY:
            return
        with self._lock:
            self._used[credential] = timezone.now()
            if self._timer is None:
                self._timer = threading.Timer(settings.KEY_USE_EVERY, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Deliver what was collected."""
        with self._lock:
            used, self._used, self._timer = self._used, {}, None
        try:
            self.deliver({UUID(credential): at for credential, at in used.items() if _is_uuid(credential)})
        except PeerError as error:
            logger.warning("user_service was not told of %d keys' use: %s", len(used), error)
        except Exception:  # the timer's thread is nobody's to catch
            logger.exception("The use of %d keys could not be noted", len(used))
        finally:
            connections.close_all()  # this thread ends here


def _is_uuid(credential: str) -> bool:
    try:
        UUID(credential)
    except ValueError:
        return False
    return True


key_use = KeyUse()
