"""The rules of keys: one for each login, and named ones that their user makes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from common.errors import NotLoggedIn
from user_service.errors import TooManyKeys
from user_service.events import event_record
from user_service.gateways.base import ConsumerMissing, IssuedKey, gateway
from user_service.models import Key, SecurityEvent, User

LOGIN_KEY_LIFE = timedelta(days=30)
MOST_LOGIN_KEYS = 100
"""Keys of logins that an account has at once; the oldest goes when one more is made."""
MOST_NAMED_KEYS = 50


def login_key_create(*, user: User) -> str:
    """A new key of 30 days for somebody who has just proved who they are; returns its text."""
    _, text = _key_add(user, Key.Kind.LOGIN, "", timezone.now() + LOGIN_KEY_LIFE)
    for key in user.keys.filter(kind=Key.Kind.LOGIN).order_by("-id")[MOST_LOGIN_KEYS:]:
        key_revoke(key=key)
    return text


def named_key_create(*, user: User, name: str, expires_at: datetime | None, address: str) -> tuple[Key, str]:
    """A new named key and its text, which can never be read again; raises `TooManyKeys`."""
    if user.keys.filter(kind=Key.Kind.NAMED).count() >= MOST_NAMED_KEYS:
        raise TooManyKeys
    key, text = _key_add(user, Key.Kind.NAMED, name, expires_at)
    event_record(user_id=user.id, kind=SecurityEvent.Kind.KEY_CREATED, address=address, detail=name)
    return key, text


def _key_add(user: User, kind: Key.Kind, name: str, expires_at: datetime | None) -> tuple[Key, str]:
    """The gateway first: a key without its row opens nothing that its user does not know of."""
    issued = _issue(user.id, expires_at)
    with transaction.atomic():
        if User.objects.living().select_for_update(no_key=True).filter(id=user.id).exists():
            key = key_record(user=user, kind=kind, name=name, expires_at=expires_at, credential=issued.credential)
            return key, issued.key
    gateway().delete_consumer(user_id=user.id)  # the account was deleted meanwhile
    raise NotLoggedIn


def _issue(user_id: int, expires_at: datetime | None) -> IssuedKey:
    """Repairs a consumer that got lost."""
    try:
        return gateway().issue_key(user_id=user_id, expires_at=expires_at)
    except ConsumerMissing:
        gateway().create_consumer(user_id=user_id)
        return gateway().issue_key(user_id=user_id, expires_at=expires_at)


def key_record(*, user: User, kind: Key.Kind, name: str, expires_at: datetime | None, credential: UUID) -> Key:
    """Note a key that the gateway has issued."""
    return Key.objects.create(user=user, kind=kind, name=name, expires_at=expires_at, credential=credential)


def key_revoke(*, key: Key) -> None:
    """The key opens nothing from now on; raises `GatewayUnavailable` and leaves it as it was."""
    gateway().revoke_key(credential=key.credential)
    key.delete()


def named_key_revoke(*, key: Key, address: str) -> None:
    """The user's own wish; raises `GatewayUnavailable`."""
    key_revoke(key=key)
    event_record(user_id=key.user_id, kind=SecurityEvent.Kind.KEY_REVOKED, address=address, detail=key.name)


def key_in_use_revoke(*, user_id: int, credential: str | None, address: str) -> None:
    """Log out: revoke the key that the request came with, where it is this user's."""
    try:
        uuid = UUID(credential or "")
    except ValueError:
        return
    key = Key.objects.filter(credential=uuid, user=user_id).first()
    if key is not None:
        key_revoke(key=key)
        event_record(user_id=user_id, kind=SecurityEvent.Kind.LOGGED_OUT, address=address, detail=key.name)


def login_keys_revoke(*, user: User, except_credential: str | None) -> None:
    """Log out everywhere else, as after a change of the password; named keys stay."""
    for key in user.keys.filter(kind=Key.Kind.LOGIN):
        if str(key.credential) != except_credential:
            key_revoke(key=key)


def all_keys_revoke(*, user: User) -> None:
    """Log out everywhere and take back every named key, also one at the gateway that we have no row of."""
    gateway().delete_consumer(user_id=user.id)
    gateway().create_consumer(user_id=user.id)
    user.keys.all().delete()


def keys_note_use(*, used: Mapping[UUID, datetime]) -> None:
    """When keys were last used, as the services behind the gateway saw it; unknown ones and older times change nothing.

    A time ahead of our clock counts as now.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE user_service_key SET last_used_at = LEAST(seen.used_at, clock_timestamp())
            FROM unnest(%s::uuid[], %s::timestamptz[]) AS seen (credential, used_at)
            WHERE user_service_key.credential = seen.credential
            AND (last_used_at IS NULL OR last_used_at < LEAST(seen.used_at, clock_timestamp()))
            """,
            [list(used), list(used.values())],
        )


def expired_keys_purge() -> int:
    """Remove what has expired, here and at the gateway; returns how many keys went."""
    expired = Key.objects.filter(expires_at__lt=timezone.now())
    count = 0
    for key in expired.iterator(chunk_size=1000):
        key_revoke(key=key)
        count += 1
    return count
