"""What endpoint_check sets beside common's settings."""

from common import env
from common.settings import *

ALLOW_PRIVATE_TARGETS = env.boolean("ALLOW_PRIVATE_TARGETS", default=False)
FLEET_PORTS = frozenset(int(port) for port in env.strings("FLEET_PORTS"))
CHECK_SLOTS = env.integer("CHECK_SLOTS", 1000, least=1, most=10_000)
