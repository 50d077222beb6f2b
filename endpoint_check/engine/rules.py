"""The engine's rules as this installation sets them."""

from django.conf import settings

from common.addresses import AddressRule
from common.parts import rule


def rule_for(*, anonymous: bool) -> AddressRule:
    """Which addresses are open: private ones never to anonymous visitors."""
    return rule(settings.ALLOW_PRIVATE_TARGETS and not anonymous, settings.FLEET_PORTS)


def user_agent() -> str:
    """Who we are to the sites that we check."""
    return f"pongpong/1 (+{settings.PUBLIC_URL})"
