"""The rules of passwords: what counts as one, whether it is right, changing it; a forgotten one is in `password_reset`."""

from typing import Any, cast

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from common.api.errors import ValidationFailed
from user_service.keys.services import keys_revoke
from user_service.login import rate_limits
from user_service.login.normalization import password_candidates, password_normalized
from user_service.mails.security_notices import event_record_and_mail
from user_service.models import Key, SecurityEvent, User


def password_hash(password: str) -> str:
    """What is kept of a password; raises `TooManyRequests` where too many hash at the moment."""
    return make_password(password_normalized(password))


def password_validate(*, password: str, user: User, field: str = "password") -> None:
    """Django's validators; raises `ValidationFailed` for `field`."""
    try:
        validate_password(password_normalized(password), cast("Any", user))  # it reads two attributes of any object
    except ValidationError as error:
        raise ValidationFailed(errors={field: error.messages}) from error


def password_matches(*, user: User | None, password: str) -> bool:
    """Whether it is the account's, in the same time for nobody's. A hash of another cost or spelling is renewed."""
    if user is None:
        for spelling in password_candidates(password):
            make_password(spelling)
        return False
    for number, spelling in enumerate(password_candidates(password)):
        outdated: list[str] = []
        if check_password(spelling, user.password, setter=outdated.append):
            if outdated or number:
                password_replace(user=user, password=password)
            return True
    return False


def password_replace(*, user: User, password: str, **changes: str) -> bool:
    """Keep the password's hash and other `changes`, unless the password was changed since `user` was read.

    So what somebody began with a former password never undoes what its owner did meanwhile.
    """
    encoded = password_hash(password)
    unchanged = User.objects.filter(id=user.id, deleted_at=None, password=user.password)
    replaced = unchanged.update(password=encoded, updated_at=timezone.now(), **changes)
    if replaced:
        user.password = encoded
    return bool(replaced)


def password_confirm(*, user: User, password: str, field: str = "password") -> None:
    """Make sure that the holder of a key also knows the password; raises `ValidationFailed`, `TooManyRequests`."""
    bucket = rate_limits.password_bucket(user.id)
    rate_limits.take(bucket)
    if not password_matches(user=user, password=password):
        raise _wrong_password(field)
    rate_limits.give_back(bucket)


def _wrong_password(field: str) -> ValidationFailed:
    return ValidationFailed(errors={field: [_("This is not the password of your account.")]})


def password_change(
    *,
    user: User,
    current_password: str,
    new_password: str,
    credential: str | None,
    address: str,
    revoke_keys: bool = False,
) -> None:
    """Set another password and log out everywhere but here (`credential` is the key in use).

    `revoke_keys` ends the named keys too. Raises `ValidationFailed`, `TooManyRequests`, and `GatewayUnavailable` with
    nothing changed.
    """
    password_confirm(user=user, password=current_password, field="current_password")
    password_validate(password=new_password, user=user, field="new_password")
    rate_limits.take(rate_limits.password_change_bucket(user.id))
    ended = [Key.Kind.LOGIN, Key.Kind.NAMED] if revoke_keys else [Key.Kind.LOGIN]
    keys_revoke(user=user, kinds=ended, except_credential=credential)
    if not password_replace(user=user, password=new_password, email_change=""):
        raise _wrong_password("current_password")
    keys_revoke(user=user, kinds=ended, except_credential=credential)  # made with the old one meanwhile
    event_record_and_mail(user=user, kind=SecurityEvent.Kind.PASSWORD_CHANGED, address=address)
