"""A forgotten password is reset by a link that is mailed to the account's address."""

from django.db import transaction

from user_service.errors import InvalidToken
from user_service.keys.services import all_keys_revoke, keys_revoke
from user_service.login import rate_limits
from user_service.login.known_networks import known_network_record, known_networks_delete
from user_service.login.password_hashers import priority
from user_service.login.passwords import password_hash, password_validate
from user_service.login.totp_attempts import code_attempts_reset
from user_service.mails import link_tokens
from user_service.mails.outbox import mail_queue
from user_service.mails.security_notices import event_record_and_mail
from user_service.models import Key, Mail, SecurityEvent, User, email_normalized


def password_reset_request(*, email: str, address: str) -> None:
    """Have a link mailed where the account exists; takes the same time and says the same where it does not.

    Raises `TooManyRequests`.
    """
    email = email_normalized(email)
    rate_limits.take(*rate_limits.reset_buckets(email=email, address=address))
    mail_queue(kind=Mail.Kind.PASSWORD_RESET, email=email)


def password_reset_confirm(*, token: str, new_password: str, address: str) -> None:
    """Set the password with a mailed token and revoke every key, named ones too.

    A change of email that waited is cancelled, and codes of the second factor may be tried anew. Raises `InvalidToken`,
    `ValidationFailed`, `TooManyRequests`, and `GatewayUnavailable` with the token still good.
    """
    rate_limits.take(rate_limits.token_bucket(address))
    user = User.objects.living().filter(id=link_tokens.password_reset_user_id(token)).first()
    if user is None:
        raise InvalidToken
    link_tokens.password_reset_check(token, user)
    password_validate(password=new_password, user=user, field="new_password")
    with priority(True):
        encoded = password_hash(new_password)
    all_keys_revoke(user=user)
    with transaction.atomic():
        user = User.objects.living().select_for_update().filter(id=user.id).first()
        if user is None:
            raise InvalidToken
        link_tokens.password_reset_check(token, user)
        user.password, user.email_change, user.email_confirmed = encoded, "", True
        user.save(update_fields=["password", "email_change", "email_confirmed", "updated_at"])
        code_attempts_reset(user=user)
        known_networks_delete(user=user)
        known_network_record(user=user, address=address)
    keys_revoke(user=user, kinds=list(Key.Kind), except_credential=None)  # made with the old one meanwhile
    rate_limits.trust_network(email=user.email, address=address)
    event_record_and_mail(user=user, kind=SecurityEvent.Kind.PASSWORD_RESET, address=address)
