"""Where a user has logged in from: what is new is told to them, and codes that strangers try lock them out nowhere of it.

Before the password is known to be right, `rate_limits.is_trusted_network` is asked instead.
"""

from datetime import timedelta

from django.utils import timezone

from common.security.client_address import network_of
from user_service.models import KnownNetwork, User

LATELY = timedelta(days=30)
"""How long a network counts as its user's own after they were there."""
KEPT = timedelta(days=365)
"""How long one is remembered, and so not told as new."""
MOST = 100
"""Networks that are remembered of a user; the one that was seen longest ago goes first."""
UNKNOWN = network_of("")


def known_network_find(*, user: User, address: str) -> KnownNetwork | None:
    """The client's network, where the user was lately."""
    return user.networks.filter(network=network_of(address), seen_at__gt=timezone.now() - LATELY).first()


def known_network_record(*, user: User, address: str) -> bool:
    """From now on the network is the user's: they logged in, or followed a link of our mail. Returns whether it is new."""
    network = network_of(address)
    if network == UNKNOWN:
        return False
    known, new = KnownNetwork.objects.get_or_create(user=user, network=network)
    if new:
        beyond = user.networks.order_by("-seen_at", "-id").values_list("id", flat=True)[MOST:]
        KnownNetwork.objects.filter(id__in=list(beyond)).delete()
    else:
        KnownNetwork.objects.filter(id=known.id).update(seen_at=timezone.now())
    return new


def known_networks_delete(*, user: User) -> None:
    """Every network is new again, as after a password that somebody else had."""
    user.networks.all().delete()


def known_networks_purge() -> int:
    """Remove what was not seen for a year; returns how many went."""
    return KnownNetwork.objects.filter(seen_at__lt=timezone.now() - KEPT).delete()[0]
