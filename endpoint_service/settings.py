"""What endpoint_service sets beside common's settings."""

from common import env, rest_settings
from common.settings import *

MAX_ENDPOINTS_PER_USER = env.integer("MAX_ENDPOINTS_PER_USER", 5_000, least=1, most=100_000)
MAX_MAINTENANCE_WINDOWS_PER_USER = env.integer("MAX_MAINTENANCE_WINDOWS_PER_USER", 500, least=1, most=10_000)

# Checks on request: how many a minute, and how many of the HTTP threads they may hold at once
CHECKS_PER_MINUTE = env.integer("CHECKS_PER_MINUTE", 30, least=1)
ANONYMOUS_CHECKS_PER_MINUTE = env.integer("ANONYMOUS_CHECKS_PER_MINUTE", 5, least=1)
CHECKS_AT_ONCE = env.integer("CHECKS_AT_ONCE", 12, least=1)

SPECTACULAR_SETTINGS = rest_settings.SPECTACULAR_SETTINGS | {
    "ENUM_NAME_OVERRIDES": {
        "Done": "endpoint_service.endpoints.serializer_fields.DONE",
        "Outcome": "endpoint_service.endpoints.serializer_fields.OUTCOMES",
    }
}
