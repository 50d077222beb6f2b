"""The rules of passwords: what counts as one, changing it, resetting it by mail."""

from typing import Any, cast

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import ValidationFailed
from user_service import throttle, tokens
from user_service.errors import InvalidToken
from user_service.events import event_record
from user_service.hashers import expected
from user_service.key_services import all_keys_revoke, login_keys_revoke
from user_service.mails import mail_queue
from user_service.models import Mail, SecurityEvent, User, email_normalized


def password_check(*, password: str, user: User, field: str = "password") -> None:
    """Django's validators; raises `ValidationFailed` for `field`."""
    try:
        validate_password(password, cast("Any", user))  # it reads two attributes of any object
    except ValidationError as error:
        raise ValidationFailed(errors={field: error.messages}) from error


def password_confirm(*, user: User, password: str, field: str = "password") -> None:
    """Make sure that the holder of a key also knows the password; raises `ValidationFailed`, `TooManyRequests`."""
    bucket = throttle.password_bucket(user.id)
    throttle.take(bucket)
    if not user.has_password(password):
        raise ValidationFailed(errors={field: [_("This is not the password of your account.")]})
    throttle.give_back(bucket)


def password_store(*, user: User, password: str) -> None:
    """Keep the password's hash."""
    user.password = make_password(password)
    user.save(update_fields=["password", "updated_at"])


def password_change(
    *, user: User, current_password: str, new_password: str, credential: str | None, address: str
) -> None:
    """Set another password and log out everywhere but here (`credential` is the key in use).

    Raises `ValidationFailed`, `TooManyRequests`, and `GatewayUnavailable` with nothing changed.
    """
    password_confirm(user=user, password=current_password, field="current_password")
    password_check(password=new_password, user=user, field="new_password")
    login_keys_revoke(user=user, except_credential=credential)
    password_store(user=user, password=new_password)
    login_keys_revoke(user=user, except_credential=credential)  # whoever logged in with the old one meanwhile
    event_record(user_id=user.id, kind=SecurityEvent.Kind.PASSWORD_CHANGED, address=address)


def password_reset_request(*, email: str, address: str) -> None:
    """Have a link mailed where the account exists; takes the same time and says the same where it does not.

    Raises `TooManyRequests`.
    """
    email = email_normalized(email)
    throttle.take(*throttle.reset_buckets(email=email, address=address))
    mail_queue(kind=Mail.Kind.PASSWORD_RESET, email=email)


def password_reset(*, token: str, new_password: str, address: str) -> None:
    """Set the password with a mailed token and revoke every key, named ones too.

    Raises `InvalidToken`, `ValidationFailed`, `TooManyRequests`, and `GatewayUnavailable` with the token still good.
    """
    throttle.take(throttle.token_bucket(address))
    user = User.objects.living().filter(id=tokens.reset_user_id(token)).first()
    if user is None:
        raise InvalidToken
    tokens.reset_check(token, user)
    password_check(password=new_password, user=user, field="new_password")
    all_keys_revoke(user=user)
    with transaction.atomic():
        user = User.objects.living().select_for_update().filter(id=user.id).first()
        if user is None:
            raise InvalidToken
        tokens.reset_check(token, user)
        with expected(True):
            password_store(user=user, password=new_password)
    login_keys_revoke(user=user, except_credential=None)  # whoever logged in with the old one meanwhile
    throttle.remember(email=user.email, address=address)
    event_record(user_id=user.id, kind=SecurityEvent.Kind.PASSWORD_RESET, address=address)
