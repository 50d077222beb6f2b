"""The rules of keys: one for each login, and named ones that their user makes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from common.api.errors import ApiError, NotLoggedIn
from user_service.accounts.audit_log import event_record
from user_service.errors import TooManyKeys
from user_service.gateways.base import ConsumerMissing, IssuedKey, gateway
from user_service.mails.security_notices import event_record_and_mail
from user_service.models import Key, RevokedKey, SecurityEvent, User

LOGIN_KEY_LIFE = timedelta(days=30)
MOST_LOGIN_KEYS = 100
"""Keys of logins that an account has at once; the oldest goes when one more is made."""
MOST_NAMED_KEYS = 50
REVOCATIONS_KEPT = timedelta(days=365)
"""No gateway is restored from a backup that is older."""


def login_key_create(*, user: User) -> str:
    """A new key of 30 days for somebody who has just proved who they are; returns its text."""
    _, text = _key_create(user, Key.Kind.LOGIN, "", timezone.now() + LOGIN_KEY_LIFE)
    for key in user.keys.filter(kind=Key.Kind.LOGIN).order_by("-id")[MOST_LOGIN_KEYS:]:
        key_revoke(key=key)
    return text


def named_key_create(*, user: User, name: str, expires_at: datetime | None, address: str) -> tuple[Key, str]:
    """A new named key and its text, which can never be read again; raises `TooManyKeys`."""
    _require_free_place(user)
    key, text = _key_create(user, Key.Kind.NAMED, name, expires_at)
    event_record_and_mail(user=user, kind=SecurityEvent.Kind.KEY_CREATED, address=address, detail=name)
    return key, text


def _require_free_place(user: User) -> None:
    if user.keys.filter(kind=Key.Kind.NAMED).count() >= MOST_NAMED_KEYS:
        raise TooManyKeys


def _key_create(user: User, kind: Key.Kind, name: str, expires_at: datetime | None) -> tuple[Key, str]:
    """The gateway first: a key without its row opens nothing that its user does not know of.

    Under the account's lock, what was looked at before still holds: there is a place for one key more, and the password
    is the one that opened the door. Else the key is taken back.
    """
    issued = _issue(user.id, expires_at)
    try:
        with transaction.atomic():
            locked = User.objects.living().select_for_update(no_key=True).filter(id=user.id).first()
            if locked is None or locked.password != user.password:
                raise NotLoggedIn
            if kind == Key.Kind.NAMED:
                _require_free_place(user)
            key = key_row_create(user=user, kind=kind, name=name, expires_at=expires_at, credential=issued.credential)
    except ApiError:
        _key_withdraw(user, issued)
        raise
    return key, issued.key


def _key_withdraw(user: User, issued: IssuedKey) -> None:
    """Of an account that was deleted meanwhile not even the consumer stays."""
    if User.objects.living().filter(id=user.id).exists():
        gateway().revoke_key(credential=issued.credential)
    else:
        gateway().delete_consumer(user_id=user.id)


def _issue(user_id: int, expires_at: datetime | None) -> IssuedKey:
    """Repairs a consumer that got lost."""
    try:
        return gateway().issue_key(user_id=user_id, expires_at=expires_at)
    except ConsumerMissing:
        gateway().create_consumer(user_id=user_id)
        return gateway().issue_key(user_id=user_id, expires_at=expires_at)


def key_row_create(*, user: User, kind: Key.Kind, name: str, expires_at: datetime | None, credential: UUID) -> Key:
    """Note a key that the gateway has issued."""
    return Key.objects.create(user=user, kind=kind, name=name, expires_at=expires_at, credential=credential)


def key_revoke(*, key: Key) -> None:
    """The key opens nothing from now on; raises `GatewayUnavailable` and leaves it as it was."""
    gateway().revoke_key(credential=key.credential)
    _rows_revoke(key.user, [key])


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


def keys_revoke(*, user: User, kinds: Sequence[Key.Kind], except_credential: str | None) -> None:
    """Log out everywhere else, and end the named keys where `kinds` has them, as after a change of the password."""
    for key in user.keys.filter(kind__in=kinds):
        if str(key.credential) != except_credential:
            key_revoke(key=key)


def all_keys_revoke(*, user: User) -> None:
    """Log out everywhere and take back every named key, also one at the gateway that we have no row of."""
    gateway().delete_consumer(user_id=user.id)
    gateway().create_consumer(user_id=user.id)
    _rows_revoke(user, list(user.keys.all()))


def _rows_revoke(user: User, keys: Sequence[Key]) -> None:
    """The rows go, and their revocation is remembered."""
    with transaction.atomic():
        revoked = [RevokedKey(credential=key.credential) for key in keys]
        RevokedKey.objects.bulk_create(revoked, ignore_conflicts=True, batch_size=1000)
        user.keys.filter(id__in=[key.id for key in keys]).delete()


def keys_record_use(*, used: Mapping[UUID, datetime]) -> None:
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
        gateway().revoke_key(credential=key.credential)
        key.delete()
        count += 1
    return count


def revoked_keys_purge() -> int:
    """Forget what was revoked more than a year ago; returns how many keys went."""
    return RevokedKey.objects.filter(revoked_at__lt=timezone.now() - REVOCATIONS_KEPT).delete()[0]
