"""The rules of accounts: sign up, log in, change, delete."""

import logging
from typing import Any, cast

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import ApiError, NotLoggedIn, ValidationFailed
from common.feeds import tombstone
from user_service import throttle
from user_service.errors import EmailTaken, InvalidLogin
from user_service.gateways.base import gateway
from user_service.key_services import LOGIN_KEY_LIFE, key_record, login_key_create, login_keys_revoke
from user_service.models import Key, User

logger = logging.getLogger(__name__)


def email_normalized(email: str) -> str:
    """The one spelling under which an address is stored and looked for."""
    return email.strip().lower()


def password_check(*, password: str, user: User, field: str = "password") -> None:
    """Django's validators; raises `ValidationFailed` for `field`."""
    try:
        validate_password(password, cast("Any", user))  # it reads two attributes of any object
    except ValidationError as error:
        raise ValidationFailed(errors={field: error.messages}) from error


def user_sign_up(*, email: str, password: str, address: str, **profile: Any) -> tuple[User, str]:
    """A new account with its first key; `profile` is name, language, time_zone. `address` is the client's.

    Raises `TooManyRequests`, `ValidationFailed`, `EmailTaken`, `GatewayUnavailable`.
    """
    throttle.take(throttle.sign_up_bucket(address))
    return user_create(email=email, password=password, **profile)


def user_create(*, email: str, password: str, **profile: Any) -> tuple[User, str]:
    """The account, its consumer and its first key, or none of them.

    The consumer is made before the row and outside of any transaction: a gateway that answers slowly must not hold
    back the feeds. What a crash leaves in between is a consumer that nobody has a key of; `gateway_reconcile` takes it.
    """
    user = User(email=email_normalized(email), **profile)
    password_check(password=password, user=user)
    if User.objects.filter(email=user.email, deleted_at=None).exists():
        raise EmailTaken(errors={"email": [EmailTaken.message]})
    user.password = make_password(password)
    user.id = _next_id()
    try:
        return user, _consumer_and_row(user)
    except IntegrityError as error:
        _consumer_undo(user.id)
        raise EmailTaken(errors={"email": [EmailTaken.message]}) from error
    except Exception:
        _consumer_undo(user.id)
        raise


def _consumer_and_row(user: User) -> str:
    gateway().create_consumer(user_id=user.id)
    expires_at = timezone.now() + LOGIN_KEY_LIFE
    issued = gateway().issue_key(user_id=user.id, expires_at=expires_at)
    with transaction.atomic():
        user.save(force_insert=True)
        key_record(user=user, kind=Key.Kind.LOGIN, name="", expires_at=expires_at, credential=issued.credential)
    return issued.key


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


def user_log_in(*, email: str, password: str, address: str) -> tuple[User, str]:
    """The user and a new key of 30 days; `address` is the client's.

    Raises `InvalidLogin`, after the same time whether the account exists or not, and `TooManyRequests`.
    """
    email = email_normalized(email)
    buckets = throttle.login_buckets(email=email, address=address)
    throttle.take(*buckets)
    user = User.objects.living().filter(email=email).first()
    if user is None:
        make_password(password)  # as long as the comparison would have taken
        raise InvalidLogin
    if not check_password(password, user.password, setter=lambda text: _password_store(user, text)):
        raise InvalidLogin
    throttle.login_succeeded(email=email, address=address, buckets=buckets)
    return user, login_key_create(user=user)


def _password_store(user: User, password: str) -> None:
    user.password = make_password(password)
    user.save(update_fields=["password"])


def user_get(*, user_id: int) -> User:
    """The logged-in user; raises `NotLoggedIn` where the account is gone or disabled."""
    user = User.objects.living().filter(id=user_id).first()
    if user is None:
        raise NotLoggedIn
    return user


def user_update(*, user: User, password: str = "", **changes: Any) -> User:
    """Change name, language, time_zone or email; another email needs the password, since it can reset it.

    Raises `ValidationFailed`, `EmailTaken`, `TooManyRequests`; `NotLoggedIn` where the account was deleted meanwhile.
    """
    if "email" in changes:
        changes["email"] = email_normalized(changes["email"])
        if changes["email"] != user.email:
            password_confirm(user=user, password=password, field="password")
    try:
        with transaction.atomic():
            changed = User.objects.living().filter(id=user.id).update(**changes, updated_at=timezone.now())
    except IntegrityError as error:
        raise EmailTaken(errors={"email": [EmailTaken.message]}) from error
    if not changed:
        raise NotLoggedIn
    user.refresh_from_db()
    return user


def password_confirm(*, user: User, password: str, field: str) -> None:
    """Make sure that the holder of a key also knows the password; raises `ValidationFailed`, `TooManyRequests`."""
    bucket = throttle.password_bucket(user.id)
    throttle.take(bucket)
    if not user.has_password(password):
        raise ValidationFailed(errors={field: [_("This is not the password of your account.")]})
    throttle.give_back(bucket)


def password_change(*, user: User, current_password: str, new_password: str, credential: str | None) -> None:
    """Set another password and log out everywhere but here (`credential` is the key in use).

    Raises `ValidationFailed`, `TooManyRequests`.
    """
    password_confirm(user=user, password=current_password, field="current_password")
    password_check(password=new_password, user=user, field="new_password")
    _password_store(user, new_password)
    login_keys_revoke(user=user, except_credential=credential)


def user_delete(*, user: User) -> None:
    """Revoke every key, then leave a tombstone without personal data; the other services follow by the feed.

    In this order a gateway that fails (`GatewayUnavailable`) leaves the account as it was, and asking again goes on.
    """
    gateway().delete_consumer(user_id=user.id)
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user.id)
        user.keys.all().delete()
        user.email = user.name = user.password = ""
        user.language, user.time_zone = User().language, User().time_zone
        user.save()
        tombstone(user)
