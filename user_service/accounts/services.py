"""The rules of accounts: sign up, change, delete."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict, Unpack

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from common.api.errors import ApiError, NotLoggedIn
from common.between.feeds import tombstone
from user_service.accounts.audit_log import ACCOUNT_DELETED, event_record
from user_service.accounts.pending_sign_ups import (
    pending_sign_up_check,
    pending_sign_up_create,
    pending_sign_ups_delete,
)
from user_service.errors import EmailTaken, InvalidToken, SignUpClosed
from user_service.gateways.base import gateway
from user_service.keys.services import LOGIN_KEY_LIFE, key_row_create
from user_service.login import rate_limits
from user_service.login.known_networks import known_network_record, known_networks_delete
from user_service.login.passwords import password_confirm, password_hash, password_validate
from user_service.mails import link_tokens
from user_service.mails.link_tokens import SignUp
from user_service.mails.outbox import mail_queue
from user_service.mails.security_notices import event_record_and_mail, notice_queue
from user_service.models import Key, Mail, SecurityEvent, Totp, User, email_normalized

logger = logging.getLogger(__name__)


class Profile(TypedDict, total=False):
    """What an account says of its user; `time_zone` is a name of the IANA database."""

    name: str
    language: str
    time_zone: str


class Changes(Profile, total=False):
    """What a user may change."""

    email: str


def user_sign_up(*, email: str, password: str, address: str, **profile: Unpack[Profile]) -> tuple[User, str] | None:
    """A new account with its first key, or None where a mail has to be confirmed first (EMAIL_CONFIRMATION).

    `address` is the client's. With a confirmation nothing tells whether the
    account exists: the same is done and answered, and only the mail differs.
    Raises `SignUpClosed`, `TooManyRequests`, `ValidationFailed`, `EmailTaken`, `GatewayUnavailable`.
    """
    email = email_normalized(email)
    buckets = [rate_limits.sign_up_bucket(address)]
    if settings.EMAIL_CONFIRMATION:
        buckets.append(rate_limits.mail_bucket(Mail.Kind.SIGN_UP, email))
    rate_limits.take(*buckets)
    _require_sign_up_allowed()
    user = _user_prepare(email, password, profile)
    if settings.EMAIL_CONFIRMATION:
        waiting = pending_sign_up_create(email=email, address=address)
        content = SignUp(email, user.password, user.name, user.language, user.time_zone, waiting)
        mail_queue(kind=Mail.Kind.SIGN_UP, email=email, data=content)
        return None
    user.email_confirmed = False
    return user, _user_insert(user, address, signs_up=True)


def user_create(*, email: str, password: str, address: str = "", **profile: Unpack[Profile]) -> tuple[User, str]:
    """A new account and its first key, without any confirmation and whoever may sign up; raises as `user_sign_up`."""
    user = _user_prepare(email_normalized(email), password, profile)
    return user, _user_insert(user, address)


def user_confirm(*, token: str, address: str, password: str = "") -> tuple[User, str | None]:
    """Do what a mailed link confirms: make the account, with a key, or give an account its new email, without one.

    A new account gets `password`, whatever was given at its sign-up: who follows the link is known to own the address,
    and who signed up is not. Raises `InvalidToken`, `PasswordNeeded`, `ValidationFailed`, `SignUpClosed`,
    `EmailTaken`, `TooManyRequests`, `GatewayUnavailable`.
    """
    rate_limits.take(rate_limits.token_bucket(address))
    content = link_tokens.confirmation_content(token)
    if isinstance(content, SignUp):
        return _sign_up_confirm(content, password, address)
    with _email_unique(), transaction.atomic():
        user = link_tokens.email_change_owner(content)
        before = User.objects.living().filter(id=user.id, email_change=user.email_change) if user is not None else None
        changes = {"email": content.email, "email_change": "", "email_confirmed": True}
        if user is None or before is None or not before.update(**changes, updated_at=timezone.now()):
            raise InvalidToken
    event_record_and_mail(user=user, kind=SecurityEvent.Kind.EMAIL_CHANGED, address=address, detail=content.email)
    return User.objects.get(id=user.id), None


def _sign_up_confirm(content: SignUp, password: str, address: str) -> tuple[User, str]:
    _require_free(content.email)
    pending_sign_up_check(email=content.email, sign_up=content.sign_up, address=address, with_password=bool(password))
    profile = Profile(name=content.name, language=content.language, time_zone=content.time_zone)
    if password:
        user = _user_prepare(content.email, password, profile)
    else:
        user = User(email=content.email, password=content.password, **profile)
    return user, _user_insert(user, address, signs_up=True)


def _user_prepare(email: str, password: str, profile: Profile) -> User:
    user = User(email=email, **profile)
    password_validate(password=password, user=user)
    user.password = password_hash(password)
    return user


def _require_sign_up_allowed() -> None:
    """Raises `SignUpClosed` where SIGN_UP lets nobody, or nobody but the first, make an account."""
    if settings.SIGN_UP == "closed" or (settings.SIGN_UP == "first" and User.objects.filter(deleted_at=None).exists()):
        raise SignUpClosed


def _user_insert(user: User, address: str, *, signs_up: bool = False) -> str:
    """The account, its consumer and its first key, or none of them.

    The consumer is made before the row and outside of any transaction: a gateway that answers slowly must not hold
    back the feeds. What a crash leaves in between is a consumer that nobody has a key of; `gateway_reconcile` takes it.
    """
    if signs_up:
        _require_sign_up_allowed()
    _require_free(user.email)
    user.id = _next_id()
    try:
        with _email_unique():
            key = _consumer_and_row_create(user, signs_up=signs_up)
    except Exception:
        _consumer_remove(user.id)
        raise
    known_network_record(user=user, address=address)
    event_record(user_id=user.id, kind=SecurityEvent.Kind.SIGNED_UP, address=address)
    return key


def _require_free(email: str) -> None:
    if User.objects.filter(email=email, deleted_at=None).exists():
        raise _email_taken()


@contextmanager
def _email_unique() -> Iterator[None]:
    """The only constraint on users that a request can break."""
    try:
        yield
    except IntegrityError as error:
        raise _email_taken() from error


def _email_taken() -> EmailTaken:
    return EmailTaken(errors={"email": [EmailTaken.message]})


def _consumer_and_row_create(user: User, *, signs_up: bool) -> str:
    gateway().create_consumer(user_id=user.id)
    expires_at = timezone.now() + LOGIN_KEY_LIFE
    issued = gateway().issue_key(user_id=user.id, expires_at=expires_at)
    with transaction.atomic():
        if signs_up and settings.SIGN_UP == "first":
            _require_first_account()
        user.save(force_insert=True)
        key_row_create(user=user, kind=Key.Kind.LOGIN, name="", expires_at=expires_at, credential=issued.credential)
        pending_sign_ups_delete(email=user.email)
    return issued.key


def _require_first_account() -> None:
    """Of two first sign-ups at once the second waits here for the first one's end, and is refused."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('user_service.sign_up'))")
    _require_sign_up_allowed()


def _consumer_remove(user_id: int) -> None:
    try:
        gateway().delete_consumer(user_id=user_id)
    except ApiError:
        logger.warning("The consumer of a failed sign-up stays until the next reconciliation")


def _next_id() -> int:
    """The id that the row will have: the gateway is told of it first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [User._meta.db_table])
        return int(cursor.fetchone()[0])


def user_get(*, user_id: int) -> User:
    """The logged-in user; raises `NotLoggedIn` where the account is gone or disabled."""
    user = User.objects.living().filter(id=user_id).first()
    if user is None:
        raise NotLoggedIn
    return user


def user_update(*, user: User, address: str, password: str = "", **changes: Unpack[Changes]) -> User:
    """Change name, language, time_zone or email; another email needs the password, since it can reset it.

    With EMAIL_CONFIRMATION the email stays until its link is followed; naming the present one cancels that. The present
    address is told of either. Raises `ValidationFailed`, `EmailTaken`, `TooManyRequests`; `NotLoggedIn` where the
    account was deleted, or got another password, meanwhile.
    """
    email, change = email_normalized(changes.get("email", "")), secrets.token_hex(16)
    fields: dict[str, object] = {name: value for name, value in changes.items() if name != "email"}
    event, before = None, User.objects.living().filter(id=user.id)
    if email and email != user.email:
        password_confirm(user=user, password=password)
        before = before.filter(password=user.password)
        if settings.EMAIL_CONFIRMATION:
            rate_limits.take(rate_limits.mail_bucket(Mail.Kind.EMAIL_CHANGE, email))
            event, fields["email_change"] = SecurityEvent.Kind.EMAIL_CHANGE_ASKED, change
        else:
            event = SecurityEvent.Kind.EMAIL_CHANGED
            fields |= {"email": email, "email_change": "", "email_confirmed": False}
    elif email:
        fields["email_change"] = ""
    with _email_unique(), transaction.atomic():
        changed = before.update(**fields, updated_at=timezone.now())
    if not changed:
        raise NotLoggedIn
    if event == SecurityEvent.Kind.EMAIL_CHANGE_ASKED:
        content = link_tokens.email_change_content(user=user, email=email, change=change)
        mail_queue(kind=Mail.Kind.EMAIL_CHANGE, email=email, data=content)
    if event is not None:
        event_record_and_mail(user=user, kind=event, address=address, detail=email)
    user.refresh_from_db()
    return user


def user_delete_confirmed(*, user: User, password: str, address: str) -> None:
    """As `user_delete`, for who holds a key and also knows the password; raises `ValidationFailed`, `TooManyRequests`."""
    password_confirm(user=user, password=password)
    notice_queue(user=user, about=ACCOUNT_DELETED, address=address)  # first: what is interrupted goes on by itself
    user_delete(user=user)


def user_delete(*, user: User) -> None:
    """Revoke every key, then leave a tombstone without personal data; the other services follow by the feed.

    The wish is noted first: whatever fails (`GatewayUnavailable`) or is killed after that, `deletions_finish` or asking
    again goes on.
    """
    User.objects.filter(id=user.id, deletion_asked_at=None).update(deletion_asked_at=timezone.now())
    gateway().delete_consumer(user_id=user.id)
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user.id)
        user.keys.all().delete()
        user.events.all().delete()
        user.recovery_codes.all().delete()
        Totp.objects.filter(user=user).delete()
        known_networks_delete(user=user)
        pending_sign_ups_delete(email=user.email)
        user.email = user.name = user.password = user.email_change = ""
        user.quotas = {}
        user.language, user.time_zone = User().language, User().time_zone
        user.save()
        tombstone(user)


def deletions_finish() -> int:
    """Go on with deletions that something interrupted; returns how many accounts are gone now."""
    count = 0
    for user in User.objects.filter(deletion_asked_at__isnull=False, deleted_at=None):
        try:
            user_delete(user=user)
        except ApiError:
            logger.warning("The deletion of account %s waits: the gateway does not answer", user.id)
        else:
            count += 1
    return count
