"""The rules of logging in."""

from common.api.errors import NotLoggedIn
from user_service.accounts.audit_log import event_record
from user_service.errors import InvalidLogin
from user_service.keys.services import login_key_create
from user_service.login import rate_limits
from user_service.login.known_networks import known_network_find, known_network_record
from user_service.login.password_hashers import priority
from user_service.login.passwords import password_matches
from user_service.login.totp import totp_check
from user_service.mails.security_notices import event_record_and_mail
from user_service.models import SecurityEvent, User, email_normalized


def user_log_in(*, email: str, password: str, address: str, code: str = "") -> tuple[User, str]:
    """The user and a new key of 30 days; `address` is the client's, `code` of the second factor where it is on.

    Raises `InvalidLogin`, after the same time whether the account exists or not, `CodeNeeded`, `InvalidCode`,
    `TooManyRequests`, `GatewayUnavailable`.
    """
    email = email_normalized(email)
    known = rate_limits.is_trusted_network(email=email, address=address)
    buckets = rate_limits.login_buckets(email=email, address=address, known=known)
    rate_limits.take(*buckets)
    user = User.objects.living().filter(email=email).first()
    with priority(known):
        right = password_matches(user=user, password=password)
    if user is None or not right:
        event_record(user_id=user.id if user else None, kind=SecurityEvent.Kind.LOGIN_FAILED, address=address)
        raise InvalidLogin
    rate_limits.give_back(*buckets)
    totp_check(user=user, code=code, address=address, known=known_network_find(user=user, address=address))
    try:
        key = login_key_create(user=user)
    except NotLoggedIn as error:  # deleted, or with another password, meanwhile
        raise InvalidLogin from error
    rate_limits.trust_network(email=email, address=address)
    if known_network_record(user=user, address=address):
        event_record_and_mail(user=user, kind=SecurityEvent.Kind.LOGGED_IN, address=address)
    else:
        event_record(user_id=user.id, kind=SecurityEvent.Kind.LOGGED_IN, address=address)
    return user, key
