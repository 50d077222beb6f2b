"""What an operator does to an account, from the command line or from the administration."""

import secrets
from collections.abc import Mapping
from typing import Unpack

from django.db import transaction
from django.utils import timezone

from common.api.errors import NotFound, ValidationFailed
from common.formats.ids import MAX_ID
from common.quotas import quotas as known_quotas
from user_service.accounts.audit_log import BY_OPERATOR, event_record
from user_service.accounts.services import Profile, user_create
from user_service.keys.services import all_keys_revoke
from user_service.login.passwords import password_hash, password_validate
from user_service.mails.security_notices import event_record_and_mail
from user_service.models import SecurityEvent, User, email_normalized


def password_generated() -> str:
    """120 random bits, to be changed by its user."""
    return secrets.token_urlsafe(15)


def user_find(*, email: str) -> User:
    """The account, disabled ones included; raises `NotFound`."""
    user = User.objects.filter(email=email_normalized(email), deleted_at=None).first()
    if user is None:
        raise NotFound
    return user


def user_add(*, email: str, password: str, **profile: Unpack[Profile]) -> User:
    """An account that nobody is logged in to; raises `ValidationFailed`, `EmailTaken`, `GatewayUnavailable`."""
    user, _ = user_create(email=email, password=password, address=BY_OPERATOR, **profile)
    all_keys_revoke(user=user)
    return user


def user_disable(*, user: User) -> None:
    """Nobody can log in any more and no key opens anything; what the account watches goes on.

    Raises `GatewayUnavailable` with the account disabled and its keys still good: call it again.
    """
    User.objects.filter(id=user.id).update(is_active=False, email_change="")
    all_keys_revoke(user=user)
    event_record(user_id=user.id, kind=SecurityEvent.Kind.DISABLED, address=BY_OPERATOR)


def user_enable(*, user: User) -> None:
    """The user can log in again."""
    User.objects.filter(id=user.id).update(is_active=True)
    event_record(user_id=user.id, kind=SecurityEvent.Kind.ENABLED, address=BY_OPERATOR)


def user_reset_password(*, user: User, password: str) -> None:
    """Set it and end every login and key; raises `ValidationFailed`, `GatewayUnavailable`."""
    password_validate(password=password, user=user)
    encoded = password_hash(password)
    User.objects.filter(id=user.id).update(password=encoded, email_change="", updated_at=timezone.now())
    all_keys_revoke(user=user)
    event_record_and_mail(user=user, kind=SecurityEvent.Kind.PASSWORD_RESET, address=BY_OPERATOR)


def user_set_quotas(*, user: User, quotas: Mapping[str, object]) -> dict[str, int]:
    """Give the account other numbers than everybody's, or for None everybody's again; returns all of its own.

    The services learn of it by the feed, within seconds. Raises `ValidationFailed` as `quotas_check`.
    """
    quotas_check(quotas=quotas)
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user.id)
        user.quotas = {name: number for name, number in (user.quotas | quotas).items() if number is not None}
        user.save(update_fields=["quotas", "updated_at"])
    return dict(user.quotas)


def quotas_check(*, quotas: Mapping[str, object]) -> None:
    """Raises `ValidationFailed` for a name that `quotas.toml` does not have, and for what is no whole number."""
    odd = [
        f"{name!r} is no quota; there are {', '.join(known_quotas())}." for name in quotas if name not in known_quotas()
    ]
    odd += [
        f"{name} must be a whole number, not {number!r}."
        for name, number in quotas.items()
        if number is not None and (type(number) is not int or not 0 <= number <= MAX_ID)
    ]
    if odd:
        raise ValidationFailed(errors={"quotas": odd})
