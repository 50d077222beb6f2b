"""The engine's rules as this installation sets them."""

from functools import cache

from django.conf import settings

from common.addresses import AddressRule


@cache
def _rule(allow_private: bool, fleet_ports: frozenset[int]) -> AddressRule:
    return AddressRule(allow_private=allow_private, fleet_ports=fleet_ports)


def rule_for(*, anonymous: bool) -> AddressRule:
    """Which addresses are open: private ones never to anonymous visitors."""
    return _rule(settings.ALLOW_PRIVATE_TARGETS and not anonymous, settings.FLEET_PORTS)


def user_agent() -> str:
    """Who we are to the sites that we check."""
    return f"pongpong/1 (+{settings.PUBLIC_URL})"
