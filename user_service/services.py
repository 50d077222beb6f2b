"""The rules of accounts: sign up, log in, change, delete."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from common.errors import ApiError, NotLoggedIn
from common.feeds import tombstone
from user_service import throttle, tokens
from user_service.errors import EmailTaken, InvalidLogin, InvalidToken, SignUpClosed
from user_service.events import event_record
from user_service.gateways.base import gateway
from user_service.hashers import expected
from user_service.key_services import LOGIN_KEY_LIFE, key_record, login_key_create
from user_service.mails import mail_queue
from user_service.models import Key, Mail, SecurityEvent, Totp, User, email_normalized
from user_service.passwords import password_check, password_confirm, password_store
from user_service.totp import totp_check

logger = logging.getLogger(__name__)


def user_sign_up(*, email: str, password: str, address: str, **profile: Any) -> tuple[User, str] | None:
    """A new account with its first key, or None where a mail has to be confirmed first (EMAIL_CONFIRMATION).

    `profile` is name, language, time_zone; `address` the client's. With a confirmation nothing tells whether the
    account exists: the same is done and answered, and only the mail differs.
    Raises `SignUpClosed`, `TooManyRequests`, `ValidationFailed`, `EmailTaken`, `GatewayUnavailable`.
    """
    throttle.take(throttle.sign_up_bucket(address))
    _sign_up_check()
    user = _user_draft(email, password, profile)
    if settings.EMAIL_CONFIRMATION:
        fields = ("email", "password", "name", "language", "time_zone")
        mail_queue(kind=Mail.Kind.SIGN_UP, email=user.email, data={name: getattr(user, name) for name in fields})
        return None
    return user, _user_make(user, address, signs_up=True)


def user_create(*, email: str, password: str, address: str = "", **profile: Any) -> tuple[User, str]:
    """A new account and its first key, without any confirmation and whoever may sign up; raises as `user_sign_up`."""
    user = _user_draft(email, password, profile)
    return user, _user_make(user, address)


def user_confirm(*, token: str, address: str) -> tuple[User, str | None]:
    """Do what a mailed link confirms: make the account, with a key, or give an account its new email, without one.

    Raises `InvalidToken`, `SignUpClosed`, `EmailTaken`, `TooManyRequests`, `GatewayUnavailable`.
    """
    throttle.take(throttle.token_bucket(address))
    purpose, content = tokens.confirmation_content(token)
    if purpose == "sign_up":
        user = User(**content)
        return user, _user_make(user, address, signs_up=True)
    with _email_unique(), transaction.atomic():
        owner = User.objects.living().filter(id=content["user_id"], email=content["old_email"])
        if not owner.update(email=content["email"], updated_at=timezone.now()):
            raise InvalidToken
    event_record(user_id=content["user_id"], kind=SecurityEvent.Kind.EMAIL_CHANGED, address=address)
    return User.objects.get(id=content["user_id"]), None


def _user_draft(email: str, password: str, profile: Mapping[str, Any]) -> User:
    user = User(email=email_normalized(email), **profile)
    password_check(password=password, user=user)
    user.password = make_password(password)
    return user


def _sign_up_check() -> None:
    """Raises `SignUpClosed` where SIGN_UP lets nobody, or nobody but the first, make an account."""
    if settings.SIGN_UP == "closed" or (settings.SIGN_UP == "first" and User.objects.filter(deleted_at=None).exists()):
        raise SignUpClosed


def _user_make(user: User, address: str, *, signs_up: bool = False) -> str:
    """The account, its consumer and its first key, or none of them.

    The consumer is made before the row and outside of any transaction: a gateway that answers slowly must not hold
    back the feeds. What a crash leaves in between is a consumer that nobody has a key of; `gateway_reconcile` takes it.
    """
    if signs_up:
        _sign_up_check()
    if User.objects.filter(email=user.email, deleted_at=None).exists():
        raise _email_taken()
    user.id = _next_id()
    try:
        with _email_unique():
            key = _consumer_and_row(user, signs_up=signs_up)
    except Exception:
        _consumer_undo(user.id)
        raise
    event_record(user_id=user.id, kind=SecurityEvent.Kind.SIGNED_UP, address=address)
    return key


@contextmanager
def _email_unique() -> Iterator[None]:
    """The only constraint on users that a request can break."""
    try:
        yield
    except IntegrityError as error:
        raise _email_taken() from error


def _email_taken() -> EmailTaken:
    return EmailTaken(errors={"email": [EmailTaken.message]})


def _consumer_and_row(user: User, *, signs_up: bool) -> str:
    gateway().create_consumer(user_id=user.id)
    expires_at = timezone.now() + LOGIN_KEY_LIFE
    issued = gateway().issue_key(user_id=user.id, expires_at=expires_at)
    with transaction.atomic():
        if signs_up and settings.SIGN_UP == "first":
            _first_alone()
        user.save(force_insert=True)
        key_record(user=user, kind=Key.Kind.LOGIN, name="", expires_at=expires_at, credential=issued.credential)
    return issued.key


def _first_alone() -> None:
    """Of two first sign-ups at once the second waits here for the first one's end, and is refused."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('user_service.sign_up'))")
    _sign_up_check()


def _consumer_undo(user_id: int) -> None:
    try:
        gateway().delete_consumer(user_id=user_id)
    except ApiError:
        logger.warning("The consumer of a failed sign-up stays until the next reconciliation")


def _next_id() -> int:
    """The id that the row will have: the gateway is told of it first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [User._meta.db_table])
        return int(cursor.fetchone()[0])


def user_log_in(*, email: str, password: str, address: str, code: str = "") -> tuple[User, str]:
    """The user and a new key of 30 days; `address` is the client's, `code` of the second factor where it is on.

    Raises `InvalidLogin`, after the same time whether the account exists or not, `CodeNeeded`, `InvalidCode`,
    `TooManyRequests`, `GatewayUnavailable`.
    """
    email = email_normalized(email)
    known = throttle.is_known(email=email, address=address)
    buckets = throttle.login_buckets(email=email, address=address, known=known)
    throttle.take(*buckets)
    user = User.objects.living().filter(email=email).first()
    with expected(known):
        right = _password_right(user, password)
    if user is None or not right:
        event_record(user_id=user.id if user else None, kind=SecurityEvent.Kind.LOGIN_FAILED, address=address)
        raise InvalidLogin
    totp_check(user=user, code=code, address=address)
    throttle.login_succeeded(email=email, address=address, buckets=buckets)
    key = login_key_create(user=user)
    event_record(user_id=user.id, kind=SecurityEvent.Kind.LOGGED_IN, address=address)
    return user, key


def _password_right(user: User | None, password: str) -> bool:
    """In the same time for nobody's password."""
    if user is None:
        make_password(password)
        return False
    return check_password(password, user.password, setter=lambda text: password_store(user=user, password=text))


def user_get(*, user_id: int) -> User:
    """The logged-in user; raises `NotLoggedIn` where the account is gone or disabled."""
    user = User.objects.living().filter(id=user_id).first()
    if user is None:
        raise NotLoggedIn
    return user


def user_update(*, user: User, address: str, password: str = "", **changes: Any) -> User:
    """Change name, language, time_zone or email; another email needs the password, since it can reset it.

    With EMAIL_CONFIRMATION the email stays until its link is followed. Raises `ValidationFailed`, `EmailTaken`,
    `TooManyRequests`; `NotLoggedIn` where the account was deleted meanwhile.
    """
    email = email_normalized(changes.pop("email", user.email))
    if email != user.email:
        password_confirm(user=user, password=password)
        if settings.EMAIL_CONFIRMATION:
            content = {"user_id": user.id, "old_email": user.email, "email": email}
            mail_queue(kind=Mail.Kind.EMAIL_CHANGE, email=email, data=content)
        else:
            changes["email"] = email
    with _email_unique(), transaction.atomic():
        changed = User.objects.living().filter(id=user.id).update(**changes, updated_at=timezone.now())
    if not changed:
        raise NotLoggedIn
    if "email" in changes:
        event_record(user_id=user.id, kind=SecurityEvent.Kind.EMAIL_CHANGED, address=address)
    user.refresh_from_db()
    return user


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
        user.email = user.name = user.password = ""
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
