"""The gateway of one machine: keys in our own database, asked for by Caddy's `forward_auth` (see `keys.key_check`)."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from user_service.gateways.base import ConsumerMissing, IssuedKey, KeptKey, KeyPage, new_key
from user_service.keys.key_cache import key_cache
from user_service.models import LocalConsumer, LocalKey

PAGE = 1000


def digest(key: str) -> bytes:
    """What is stored in place of the key."""
    return hashlib.sha256(key.encode()).digest()


class LocalGateway:
    """See `Gateway`."""

    def create_consumer(self, *, user_id: int) -> None:
        LocalConsumer.objects.get_or_create(id=user_id)

    def issue_key(self, *, user_id: int, expires_at: datetime | None) -> IssuedKey:
        issued = IssuedKey(new_key(), uuid.uuid4())
        with transaction.atomic():
            consumer = LocalConsumer.objects.select_for_update(no_key=True).filter(id=user_id).first()
            if consumer is None:
                raise ConsumerMissing
            LocalKey.objects.create(
                credential=issued.credential, consumer=consumer, digest=digest(issued.key), expires_at=expires_at
            )
        return issued

    def list_keys(self, *, user_id: int) -> list[uuid.UUID]:
        return list(LocalKey.objects.filter(consumer=user_id).values_list("credential", flat=True))

    def key_pages(self, *, start: str | None) -> Iterator[KeyPage]:
        following = start
        while True:
            later = LocalKey.objects.all() if following is None else LocalKey.objects.filter(credential__gt=following)
            page = list(later.order_by("credential").values_list("credential", flat=True)[:PAGE])
            following = str(page[-1]) if len(page) == PAGE else None
            yield KeyPage([KeptKey(credential, None) for credential in page], following)
            if following is None:
                return

    def revoke_key(self, *, credential: uuid.UUID) -> None:
        LocalKey.objects.filter(credential=credential).delete()
        transaction.on_commit(key_cache.clear)

    def delete_consumer(self, *, user_id: int) -> None:
        LocalConsumer.objects.filter(id=user_id).delete()
        transaction.on_commit(key_cache.clear)

    def list_consumers(self) -> Iterator[int]:
        return LocalConsumer.objects.values_list("id", flat=True).iterator()
