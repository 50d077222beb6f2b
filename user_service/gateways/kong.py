"""Kong 3.9's Admin API: one consumer a user, whose username and custom_id are the user's id.

Every call is safe to repeat: Kong's PUT and DELETE are, and a new key carries an id of our own, so that of a repeated
POST the second is told 409, which means that it exists.
"""

import logging
import math
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Generic, TypeVar

import msgspec
import requests
from django.conf import settings
from django.utils import timezone
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from user_service.errors import GatewayUnavailable
from user_service.gateways.base import KEY_PREFIX, ConsumerMissing, IssuedKey, KeptKey, KeyPage, new_key

logger = logging.getLogger(__name__)
TIMEOUT = (2.0, 5.0)
"""Seconds to connect, and to wait for an answer."""
PAGE = 1000
"""Kong's largest page."""


T = TypeVar("T")


class _Consumer(msgspec.Struct):
    username: str | None = None
    custom_id: str | None = None


class _Key(msgspec.Struct):
    id: str
    key: str
    created_at: float
    """Seconds."""


class _Page(msgspec.Struct, Generic[T]):
    data: list[T]
    offset: str | None = None


class KongGateway:
    """See `Gateway`."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy and no netrc stand between us and the Admin API
        retry = Retry(
            total=1, backoff_factor=0.1, status_forcelist=(502, 503, 504), allowed_methods=None, raise_on_status=False
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def create_consumer(self, *, user_id: int) -> None:
        response = self._call("PUT", f"/consumers/{user_id}", {"custom_id": str(user_id)}, accepted={200, 409})
        if response.status_code == 200:
            return
        # Two at once, or a stranger with our custom_id: the second would never work and must not look like the first.
        consumer = _decoded(self._call("GET", f"/consumers/{user_id}", accepted={200, 404}), _Consumer)
        if consumer.custom_id != str(user_id):
            logger.error("Kong has a foreign consumer with the custom_id %s", user_id)
            raise GatewayUnavailable

    def issue_key(self, *, user_id: int, expires_at: datetime | None) -> IssuedKey:
        issued = IssuedKey(new_key(), uuid.uuid4())
        body: dict[str, str | int] = {"id": str(issued.credential), "key": issued.key}
        if expires_at is not None:
            body["ttl"] = max(1, math.ceil((expires_at - timezone.now()).total_seconds()))
        response = self._call("POST", f"/consumers/{user_id}/key-auth", body, accepted={201, 404, 409})
        if response.status_code == 404:
            raise ConsumerMissing
        return issued

    def list_keys(self, *, user_id: int) -> list[uuid.UUID]:
        return [uuid.UUID(key.id) for key in self._items(f"/consumers/{user_id}/key-auth", _Page[_Key])]

    def key_pages(self, *, start: str | None) -> Iterator[KeyPage]:
        """An operator's own keys look otherwise than ours and are left out."""
        for page in self._pages("/key-auths", _Page[_Key], start):
            ours = [key for key in page.data if key.key.startswith(KEY_PREFIX)]
            keys = [KeptKey(uuid.UUID(key.id), datetime.fromtimestamp(key.created_at, UTC)) for key in ours]
            yield KeyPage(keys, page.offset or None)

    def revoke_key(self, *, credential: uuid.UUID) -> None:
        self._call("DELETE", f"/key-auths/{credential}", accepted={204, 404})

    def delete_consumer(self, *, user_id: int) -> None:
        self._call("DELETE", f"/consumers/{user_id}", accepted={204, 404})

    def list_consumers(self) -> Iterator[int]:
        """Only ours: those whose username is their custom_id, so neither `anonymous` nor an operator's own."""
        for consumer in self._items("/consumers", _Page[_Consumer]):
            name = consumer.custom_id
            if name and name == consumer.username and name.isascii() and name.isdigit():
                yield int(name)

    def _items(self, path: str, kind: type[_Page[T]]) -> Iterator[T]:
        """Every item of a list."""
        for page in self._pages(path, kind):
            yield from page.data

    def _pages(self, path: str, kind: type[_Page[T]], offset: str | None = None) -> Iterator[_Page[T]]:
        """A list's pages from `offset` on; of a consumer that does not exist there are none.

        Kong drops `size` from the `next` of nested lists, so only its `offset` is taken.
        """
        while True:
            query: dict[str, str | int] = {"size": PAGE} if offset is None else {"size": PAGE, "offset": offset}
            response = self._call("GET", path, accepted={200, 404}, query=query)
            if response.status_code == 404:
                return
            page = _decoded(response, kind)
            yield page
            offset = page.offset
            if not offset:
                return

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, str | int] | None = None,
        *,
        accepted: set[int],
        query: Mapping[str, str | int] | None = None,
    ) -> requests.Response:
        """The answer where its status is accepted; anything else is logged, without keys, and `GatewayUnavailable`."""
        try:
            response = self._session.request(
                method,
                f"{settings.KONG_ADMIN_URL}{path}",
                params=query,
                json=body,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            logger.error("Kong's Admin API: %s %s: %s", method, path, type(error).__name__)  # noqa: TRY400
            raise GatewayUnavailable from error
        if response.status_code not in accepted:
            logger.error("Kong's Admin API: %s %s: %s", method, path, response.status_code)
            raise GatewayUnavailable
        return response


def _decoded(response: requests.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.MsgspecError as error:
        raise GatewayUnavailable from error
