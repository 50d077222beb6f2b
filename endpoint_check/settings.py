"""What endpoint_check sets beside common's settings."""

from common import env
from common.fleet import fleet
from common.settings import *
from endpoint_check.engine.configuration import servers_of
from endpoint_check.region.sentinels import sentinels_of

ALLOW_PRIVATE_TARGETS = env.boolean("ALLOW_PRIVATE_TARGETS", default=False)
FLEET_PORTS = frozenset(env.ports("FLEET_PORTS"))
CHECK_SLOTS = env.integer("CHECK_SLOTS", 2000, least=1, most=10_000)
CHECKS_PER_SECOND_TO_A_HOST = env.integer("CHECKS_PER_SECOND_TO_A_HOST", 100, least=0, most=1_000_000)
HTTP_THREADS = env.integer("HTTP_THREADS", fleet().services["endpoint_check"].threads, least=1)
REGION_SENTINELS = sentinels_of(env.strings("REGION_SENTINELS"))
DNS_SERVERS = servers_of(env.strings("DNS_SERVERS"))
